use chrono::NaiveDate;
use kulanz_types::Money;

use super::fees::{VAT_PERCENT, value_added_tax};
use super::{CostTerms, total_of};
use crate::{AmountLine, LawError, Refusal, Rule};

/// What the client of an agency pays for its work, and what of it is the client's loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charge {
    /// The day of the order.
    pub ordered: NaiveDate,
    /// What the agency really charges, net; none for as much as the law gives.
    pub charged: Option<Money>,
    /// Whether the client deducts input tax. If so, VAT is no loss and cannot be claimed.
    pub deducts_input_tax: bool,
}

impl Charge {
    pub(super) const fn of(terms: &CostTerms) -> Self {
        let CostTerms { ordered, charged, deducts_input_tax, .. } = *terms;
        Self { ordered, charged, deducts_input_tax }
    }

    /// The lines of which the debtor owes no more than the client is charged (§ 13e Abs. 1 RDG), and VAT on them
    /// where it is a loss. In the currency of `like`.
    pub(super) fn owed(
        &self,
        like: Money,
        mut lines: Vec<AmountLine>,
    ) -> Result<Vec<AmountLine>, LawError> {
        self.cap(like, &mut lines)?;
        let net = total_of(like, &lines)?;
        if !self.deducts_input_tax && net.is_positive() {
            lines.push(value_added_tax(net, self.ordered, VAT_PERCENT));
        }
        Ok(lines)
    }

    /// What the law gives beyond the charge comes off the last line first: expenses before fees. A line of which
    /// nothing is left goes.
    fn cap(&self, like: Money, lines: &mut Vec<AmountLine>) -> Result<(), LawError> {
        let lawful = total_of(like, lines)?;
        let Some(charged) = self.charged else { return Ok(()) };
        if charged.currency() != lawful.currency() || charged.is_negative() {
            return Err(Refusal::ChargeInvalid.into());
        }
        let mut excess = lawful.checked_sub(charged)?.minor_units().max(0);
        for line in lines.iter_mut().rev() {
            let off = line.amount.minor_units().clamp(0, excess);
            if off > 0 {
                excess -= off;
                let left = line.amount.checked_sub(Money::new(lawful.currency(), off))?;
                line.cap_at(left, charged, lawful);
            }
        }
        lines.retain(|line| !line.amount.is_zero());
        Ok(())
    }
}

impl AmountLine {
    fn cap_at(&mut self, left: Money, charged: Money, lawful: Money) {
        self.amount = left;
        self.formula = format!("min({}, {})", left.to_decimal(), self.formula);
        self.norm = capped(self.rule, self.norm);
        let inputs = [("charged", charged), ("rvg", lawful)];
        for (name, amount) in inputs {
            self.inputs.push(crate::Input { name, value: amount.to_decimal() });
        }
    }
}

/// The norm of a line that the client's charge made smaller.
const fn capped(rule: Rule, norm: &'static str) -> &'static str {
    match rule {
        Rule::Expenses => "§ 13e Abs. 1 RDG, Nr. 7002 VV RVG",
        Rule::AgreementFee => "§ 13e Abs. 1 RDG, Nr. 1000 Nr. 2 VV RVG, § 31b RVG",
        Rule::DunningFee => "§ 13e Abs. 1 RDG, Nr. 3305 VV RVG",
        Rule::EnforcementOrderFee => "§ 13e Abs. 1 RDG, Nr. 3308 VV RVG",
        Rule::EnforcementFee => "§ 13e Abs. 1 RDG, Nr. 3309 VV RVG, § 25 Abs. 1 RVG",
        _ => norm,
    }
}
