use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{
    AmountLine, CostTerms, FeeRate, LawError, MOST_EXPENSES, Rule, VAT_PERCENT, collection_costs,
    value_added_tax,
};
use kulanz_types::{Currency, Money};

use super::{Charged, RISES_TO};
use crate::domain::account::{EntryKind, Subject};
use crate::domain::terms::CreditorTerms;

/// The order in which a claim's fee was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    /// The main claims of the order together (§ 22 Abs. 1 RVG).
    pub value: Money,
    /// That of this claim.
    pub principal: Money,
    /// How many claims of the debtor it was about.
    pub claims: i64,
    /// The day of the order.
    pub ordered: NaiveDate,
    /// The highest rate that is charged so far.
    pub rate: FeeRate,
}

impl Matter {
    /// The order behind a claim's costs; none without a fee that stands, or where how it was found is not kept.
    pub fn of(currency: Currency, costs: &[Charged<'_>]) -> Option<Self> {
        let fees = || costs.iter().filter(|cost| cost.subject == Subject::BusinessFee);
        let of = |name: &str| fees().find_map(|fee| fee.inputs.get(name));
        let value = money(currency, of("value")?)?;
        let principal = match of("principal") {
            Some(principal) => money(currency, principal)?,
            None => value,
        };
        let rate = fees().filter_map(|fee| fee.inputs.get("rate")?.parse().ok()).max()?;
        let claims = of("claims").and_then(|claims| claims.parse().ok()).unwrap_or(1);
        Some(Self { value, principal, claims, ordered: of("ordered")?.parse().ok()?, rate })
    }

    /// The claim's part of an amount of the whole order, rounded down in the debtor's favour: no cent is owed twice.
    fn share(&self, amount: Money) -> i64 {
        let (own, value) = (self.principal.minor_units(), self.value.minor_units());
        if own == value || value <= 0 {
            return amount.minor_units();
        }
        let share = i128::from(amount.minor_units()) * i128::from(own) / i128::from(value);
        i64::try_from(share).unwrap_or(0)
    }

    fn formula(&self, whole: String) -> String {
        if self.principal == self.value {
            return whole;
        }
        let (own, value) = (self.principal.to_decimal(), self.value.to_decimal());
        format!("{whole} × {own} / {value}")
    }
}

/// An amount with two places, as inputs keep it.
fn money(currency: Currency, text: &str) -> Option<Money> {
    let (whole, fraction) = text.split_once('.')?;
    let cents = whole.parse::<i64>().ok()?.checked_mul(100)?;
    let fraction = fraction.parse::<i64>().ok().filter(|_| fraction.len() == 2)?;
    Some(Money::new(currency, cents.checked_add(fraction)?))
}

/// A rise of the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rise {
    /// To which rate.
    pub rate: FeeRate,
    /// Whether the case was especially extensive or difficult, which a rate above 0.9 needs.
    pub difficult: bool,
}

impl Rise {
    /// The uncontested case, 0.9.
    pub const USUAL: Self = Self { rate: FeeRate::UNCONTESTED, difficult: false };

    fn terms(self, matter: &Matter, creditor: &CreditorTerms) -> Result<CostTerms, LawError> {
        Ok(CostTerms {
            difficult: self.difficult,
            deducts_input_tax: creditor.deducts_input_tax,
            charged: creditor.charged_for_collecting(matter.claims)?,
            ..CostTerms::uncontested(matter.value, matter.ordered, self.rate)
        })
    }
}

/// What a rise adds to one kind of costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further {
    /// To what.
    pub subject: Subject,
    /// How much, above zero.
    pub amount: Money,
    /// The norm.
    pub norm: &'static str,
    /// By which version of the rule.
    pub version: String,
    /// From what it was found.
    pub inputs: BTreeMap<&'static str, String>,
    /// How it was found.
    pub formula: String,
}

/// What a rise adds to the costs of a claim that are charged: fee, expenses and VAT at the higher rate, less what is
/// charged of each. The flat sum for expenses stays one for the matter, whatever of it an arrangement's fee took up
/// (VV 7002), the client's charge stays the most (§ 13e Abs. 1 RDG), and the flat sum for late payment is credited on
/// what goes beyond it (§ 288 Abs. 5 S. 3 BGB).
pub fn further(
    matter: &Matter,
    costs: &[Charged<'_>],
    rise: Rise,
    creditor: &CreditorTerms,
) -> Result<Vec<Further>, LawError> {
    let lines = collection_costs(&rise.terms(matter, creditor)?)?;
    let mut run = Run::new(matter, costs, &lines);
    let mut found = Vec::new();
    for line in lines {
        let room = run.room(&line);
        if let Some(mut more) = run.take(&line, room) {
            more.inputs.insert(RISES_TO, rise.rate.to_string());
            found.push(more);
        }
    }
    Ok(found)
}

struct Run<'a> {
    matter: &'a Matter,
    costs: &'a [Charged<'a>],
    /// What fee and expenses of the whole order come to.
    whole: i64,
    /// Fee and expenses that were charged before.
    before: i64,
    /// Fee and expenses that were added so far, on which VAT is due.
    net: i64,
    /// What is left of the flat sum for late payment to be credited.
    flat_sum: i64,
}

impl<'a> Run<'a> {
    fn new(matter: &'a Matter, costs: &'a [Charged<'a>], lines: &[AmountLine]) -> Self {
        let net = lines.iter().filter(|line| line.rule != Rule::ValueAddedTax);
        Self {
            matter,
            costs,
            whole: net.map(|line| line.amount.minor_units()).sum(),
            before: charged(costs, Subject::BusinessFee) + charged(costs, Subject::Expenses),
            net: 0,
            flat_sum: charged(costs, Subject::FlatSum),
        }
    }

    /// How much of a line is not charged yet, and how that is found.
    fn room(&self, line: &AmountLine) -> (i64, String) {
        let before = charged(self.costs, Subject::of(EntryKind::Cost, line.norm));
        let own = self.matter.share(line.amount) - before;
        let open = (own, less(self.matter.formula(line.formula.clone()), &[before]));
        match line.rule {
            Rule::ValueAddedTax => least(open, self.tax(line)),
            Rule::Expenses => least(least(open, self.left(line)), self.flat_sum_left(line, before)),
            _ => least(open, self.left(line)),
        }
    }

    /// Fee and expenses together: where the client's charge caps both, more of one is less of the other.
    fn left(&self, line: &AmountLine) -> (i64, String) {
        let whole = Money::new(line.amount.currency(), self.whole);
        let left = self.matter.share(whole) - self.before - self.net;
        (left, less(self.matter.formula(whole.to_decimal()), &[self.before, self.net]))
    }

    /// The flat sum for expenses, less what was charged of it and what an arrangement's fee took up.
    fn flat_sum_left(&self, line: &AmountLine, before: i64) -> (i64, String) {
        let arranged = expenses_of_arrangement(self.costs);
        let most = Money::new(line.amount.currency(), MOST_EXPENSES);
        let left = self.matter.share(most) - before - arranged;
        (left, less(self.matter.formula(most.to_decimal()), &[before, arranged]))
    }

    fn tax(&self, line: &AmountLine) -> (i64, String) {
        let net = Money::new(line.amount.currency(), self.net);
        let tax = value_added_tax(net, self.matter.ordered, VAT_PERCENT);
        (tax.amount.minor_units(), tax.formula)
    }

    /// What is added of a line, once the flat sum is credited on it.
    fn take(&mut self, line: &AmountLine, (room, formula): (i64, String)) -> Option<Further> {
        let (subject, currency) = (Subject::of(EntryKind::Cost, line.norm), line.amount.currency());
        if room <= 0 {
            return None;
        }
        if line.rule != Rule::ValueAddedTax {
            self.net += room;
        }
        let credited = room.min(self.flat_sum);
        self.flat_sum -= credited;
        let mut inputs: BTreeMap<&'static str, String> =
            line.inputs.iter().map(|input| (input.name, input.value.clone())).collect();
        let before = Money::new(currency, charged(self.costs, subject));
        inputs.insert("before", before.to_decimal());
        if self.matter.principal != self.matter.value {
            inputs.insert("principal", self.matter.principal.to_decimal());
            inputs.insert("whole", line.amount.to_decimal());
            inputs.insert("claims", self.matter.claims.to_string());
        }
        let amount = Money::new(currency, room - credited);
        amount.is_positive().then(|| Further {
            subject,
            amount,
            norm: line.norm,
            version: line.version.clone(),
            inputs,
            formula: less(formula, &[credited]),
        })
    }
}

/// The first where both are the same.
fn least(one: (i64, String), other: (i64, String)) -> (i64, String) {
    if other.0 < one.0 { other } else { one }
}

fn less(formula: String, off: &[i64]) -> String {
    let off = off.iter().filter(|cents| **cents > 0);
    off.fold(formula, |formula, cents| format!("{formula} − {}", Money::eur(*cents).to_decimal()))
}

fn charged(costs: &[Charged<'_>], subject: Subject) -> i64 {
    let counts = costs.iter().filter(|cost| cost.subject == subject);
    counts.map(|cost| cost.amount.minor_units()).sum()
}

/// What of the fees of arrangements went for expenses. Where that is not kept it is taken to be as much as it can be.
fn expenses_of_arrangement(costs: &[Charged<'_>]) -> i64 {
    let fees = costs.iter().filter(|cost| cost.subject == Subject::ArrangementFee);
    fees.map(|fee| {
        let most = fee.amount.minor_units().min(MOST_EXPENSES);
        let kept = fee.inputs.get("expenses").and_then(|text| money(fee.amount.currency(), text));
        kept.map_or(most, |kept| kept.minor_units().min(most))
    })
    .sum()
}
