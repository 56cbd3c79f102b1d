use chrono::NaiveDate;
use kulanz_types::{Currency, Money};

use crate::{AmountLine, LawError, Refusal, Rule};

/// Forty euro.
const FLAT: i64 = 4_000;

/// What decides whether a debtor owes the flat sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlatSumFacts {
    /// Whether the debtor is a consumer (§ 13 BGB): then never.
    pub consumer: bool,
    /// When the obligation arose: the flat sum is for those from 2014-07-29 on (Art. 229 § 34 EGBGB).
    pub arose: NaiveDate,
    /// The first day of default.
    pub default_from: NaiveDate,
}

/// The flat sum and what is left of the costs that it is credited on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatSum {
    /// The forty euro, once per late payment claim.
    pub flat: AmountLine,
    /// The costs of legal pursuit above them: 100.44 become 40.00 and 60.44.
    pub further_costs: AmountLine,
}

/// The flat sum of § 288 Abs. 5 BGB, credited on the costs of legal pursuit so that both together are the
/// greater of the two (§ 288 Abs. 5 S. 3 BGB).
pub fn flat_sum(facts: &FlatSumFacts, pursuit_costs: Money) -> Result<FlatSum, LawError> {
    if facts.consumer {
        return Err(Refusal::FlatSumFromConsumer.into());
    }
    if pursuit_costs.currency() != Currency::EUR {
        return Err(Refusal::NotEuro.into());
    }
    if pursuit_costs.is_negative() {
        return Err(Refusal::NegativeAmount.into());
    }
    let rule = Rule::FlatSum;
    if rule.on(facts.arose).is_none() {
        return Err(LawError::NoTable { table: "flat sum § 288 Abs. 5 BGB", date: facts.arose });
    }
    let above = Money::eur((pursuit_costs.minor_units() - FLAT).max(0));
    let costs = pursuit_costs.to_decimal();
    let flat = AmountLine::new(rule, facts.arose, Money::eur(FLAT), "40.00".to_owned())
        .input("default_from", facts.default_from);
    let formula = format!("max(0, {costs} − 40.00)");
    let further_costs =
        AmountLine::new(rule, facts.arose, above, formula).input("pursuit_costs", costs);
    Ok(FlatSum { flat, further_costs })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(consumer: bool, arose: &str) -> FlatSumFacts {
        let day = |text: &str| text.parse().unwrap();
        FlatSumFacts { consumer, arose: day(arose), default_from: day("2026-03-02") }
    }

    fn parts(costs: i64) -> (i64, i64) {
        let sum = flat_sum(&facts(false, "2026-01-05"), Money::eur(costs)).unwrap();
        (sum.flat.amount.minor_units(), sum.further_costs.amount.minor_units())
    }

    #[test]
    fn the_flat_sum_is_credited_on_the_costs() {
        assert_eq!(parts(10_044), (4_000, 6_044));
        assert_eq!(parts(1_890), (4_000, 0));
    }

    #[test]
    fn a_consumer_never_owes_it_and_an_old_obligation_does_not_either() {
        let refused = flat_sum(&facts(true, "2026-01-05"), Money::eur(0));
        assert_eq!(refused, Err(Refusal::FlatSumFromConsumer.into()));
        let old = flat_sum(&facts(false, "2014-07-28"), Money::eur(0));
        assert!(matches!(old, Err(LawError::NoTable { .. })));
    }

    proptest! {
        #[test]
        fn both_together_are_the_greater_of_the_two(costs in 0i64..1_000_000) {
            let (flat, further) = parts(costs);
            prop_assert_eq!(flat + further, costs.max(4_000));
        }
    }
}
