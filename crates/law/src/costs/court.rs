use chrono::NaiveDate;
use kulanz_types::Money;

use super::charge::Charge;
use super::fees::{expenses, rest};
use super::terms::round_percent;
use super::{FeeRate, RvgTable, total_of};
use crate::{AmountLine, LawError, Refusal, Rule};

/// § 25 Abs. 1 Nr. 4 RVG: the most that asset disclosure is worth.
const DISCLOSURE_VALUE: i64 = 200_000;

/// What decides the fees of court dunning, the agency's or a lawyer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DunningTerms {
    /// The main claim without interest and costs (§ 43 Abs. 1 GKG).
    pub value: Money,
    /// The day on which the order became unconditional: it selects the table.
    pub ordered: NaiveDate,
    /// The business fee (VV 2300) that the same matter bore before, without expenses and VAT.
    pub business_fee: Option<Money>,
    /// Whether the creditor deducts input tax. If so, VAT is no loss and cannot be claimed.
    pub deducts_input_tax: bool,
    /// What the client is really charged for it, net (§ 13e Abs. 1 RDG). None: as much as the law gives.
    pub charged: Option<Money>,
}

/// The fees of an order for payment: 1.0 (VV 3305), half the business fee credited on it, at most 0.75 (Vorbem. 3
/// Abs. 4 VV RVG), expenses, and VAT where it is a loss. The credit is a line below zero.
///
/// Whether expenses count from the fees before or after the credit is contested; they are taken after it.
pub fn dunning_costs(terms: &DunningTerms) -> Result<Vec<AmountLine>, LawError> {
    let mut lines = order_for_payment(terms)?;
    lines.push(expenses(total_of(terms.value, &lines)?, terms.ordered));
    terms.charge().owed(terms.value, lines)
}

/// What the enforcement order adds to [`dunning_costs`]: 0.5 (VV 3308), what is left of the one flat sum of the
/// matter (VV 7002), and VAT where it is a loss. `charged` is what is left of the client's charge for both.
pub fn enforcement_order_costs(terms: &DunningTerms) -> Result<Vec<AmountLine>, LawError> {
    let before = order_for_payment(terms)?;
    let mut lines = vec![terms.fee(Rule::EnforcementOrderFee, FeeRate::SIMPLE)?];
    let fees = total_of(terms.value, &before)?;
    let together = fees.checked_add(total_of(terms.value, &lines)?)?;
    let charged = expenses(fees, terms.ordered).amount;
    lines.extend(rest(expenses(together, terms.ordered), charged)?);
    terms.charge().owed(terms.value, lines)
}

fn order_for_payment(terms: &DunningTerms) -> Result<Vec<AmountLine>, LawError> {
    let fee = terms.fee(Rule::DunningFee, FeeRate::DUNNING)?;
    let of_one = fee.amount;
    let mut lines = vec![fee];
    if let Some(business) = terms.business_fee {
        lines.push(credit(terms.ordered, of_one, business)?);
    }
    Ok(lines)
}

impl DunningTerms {
    const fn charge(&self) -> Charge {
        let Self { ordered, charged, deducts_input_tax, .. } = *self;
        Charge { ordered, charged, deducts_input_tax }
    }

    fn fee(&self, rule: Rule, rate: FeeRate) -> Result<AmountLine, LawError> {
        lawyers_fee(rule, self.value, self.ordered, rate)
    }
}

fn lawyers_fee(
    rule: Rule,
    value: Money,
    ordered: NaiveDate,
    rate: FeeRate,
) -> Result<AmountLine, LawError> {
    if !value.is_positive() {
        return Err(Refusal::NoMainClaim.into());
    }
    let table = RvgTable::in_force(ordered)?;
    let fee = table.fee(value);
    let formula = format!("{rate} × {}", fee.to_decimal());
    let line = AmountLine::new(rule, ordered, rate.of(fee), formula).table(table.name());
    Ok(line.input("value", value.to_decimal()).input("rate", rate).input("fee", fee.to_decimal()))
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

/// What decides the fees of one measure of enforcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnforcementTerms {
    /// The claim with interest and costs (§ 25 Abs. 1 Nr. 1 RVG).
    pub value: Money,
    /// The day on which the order became unconditional: it selects the table.
    pub ordered: NaiveDate,
    /// Asset disclosure is worth 2,000 EUR at most (§ 25 Abs. 1 Nr. 4 RVG).
    pub asset_disclosure: bool,
    /// Whether the creditor deducts input tax. If so, VAT is no loss and cannot be claimed.
    pub deducts_input_tax: bool,
    /// What the client is really charged for it, net. None: as much as the law gives.
    pub charged: Option<Money>,
}

/// The fees of one measure of enforcement: 0.3 (VV 3309), expenses, and VAT where it is a loss (§ 788 ZPO).
pub fn enforcement_costs(terms: &EnforcementTerms) -> Result<Vec<AmountLine>, LawError> {
    let most = if terms.asset_disclosure { DISCLOSURE_VALUE } else { i64::MAX };
    let value = Money::new(terms.value.currency(), terms.value.minor_units().min(most));
    let line = lawyers_fee(Rule::EnforcementFee, value, terms.ordered, FeeRate::ENFORCEMENT)?;
    let expenses = expenses(line.amount, terms.ordered);
    let EnforcementTerms { ordered, charged, deducts_input_tax, .. } = *terms;
    Charge { ordered, charged, deducts_input_tax }.owed(value, vec![line, expenses])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            deducts_input_tax: true,
            charged: None,
        }
    }

    fn enforcement(value: i64, asset_disclosure: bool) -> EnforcementTerms {
        EnforcementTerms {
            value: Money::eur(value),
            ordered: day(),
            asset_disclosure,
            deducts_input_tax: true,
            charged: None,
        }
    }

    #[test]
    fn half_the_business_fee_is_credited_on_court_dunning() {
        // 93.00 - 83.70 / 2 = 51.15; 20 % = 10.23
        let lines = dunning_costs(&dunning(Some(8_370))).unwrap();
        assert_eq!(amounts(&lines), [9_300, -4_185, 1_023]);
        assert_eq!(amounts(&dunning_costs(&dunning(None)).unwrap()), [9_300, 1_860]);
    }

    #[test]
    fn the_enforcement_order_adds_half_a_fee_and_what_is_left_of_the_flat_sum() {
        // 20 % of 97.65 are 19.53, of which 10.23 are charged; of 139.50 they are 20.00, of which 18.60.
        let order = |terms| amounts(&enforcement_order_costs(&terms).unwrap());
        assert_eq!(order(dunning(Some(8_370))), [4_650, 930]);
        assert_eq!(order(dunning(None)), [4_650, 140]);
        let large = DunningTerms { value: Money::eur(500_000), ..dunning(None) };
        assert_eq!(order(large), [17_725]);
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
        let of = |disclosure| enforcement_costs(&enforcement(500_000, disclosure)).unwrap();
        assert_eq!(amounts(&of(false)), [10_635, 2_000]);
        assert_eq!(amounts(&of(true)), [5_280, 1_056]);
        assert_eq!(of(true)[0].inputs[0].value, "2000.00");
        let least = enforcement_costs(&enforcement(100, false)).unwrap();
        assert_eq!(amounts(&least), [1_545, 309]);
    }

    #[test]
    fn a_fee_is_fifteen_euro_at_least() {
        // 0.3 x 49.00 = 14.70 by the table of 2021
        let ordered = "2025-05-31".parse().unwrap();
        let least = enforcement_costs(&EnforcementTerms { ordered, ..enforcement(100, false) });
        assert_eq!(amounts(&least.unwrap()), [1_500, 300]);
    }

    #[test]
    fn what_the_client_is_charged_and_the_vat_that_is_its_loss_count_in_court_too() {
        let taxed = DunningTerms { deducts_input_tax: false, ..dunning(Some(8_370)) };
        // 19 % of 61.38 are 11.66.
        assert_eq!(amounts(&dunning_costs(&taxed).unwrap()), [9_300, -4_185, 1_023, 1_166]);
        let cheap = DunningTerms { charged: Some(Money::eur(5_000)), ..taxed };
        // 11.38 too much: the expenses, and 1.15 of the fee.
        let lines = dunning_costs(&cheap).unwrap();
        assert_eq!(amounts(&lines), [9_185, -4_185, 950]);
        assert_eq!(lines[0].norm, "§ 13e Abs. 1 RDG, Nr. 3305 VV RVG");
        let order =
            enforcement_order_costs(&DunningTerms { charged: Some(Money::eur(0)), ..taxed });
        assert!(order.unwrap().is_empty());
        let cheap =
            EnforcementTerms { charged: Some(Money::eur(1_500)), ..enforcement(100, false) };
        let lines = enforcement_costs(&cheap).unwrap();
        assert_eq!(
            (amounts(&lines), lines[0].formula.as_str()),
            (vec![1_500], "min(15.00, 0.3 × 51.50)")
        );
    }

    #[test]
    fn nothing_is_owed_for_nothing_and_by_no_table() {
        let none = EnforcementTerms { value: Money::eur(0), ..enforcement(1, false) };
        assert_eq!(enforcement_costs(&none), Err(Refusal::NoMainClaim.into()));
        let none = DunningTerms { value: Money::eur(0), ..dunning(None) };
        assert_eq!(dunning_costs(&none), Err(Refusal::NoMainClaim.into()));
        let early = DunningTerms { ordered: "2020-12-31".parse().unwrap(), ..dunning(None) };
        assert!(matches!(dunning_costs(&early), Err(LawError::NoTable { .. })));
    }

    proptest! {
        #[test]
        fn both_orders_together_never_cost_more_than_the_client_is_charged(
            value in 1i64..5_000_000, business in prop::option::of(0i64..100_000), charged in 0i64..100_000,
        ) {
            let terms = DunningTerms {
                value: Money::eur(value),
                business_fee: business.map(Money::eur),
                charged: Some(Money::eur(charged)),
                ..dunning(None)
            };
            let total = |lines: &[AmountLine]| total_of(terms.value, lines).unwrap();
            let first = total(&dunning_costs(&terms).unwrap());
            let left = terms.charged.unwrap().checked_sub(first).unwrap();
            let second =
                enforcement_order_costs(&DunningTerms { charged: Some(left), ..terms }).unwrap();
            let both = first.checked_add(total(&second)).unwrap().minor_units();
            prop_assert!(both <= charged);
            let free = DunningTerms { charged: None, ..terms };
            let lawful = total(&dunning_costs(&free).unwrap()).minor_units()
                + total(&enforcement_order_costs(&free).unwrap()).minor_units();
            prop_assert!(both <= lawful);
        }
    }
}
