use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::{Currency, Money};

use super::FeeRate;
use super::steps::{self, Step};
use super::terms::round_percent;
use crate::purpose::{Dated, in_force};
use crate::{AmountLine, LawError, Purpose, Refusal, Rule, table};

/// The 1.0 fee of § 34 GKG as it stood on one day.
#[derive(Debug, Clone)]
struct GkgTable {
    name: &'static str,
    filed_from: NaiveDate,
    filed_to: Option<NaiveDate>,
    base_fee: i64,
    least_order_fee: i64,
    steps: Vec<Step>,
}

static VERSIONS: LazyLock<Vec<GkgTable>> = LazyLock::new(|| {
    // Unreadable tables leave the list empty, and an empty list refuses every filing.
    let steps = include_str!("../../data/gkg_steps.csv");
    let versions = table::rows(include_str!("../../data/gkg_versions.csv"));
    versions.map(|row| version(&row, steps)).collect::<Option<_>>().unwrap_or_default()
});

fn version(row: &[&'static str], steps: &'static str) -> Option<GkgTable> {
    let [name, from, to, base_fee, least_order_fee] = row else { return None };
    Some(GkgTable {
        name,
        filed_from: from.parse().ok()?,
        filed_to: table::day(to)?,
        base_fee: table::cents(base_fee)?,
        least_order_fee: table::cents(least_order_fee)?,
        steps: table::rows(steps)
            .filter(|row| row.first() == Some(name))
            .map(|row| Step::parse(row.get(1..)?))
            .collect::<Option<_>>()?,
    })
}

impl Dated for GkgTable {
    fn valid_from(&self) -> NaiveDate {
        self.filed_from
    }

    fn valid_to(&self) -> Option<NaiveDate> {
        self.filed_to
    }
}

impl GkgTable {
    /// The version for what became pending on `filed` (§ 71 Abs. 1 GKG), and its 1.0 fee for a value.
    fn fee(value: Money, filed: NaiveDate) -> Result<(&'static Self, Money), LawError> {
        if value.currency() != Currency::EUR {
            return Err(Refusal::NotEuro.into());
        }
        if !value.is_positive() {
            return Err(Refusal::NoMainClaim.into());
        }
        let version = in_force(&VERSIONS, "fee table § 34 GKG", filed, Purpose::Posting)?.value;
        let fee = steps::fee(version.base_fee, &version.steps, value.minor_units());
        Ok((version, Money::eur(fee)))
    }
}

/// The court's fee for an order for payment: half the 1.0 fee of § 34 GKG, at least 38.00, for what was filed before
/// 1 June 2025 36.00 (KV 1100). `value` is the main claim without interest and costs (§ 43 Abs. 1 GKG).
pub fn court_fee(value: Money, filed: NaiveDate) -> Result<AmountLine, LawError> {
    let (version, fee) = GkgTable::fee(value, filed)?;
    let least = Money::eur(version.least_order_fee);
    let cents = round_percent(fee.minor_units(), 50).max(least.minor_units());
    let formula = format!("max(0.5 × {}, {})", fee.to_decimal(), least.to_decimal());
    let line = AmountLine::new(Rule::CourtFee, filed, Money::eur(cents), formula);
    Ok(line.table(version.name).input("value", value.to_decimal()).input("fee", fee.to_decimal()))
}

/// The court's fee of a suit: 3.0 of the fee of § 34 GKG, on which that of the order for payment for the same claim
/// is credited (KV 1210 with its note).
pub fn suit_fee(value: Money, filed: NaiveDate, order_fee: Money) -> Result<AmountLine, LawError> {
    let (version, fee) = GkgTable::fee(value, filed)?;
    let rate = FeeRate::SUIT;
    let whole = rate.of(fee);
    let left = whole.checked_sub(order_fee)?.minor_units().clamp(0, whole.minor_units());
    let mut formula = format!("{rate} × {}", fee.to_decimal());
    if order_fee.is_positive() {
        formula = format!("{formula} − {}", order_fee.to_decimal());
    }
    let line = AmountLine::new(Rule::SuitFee, filed, Money::eur(left), formula);
    let line = line.table(version.name).input("value", value.to_decimal());
    Ok(line.input("fee", fee.to_decimal()).input("order_fee", order_fee.to_decimal()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn order(euros: i64, filed: &str) -> Result<i64, LawError> {
        court_fee(Money::eur(euros * 100), date(filed)).map(|line| line.amount.minor_units())
    }

    #[test]
    fn the_court_takes_half_a_fee_and_at_least_thirty_eight_euro() {
        let fee = |euros| order(euros, "2026-11-23").unwrap();
        assert_eq!(fee(500), 3_800);
        // 40 + 21 = 61, 40 + 42 = 82 and 40 + 3 x 21 = 103; + 22.50 = 125.50
        assert_eq!((fee(1_000), fee(1_001)), (3_800, 4_100));
        assert_eq!((fee(2_000), fee(2_001)), (5_150, 6_275));
        // 103 + 8 x 22.50 = 283; + 30.50 = 313.50
        assert_eq!((fee(10_000), fee(10_001)), (14_150, 15_675));
        // 283 + 5 x 30.50 = 435.50; + 5 x 40.50 = 638; + 10 x 140 = 2,038; + 10 x 210 = 4,138; + 210
        assert_eq!((fee(25_000), fee(50_000)), (21_775, 31_900));
        assert_eq!((fee(200_000), fee(500_000)), (101_900, 206_900));
        assert_eq!((fee(500_001), fee(550_001)), (217_400, 227_900));
    }

    #[test]
    fn what_was_filed_before_june_2025_is_paid_by_the_older_table() {
        let fee = |euros| order(euros, "2025-05-31").unwrap();
        assert_eq!((fee(500), fee(1_000)), (3_600, 3_600));
        // 38 + 2 x 20 = 78; 98; 98 + 8 x 21 = 266; + 5 x 29 = 411; + 5 x 38 = 601
        assert_eq!((fee(1_500), fee(2_000), fee(10_000)), (3_900, 4_900, 13_300));
        assert_eq!((fee(25_000), fee(50_000)), (20_550, 30_050));
        assert_eq!(order(500, "2025-06-01"), Ok(3_800));
        assert!(matches!(order(500, "2020-12-31"), Err(LawError::NoTable { .. })));
    }

    #[test]
    fn a_suit_costs_three_fees_less_that_of_the_order_for_payment() {
        let line = suit_fee(Money::eur(100_000), date("2026-11-23"), Money::eur(3_800)).unwrap();
        assert_eq!(
            (line.amount, line.formula.as_str()),
            (Money::eur(14_500), "3.0 × 61.00 − 38.00")
        );
        assert_eq!(line.version, "2025-06-01 (2025)");
        let alone = suit_fee(Money::eur(100_000), date("2026-11-23"), Money::eur(0)).unwrap();
        assert_eq!((alone.amount, alone.formula.as_str()), (Money::eur(18_300), "3.0 × 61.00"));
    }

    #[test]
    fn a_suit_about_what_is_left_of_a_claim_costs_nothing_below_zero() {
        // The order for payment was about 20,000.00: 0.5 x 405.00
        let line = suit_fee(Money::eur(10_000), date("2026-11-23"), Money::eur(20_250)).unwrap();
        assert_eq!(line.amount, Money::eur(0));
    }

    #[test]
    fn a_court_charges_in_euro_and_for_something() {
        let day = date("2026-11-23");
        let francs = Money::new(Currency::CHF, 100);
        assert_eq!(court_fee(francs, day), Err(Refusal::NotEuro.into()));
        assert_eq!(court_fee(Money::eur(0), day), Err(Refusal::NoMainClaim.into()));
    }

    proptest! {
        #[test]
        fn court_fees_never_fall_with_the_value(value in 1i64..100_000_000, more in 0i64..1_000_000) {
            for filed in ["2024-01-02", "2026-01-02"] {
                let of = |value| court_fee(Money::eur(value), date(filed)).unwrap().amount.minor_units();
                prop_assert!(of(value) <= of(value + more));
            }
        }
    }
}
