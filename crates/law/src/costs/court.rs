use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::Money;

use super::fees::expenses;
use super::steps::{self, Step};
use super::terms::round_percent;
use super::{FeeRate, RvgTable};
use crate::{AmountLine, LawError, Refusal, Rule, table};

/// § 34 GKG: the 1.0 fee to 500 EUR.
const COURT_BASE: i64 = 4_000;
/// KV 1100: the least for a payment order.
const COURT_LEAST: i64 = 3_800;
/// § 25 Abs. 1 Nr. 4 RVG: the most that asset disclosure is worth.
const DISCLOSURE_VALUE: i64 = 200_000;

static COURT_STEPS: LazyLock<Vec<Step>> = LazyLock::new(|| {
    // An unreadable table has no last row, and then every value lies beyond it.
    let rows = table::rows(include_str!("../../data/gkg_steps.csv"));
    rows.map(|row| Step::parse(&row)).collect::<Option<_>>().unwrap_or_default()
});

/// What decides the fees of court dunning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DunningTerms {
    /// The main claim without interest and costs (§ 43 Abs. 1 GKG).
    pub value: Money,
    /// The day on which the order became unconditional: it selects the table.
    pub ordered: NaiveDate,
    /// The business fee (VV 2300) that the same matter bore before, without expenses and VAT.
    pub business_fee: Option<Money>,
    /// Whether the enforcement order was applied for as well.
    pub enforcement_order: bool,
}

/// The fees of court dunning: 1.0 (VV 3305), half the business fee credited on it, at most 0.75 (Vorbem. 3
/// Abs. 4 VV RVG), 0.5 for the enforcement order (VV 3308), expenses once. The credit is a line below zero.
///
/// Whether expenses count from the fees before or after the credit is contested; they are taken after it.
pub fn dunning_costs(terms: &DunningTerms) -> Result<Vec<AmountLine>, LawError> {
    if !terms.value.is_positive() {
        return Err(Refusal::NoMainClaim.into());
    }
    let table = RvgTable::in_force(terms.ordered)?;
    let fee = table.fee(terms.value);
    let line = |rule, rate: FeeRate| {
        AmountLine::new(rule, terms.ordered, rate.of(fee), format!("{rate} × {}", fee.to_decimal()))
            .table(table.name())
            .input("value", terms.value.to_decimal())
            .input("rate", rate)
    };
    let mut lines = vec![line(Rule::DunningFee, FeeRate::DUNNING)];
    if let Some(business) = terms.business_fee {
        lines.push(credit(terms.ordered, fee, business)?);
    }
    if terms.enforcement_order {
        lines.push(line(Rule::EnforcementOrderFee, FeeRate::SIMPLE));
    }
    lines.push(expenses(super::total_of(terms.value, &lines)?, terms.ordered));
    Ok(lines)
}

fn credit(ordered: NaiveDate, fee: Money, business: Money) -> Result<AmountLine, LawError> {
    if business.is_negative() || business.currency() != fee.currency() {
        return Err(Refusal::ChargeInvalid.into());
    }
    let cap = FeeRate::CREDIT_CAP.of(fee);
    let half = round_percent(business.minor_units(), 50).min(cap.minor_units());
    let formula = format!("−min({} / 2, {})", business.to_decimal(), cap.to_decimal());
    let amount = Money::new(fee.currency(), half).checked_neg()?;
    let line = AmountLine::new(Rule::DunningCredit, ordered, amount, formula);
    Ok(line.input("business_fee", business.to_decimal()))
}

/// The fees of one enforcement: 0.3 (VV 3309) on the claim with interest and costs (§ 25 Abs. 1 Nr. 1 RVG),
/// for asset disclosure on 2,000 EUR at most (Nr. 4), and expenses.
pub fn enforcement_costs(
    value: Money,
    ordered: NaiveDate,
    asset_disclosure: bool,
) -> Result<Vec<AmountLine>, LawError> {
    if !value.is_positive() {
        return Err(Refusal::NoMainClaim.into());
    }
    let table = RvgTable::in_force(ordered)?;
    let most = if asset_disclosure { DISCLOSURE_VALUE } else { i64::MAX };
    let value = Money::new(value.currency(), value.minor_units().min(most));
    let (fee, rate) = (table.fee(value), FeeRate::ENFORCEMENT);
    let formula = format!("{rate} × {}", fee.to_decimal());
    let line = AmountLine::new(Rule::EnforcementFee, ordered, rate.of(fee), formula)
        .table(table.name())
        .input("value", value.to_decimal())
        .input("rate", rate);
    let expenses = expenses(line.amount, ordered);
    Ok(vec![line, expenses])
}

/// The court's fee for a payment order: half the 1.0 fee of § 34 GKG, at least 38.00 (KV 1100). `value` is the
/// main claim without interest and costs (§ 43 Abs. 1 GKG).
pub fn court_fee(value: Money, filed: NaiveDate) -> Result<AmountLine, LawError> {
    if !value.is_positive() {
        return Err(Refusal::NoMainClaim.into());
    }
    let rule = Rule::CourtFee;
    if rule.on(filed).is_none() {
        return Err(LawError::NoTable { table: "fee table § 34 GKG", date: filed });
    }
    let last = COURT_STEPS.last().and_then(|step| step.value_up_to);
    if last.is_none_or(|last| value.minor_units() > last) {
        return Err(Refusal::ValueBeyondTable.into());
    }
    let fee =
        Money::new(value.currency(), steps::fee(COURT_BASE, &COURT_STEPS, value.minor_units()));
    let cents = round_percent(fee.minor_units(), 50).max(COURT_LEAST);
    let formula = format!("max(0.5 × {}, 38.00)", fee.to_decimal());
    let line = AmountLine::new(rule, filed, Money::new(value.currency(), cents), formula);
    Ok(line.input("value", value.to_decimal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        "2026-11-23".parse().unwrap()
    }

    fn amounts(lines: &[AmountLine]) -> Vec<i64> {
        lines.iter().map(|line| line.amount.minor_units()).collect()
    }

    fn dunning(business_fee: Option<i64>) -> DunningTerms {
        DunningTerms {
            value: Money::eur(100_000),
            ordered: day(),
            business_fee: business_fee.map(Money::eur),
            enforcement_order: true,
        }
    }

    #[test]
    fn half_the_business_fee_is_credited_on_court_dunning() {
        // 93.00 - 83.70 / 2 + 46.50 = 97.65; 20 % = 19.53
        let lines = dunning_costs(&dunning(Some(8_370))).unwrap();
        assert_eq!(amounts(&lines), [9_300, -4_185, 4_650, 1_953]);
        assert_eq!(amounts(&dunning_costs(&dunning(None)).unwrap()), [9_300, 4_650, 2_000]);
    }

    #[test]
    fn at_most_three_quarters_are_credited() {
        // 2.5 x 93.00 = 232.50, half is 116.25, above 0.75 x 93.00 = 69.75
        let lines = dunning_costs(&dunning(Some(23_250))).unwrap();
        assert_eq!(lines[1].amount, Money::eur(-6_975));
    }

    #[test]
    fn enforcement_bears_three_tenths_and_asset_disclosure_is_worth_two_thousand() {
        // 1.0 fee of 5,000.00: 354.50; of 2,000.00: 176.00
        let of = |disclosure| enforcement_costs(Money::eur(500_000), day(), disclosure).unwrap();
        assert_eq!(amounts(&of(false)), [10_635, 2_000]);
        assert_eq!(amounts(&of(true)), [5_280, 1_056]);
        let least = enforcement_costs(Money::eur(100), day(), false).unwrap();
        assert_eq!(amounts(&least), [1_545, 309]);
    }

    #[test]
    fn the_court_takes_half_a_fee_and_at_least_thirty_eight_euro() {
        let fee = |euros: i64| court_fee(Money::eur(euros * 100), day()).map(|line| line.amount);
        assert_eq!(fee(500), Ok(Money::eur(3_800)));
        // 40 + 3 x 21 = 103; + 22.50 = 125.50
        assert_eq!(fee(2_000), Ok(Money::eur(5_150)));
        assert_eq!(fee(2_001), Ok(Money::eur(6_275)));
        // 103 + 8 x 22.50 = 283
        assert_eq!(fee(10_000), Ok(Money::eur(14_150)));
        assert_eq!(fee(10_001), Err(Refusal::ValueBeyondTable.into()));
        let before = court_fee(Money::eur(100), "2025-05-31".parse().unwrap());
        assert!(matches!(before, Err(LawError::NoTable { .. })));
    }
}
