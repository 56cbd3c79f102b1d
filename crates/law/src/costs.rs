use chrono::NaiveDate;
use kulanz_types::Money;

use crate::{LawError, RvgTable};

/// A fee rate of the RVG in hundredths: `FeeRate::SIMPLE` is 0.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeeRate(u16);

impl FeeRate {
    /// 0.5: a simple case, as a rule one paid within two weeks of the first demand (VV 2300 note 2).
    pub const SIMPLE: Self = Self(50);
    /// 0.9: the uncontested case (VV 2300 note 2).
    pub const UNCONTESTED: Self = Self(90);
    /// 1.3: the most that an especially extensive or difficult uncontested case may cost.
    pub const UNCONTESTED_CAP: Self = Self(130);
    /// 0.7: agreement on payment (VV 1000 Nr. 2).
    const AGREEMENT: Self = Self(70);

    /// A rate in hundredths.
    pub const fn hundredths(hundredths: u16) -> Self {
        Self(hundredths)
    }

    /// The fee, rounded half up to the cent (§ 2 Abs. 2 RVG), at least 15 EUR (§ 13 Abs. 3 RVG).
    fn of(self, fee: Money) -> Money {
        let cents = round_percent(fee.minor_units(), i64::from(self.0));
        Money::new(fee.currency(), cents.max(1_500))
    }
}

impl std::fmt::Display for FeeRate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        out.write_str(shown.strip_suffix('0').unwrap_or(&shown))
    }
}

/// What decides the costs of collecting an uncontested claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostTerms {
    /// The main claim without interest and costs (§ 23 Abs. 1 RVG, § 43 Abs. 1 GKG).
    pub value: Money,
    /// The day on which the creditor's order became unconditional: it selects the table.
    pub ordered: NaiveDate,
    /// The rate of VV 2300.
    pub rate: FeeRate,
    /// Whether a rate above 0.9 has a recorded reason.
    pub difficult: bool,
    /// Whether the debtor agreed to bear the fee of a payment agreement. None is charged by default.
    pub agreement: bool,
    /// Whether the creditor deducts input tax. If so, VAT is no loss and cannot be claimed.
    pub deducts_input_tax: bool,
    /// What the agency really charges its client, net, where that is less (§ 13e Abs. 1 RDG).
    pub charged: Option<Money>,
}

/// One line of the costs with its norm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostLine {
    /// The norm, as a statement cites it.
    pub norm: &'static str,
    /// How the amount was found.
    pub formula: String,
    /// The amount.
    pub amount: Money,
}

/// The costs that a debtor in default owes for collecting an uncontested claim (§ 13e Abs. 1 RDG, § 13
/// RVG): business fee, agreement fee, flat sum for expenses, VAT where it is a loss.
pub fn collection_costs(terms: &CostTerms) -> Result<Vec<CostLine>, LawError> {
    check(terms)?;
    let table = RvgTable::in_force(terms.ordered)?;
    let mut lines = vec![business_fee(terms, table)];
    if terms.agreement {
        lines.push(agreement_fee(terms, table)?);
    }
    lines.push(expenses(total_of(terms.value, &lines)?));
    cap_by_charge(terms, &mut lines)?;
    if !terms.deducts_input_tax {
        lines.push(value_added_tax(total_of(terms.value, &lines)?));
    }
    Ok(lines)
}

/// The sum of cost lines, in the currency of `like`.
pub fn total_of(like: Money, lines: &[CostLine]) -> Result<Money, LawError> {
    Ok(Money::sum(like.currency(), lines.iter().map(|line| line.amount))?)
}

fn check(terms: &CostTerms) -> Result<(), LawError> {
    if !terms.value.is_positive() {
        return Err(LawError::Refused("costs need a main claim"));
    }
    if terms.rate > FeeRate::UNCONTESTED_CAP {
        return Err(LawError::Refused("an uncontested claim bears at most 1.3 (VV 2300 note 2)"));
    }
    if terms.rate > FeeRate::UNCONTESTED && !terms.difficult {
        return Err(LawError::Refused("a rate above 0.9 needs a reason (VV 2300 note 2)"));
    }
    Ok(())
}

fn business_fee(terms: &CostTerms, table: &RvgTable) -> CostLine {
    let fee = table.uncontested_fee(terms.value, terms.ordered);
    CostLine {
        norm: "§ 13e Abs. 1 RDG, § 13 RVG, Nr. 2300 VV RVG",
        formula: format!(
            "{} x {} (table {}, value {})",
            terms.rate,
            fee,
            table.name(),
            terms.value
        ),
        amount: terms.rate.of(fee),
    }
}

/// 0.7 on half the claim (VV 1000 Nr. 2, § 31b RVG); the small-claim fee stands in for VV 2300 alone.
fn agreement_fee(terms: &CostTerms, table: &RvgTable) -> Result<CostLine, LawError> {
    const SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2021, 10, 1);
    if SINCE.is_none_or(|since| terms.ordered < since) {
        return Err(LawError::NoTable { table: "agreement fee § 31b RVG", date: terms.ordered });
    }
    let half = Money::new(terms.value.currency(), round_percent(terms.value.minor_units(), 50));
    let fee = table.fee(half);
    Ok(CostLine {
        norm: "Nr. 1000 Nr. 2 VV RVG, § 31b RVG",
        formula: format!("{} x {} (value {})", FeeRate::AGREEMENT, fee, half),
        amount: FeeRate::AGREEMENT.of(fee),
    })
}

/// 20 % of the fees, at most 20 EUR, once per matter.
fn expenses(fees: Money) -> CostLine {
    let cents = round_percent(fees.minor_units(), 20).min(2_000);
    CostLine {
        norm: "Nr. 7002 VV RVG",
        formula: format!("20 % of {fees}, at most 20.00 EUR"),
        amount: Money::new(fees.currency(), cents),
    }
}

fn value_added_tax(net: Money) -> CostLine {
    CostLine {
        norm: "Nr. 7008 VV RVG",
        formula: format!("19 % of {net}"),
        amount: Money::new(net.currency(), round_percent(net.minor_units(), 19)),
    }
}

/// The debtor never owes more than the client was really charged.
fn cap_by_charge(terms: &CostTerms, lines: &mut Vec<CostLine>) -> Result<(), LawError> {
    let net = total_of(terms.value, lines)?;
    let Some(charged) = terms.charged.filter(|charged| charged.minor_units() < net.minor_units())
    else {
        return Ok(());
    };
    if charged.currency() != net.currency() || charged.is_negative() {
        return Err(LawError::Refused("the agency's charge is no amount in the claim's currency"));
    }
    *lines = vec![CostLine {
        norm: "§ 13e Abs. 1 RDG",
        formula: format!("charged to the client, below {net} under the RVG"),
        amount: charged,
    }];
    Ok(())
}

/// `percent` hundredths of a positive amount, rounded half up.
fn round_percent(cents: i64, percent: i64) -> i64 {
    let wide = (2 * i128::from(cents) * i128::from(percent) + 100).div_euclid(200);
    i64::try_from(wide).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(cents: i64, rate: FeeRate) -> CostTerms {
        CostTerms {
            value: Money::eur(cents),
            ordered: "2026-11-23".parse().unwrap(),
            rate,
            difficult: false,
            agreement: false,
            deducts_input_tax: true,
            charged: None,
        }
    }

    fn total(terms: &CostTerms) -> i64 {
        total_of(terms.value, &collection_costs(terms).unwrap()).unwrap().minor_units()
    }

    #[test]
    fn a_small_claim_paid_at_once_costs_eighteen_ninety() {
        assert_eq!(total(&terms(4_999, FeeRate::SIMPLE)), 1_890);
    }

    #[test]
    fn the_uncontested_rate_of_a_thousand_euros_and_its_capped_expenses() {
        // 0.9 x 93.00 = 83.70, 20 % = 16.74; from 1,500 EUR on the expenses stay at 20.00.
        assert_eq!(total(&terms(100_000, FeeRate::UNCONTESTED)), 10_044);
        assert_eq!(total(&terms(150_000, FeeRate::UNCONTESTED)), 12_105 + 2_000);
    }

    #[test]
    fn an_agreement_adds_its_fee_on_half_the_claim_and_no_second_flat_sum() {
        let agreed = CostTerms { agreement: true, ..terms(75_000, FeeRate::UNCONTESTED) };
        assert_eq!(total(&agreed), 8_370 + 3_605 + 2_000);
    }

    #[test]
    fn value_added_tax_is_owed_only_where_the_creditor_cannot_deduct_it() {
        let taxed = CostTerms { deducts_input_tax: false, ..terms(4_999, FeeRate::SIMPLE) };
        assert_eq!(total(&taxed), 1_890 + 359);
    }

    #[test]
    fn a_lower_charge_to_the_client_caps_the_costs() {
        let cheap = CostTerms { charged: Some(Money::eur(900)), ..terms(4_999, FeeRate::SIMPLE) };
        assert_eq!(total(&cheap), 900);
    }

    #[test]
    fn a_rate_above_the_rule_needs_a_reason_and_has_a_cap() {
        let high = terms(100_000, FeeRate::hundredths(110));
        assert!(collection_costs(&high).is_err());
        assert!(collection_costs(&CostTerms { difficult: true, ..high }).is_ok());
        let over = CostTerms { rate: FeeRate::hundredths(131), difficult: true, ..high };
        assert!(collection_costs(&over).is_err());
    }

    proptest! {
        #[test]
        fn a_charge_never_raises_the_costs(value in 1i64..10_000_000, charged in 0i64..100_000) {
            let plain = terms(value, FeeRate::UNCONTESTED);
            let capped = CostTerms { charged: Some(Money::eur(charged)), ..plain };
            prop_assert_eq!(total(&capped), total(&plain).min(charged));
        }
    }
}
