use chrono::NaiveDate;
use kulanz_types::Money;

use super::charge::Charge;
use super::terms::round_percent;
use super::{CostTerms, FeeRate, RvgTable};
use crate::{AmountLine, LawError, Rule};

/// The standard rate of § 12 Abs. 1 `UStG` (VV 7008).
pub const VAT_PERCENT: u8 = 19;

/// VV 7002: the most that the flat sum for expenses comes to in one matter, in cents.
pub const MOST_EXPENSES: i64 = 2_000;

/// The costs that a debtor in default owes for collecting a claim (§ 13e Abs. 1 RDG, § 13 RVG): business
/// fee, agreement fee, flat sum for expenses, together no more than the client is charged, and VAT where it is a
/// loss.
pub fn collection_costs(terms: &CostTerms) -> Result<Vec<AmountLine>, LawError> {
    terms.check()?;
    let table = RvgTable::in_force(terms.ordered)?;
    let mut lines = vec![business_fee(terms, table)];
    if terms.agreement {
        lines.push(agreement_fee(terms, table)?);
    }
    lines.push(expenses(total_of(terms.value, &lines)?, terms.ordered));
    Charge::of(terms).owed(terms.value, lines)
}

/// What a payment agreement adds to costs of which `fees` and `flat_sum` for expenses are charged already: its
/// fee, what is left of the one flat sum of the matter (VV 7002), together no more than the client is `charged` for
/// the agreement, and VAT where it is a loss. The most that a debtor who agreed to bear it owes for one claim.
pub fn agreement_costs(
    terms: &CostTerms,
    fees: Money,
    flat_sum: Money,
) -> Result<Vec<AmountLine>, LawError> {
    terms.check()?;
    let mut lines = vec![agreement_fee(terms, RvgTable::in_force(terms.ordered)?)?];
    let together = fees.checked_add(total_of(terms.value, &lines)?)?;
    let whole = expenses(together, terms.ordered);
    lines.extend(rest(whole, flat_sum)?);
    Charge::of(terms).owed(terms.value, lines)
}

/// What is left of an amount of which some is charged already; none for nothing.
pub(super) fn rest(whole: AmountLine, charged: Money) -> Result<Option<AmountLine>, LawError> {
    if charged.is_zero() {
        return Ok(Some(whole).filter(|line| line.amount.is_positive()));
    }
    let amount = whole.amount.checked_sub(charged)?;
    let formula = format!("{} − {}", whole.formula, charged.to_decimal());
    Ok(amount.is_positive().then_some(AmountLine { formula, amount, ..whole }))
}

/// The sum of cost lines, in the currency of `like`.
pub fn total_of(like: Money, lines: &[AmountLine]) -> Result<Money, LawError> {
    Ok(Money::sum(like.currency(), lines.iter().map(|line| line.amount))?)
}

fn business_fee(terms: &CostTerms, table: &RvgTable) -> AmountLine {
    let fee = if terms.contested {
        table.fee(terms.value)
    } else {
        table.uncontested_fee(terms.value, terms.ordered)
    };
    let rate = terms.rate.for_clients(terms.clients);
    let line = fee_line(Rule::BusinessFee, terms, rate, fee, table);
    if terms.clients > 1 {
        return line.input("clients", terms.clients).input("rate_of_one", terms.rate);
    }
    line
}

/// 0.7 on half the claim (VV 1000 Nr. 2, § 31b RVG); the small-claim fee stands in for VV 2300 alone.
fn agreement_fee(terms: &CostTerms, table: &RvgTable) -> Result<AmountLine, LawError> {
    const SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2021, 10, 1);
    if SINCE.is_none_or(|since| terms.ordered < since) {
        return Err(LawError::NoTable { table: "agreement fee § 31b RVG", date: terms.ordered });
    }
    let half = Money::new(terms.value.currency(), round_percent(terms.value.minor_units(), 50));
    let rate = FeeRate::AGREEMENT;
    let of_half = CostTerms { value: half, ..*terms };
    Ok(fee_line(Rule::AgreementFee, &of_half, rate, table.fee(half), table))
}

fn fee_line(
    rule: Rule,
    terms: &CostTerms,
    rate: FeeRate,
    fee: Money,
    table: &RvgTable,
) -> AmountLine {
    let formula = format!("{rate} × {}", fee.to_decimal());
    AmountLine::new(rule, terms.ordered, rate.of(fee), formula)
        .table(table.name())
        .input("value", terms.value.to_decimal())
        .input("ordered", terms.ordered)
        .input("rate", rate)
        .input("fee", fee.to_decimal())
}

/// 20 % of the fees, at most 20 EUR, once per matter.
pub(super) fn expenses(fees: Money, ordered: NaiveDate) -> AmountLine {
    let cents = round_percent(fees.minor_units(), 20).min(MOST_EXPENSES);
    let shown = fees.to_decimal();
    let amount = Money::new(fees.currency(), cents);
    AmountLine::new(Rule::Expenses, ordered, amount, format!("min(20 % × {shown}, 20.00)"))
        .input("fees", shown)
}

/// VAT on a net sum, rounded half up.
pub fn value_added_tax(net: Money, ordered: NaiveDate, percent: u8) -> AmountLine {
    let amount = Money::new(net.currency(), round_percent(net.minor_units(), i64::from(percent)));
    let shown = net.to_decimal();
    AmountLine::new(Rule::ValueAddedTax, ordered, amount, format!("{percent} % × {shown}"))
        .input("net", shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Refusal;

    fn terms(cents: i64, rate: FeeRate) -> CostTerms {
        CostTerms::uncontested(Money::eur(cents), "2026-11-23".parse().unwrap(), rate)
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
    fn an_agreement_beside_costs_that_are_charged_adds_its_fee_and_the_rest_of_the_flat_sum() {
        let agreed = |terms: &CostTerms, fees, flat_sum| {
            let lines = agreement_costs(terms, Money::eur(fees), Money::eur(flat_sum)).unwrap();
            total_of(terms.value, &lines).unwrap().minor_units()
        };
        // 0.7 x 51.50 on half of 789.02, and 20.00 for both fees of which 13.45 are charged.
        assert_eq!(agreed(&terms(78_902, FeeRate::SIMPLE), 6_725, 1_345), 3_605 + 655);
        assert_eq!(agreed(&terms(78_902, FeeRate::SIMPLE), 20_000, 2_000), 3_605);
        let taxed = CostTerms { deducts_input_tax: false, ..terms(78_902, FeeRate::SIMPLE) };
        // 19 % of 36.05 and of 20 % of it, 7.21
        assert_eq!(agreed(&taxed, 0, 0), 3_605 + 721 + 822);
    }

    #[test]
    fn an_agreement_is_worth_half_the_claim_and_half_a_cent_counts() {
        let agreed = CostTerms { agreement: true, ..terms(100_001, FeeRate::UNCONTESTED) };
        // Half of 1,000.01 lies above 500.00: 0.7 x 93.00
        let lines = collection_costs(&agreed).unwrap();
        assert_eq!(
            (lines[1].amount, lines[1].inputs[0].value.as_str()),
            (Money::eur(6_510), "500.01")
        );
    }

    #[test]
    fn value_added_tax_is_owed_only_where_the_creditor_cannot_deduct_it() {
        let taxed = CostTerms { deducts_input_tax: false, ..terms(4_999, FeeRate::SIMPLE) };
        assert_eq!(total(&taxed), 1_890 + 359);
    }

    #[test]
    fn a_lower_charge_to_the_client_caps_the_costs_and_each_line_says_so() {
        let of = |charged| {
            let cheap =
                CostTerms { charged: Some(Money::eur(charged)), ..terms(4_999, FeeRate::SIMPLE) };
            collection_costs(&cheap).unwrap()
        };
        // 15.75 and 3.15 by law: what is above the charge comes off the expenses first.
        let told = |lines: &[AmountLine]| -> Vec<(i64, String, &str)> {
            let one =
                |line: &AmountLine| (line.amount.minor_units(), line.formula.clone(), line.norm);
            lines.iter().map(one).collect()
        };
        let fee = "§ 13e Abs. 1 RDG, § 13 RVG, Nr. 2300 VV RVG";
        assert_eq!(told(&of(900)), [(900, "min(9.00, 0.5 × 31.50)".to_owned(), fee)]);
        let expenses = "min(2.25, min(20 % × 15.75, 20.00))".to_owned();
        assert_eq!(
            told(&of(1_800)),
            [
                (1_575, "0.5 × 31.50".to_owned(), fee),
                (225, expenses, "§ 13e Abs. 1 RDG, Nr. 7002 VV RVG"),
            ]
        );
        let given = |line: &AmountLine, name| {
            line.inputs.iter().find(|input| input.name == name).unwrap().value.clone()
        };
        let capped = &of(1_800)[1];
        assert_eq!(
            (given(capped, "charged"), given(capped, "rvg")),
            ("18.00".into(), "18.90".into())
        );
        assert_eq!(told(&of(1_890)).len(), 2);
        assert!(of(0).is_empty());
    }

    #[test]
    fn an_agreement_costs_no_more_than_the_client_is_charged_for_it() {
        let agreed = |charged| {
            let cheap =
                CostTerms { charged: Some(Money::eur(charged)), ..terms(78_902, FeeRate::SIMPLE) };
            agreement_costs(&cheap, Money::eur(6_725), Money::eur(1_345)).unwrap()
        };
        let capped = agreed(2_000);
        assert_eq!(capped[0].norm, "§ 13e Abs. 1 RDG, Nr. 1000 Nr. 2 VV RVG, § 31b RVG");
        assert_eq!(total_of(capped[0].amount, &capped).unwrap(), Money::eur(2_000));
        assert_eq!(total_of(Money::eur(1), &agreed(4_261)).unwrap(), Money::eur(3_605 + 655));
        assert_eq!(agreed(4_259)[1].amount, Money::eur(654));
    }

    #[test]
    fn a_charge_in_another_currency_or_below_nothing_is_refused() {
        let francs = Money::new(kulanz_types::Currency::CHF, 900);
        for charged in [francs, Money::eur(-1)] {
            let wrong = CostTerms { charged: Some(charged), ..terms(4_999, FeeRate::SIMPLE) };
            assert_eq!(collection_costs(&wrong), Err(Refusal::ChargeInvalid.into()));
        }
    }

    #[test]
    fn value_added_tax_is_on_what_is_left_of_a_charge() {
        let cheap = CostTerms {
            charged: Some(Money::eur(900)),
            deducts_input_tax: false,
            ..terms(4_999, FeeRate::SIMPLE)
        };
        assert_eq!(total(&cheap), 900 + 171);
        assert_eq!(total(&CostTerms { charged: Some(Money::eur(0)), ..cheap }), 0);
    }

    #[test]
    fn a_line_names_norm_version_inputs_and_formula() {
        let line = &collection_costs(&terms(100_000, FeeRate::UNCONTESTED)).unwrap()[0];
        assert_eq!(line.norm, "§ 13e Abs. 1 RDG, § 13 RVG, Nr. 2300 VV RVG");
        assert_eq!(line.version, "2025-06-01 (2025)");
        assert_eq!(line.formula, "0.9 × 93.00");
        assert!(line.inputs.iter().any(|input| input.name == "value" && input.value == "1000.00"));
    }

    #[test]
    fn a_rate_above_the_rule_needs_a_reason_and_has_a_cap() {
        let refused = |terms: &CostTerms| collection_costs(terms).unwrap_err();
        let high = terms(100_000, FeeRate::hundredths(110));
        assert_eq!(refused(&high), Refusal::RateNeedsReason.into());
        assert!(collection_costs(&CostTerms { difficult: true, ..high }).is_ok());
        let most = CostTerms { rate: FeeRate::UNCONTESTED_CAP, difficult: true, ..high };
        // 1.3 x 93.00 = 120.90 and 20.00
        assert_eq!(total(&most), 12_090 + 2_000);
        let over = CostTerms { rate: FeeRate::hundredths(131), difficult: true, ..high };
        assert_eq!(refused(&over), Refusal::RateAboveCap.into());
        let contested = CostTerms { contested: true, ..over };
        // 1.31 x 93.00 = 121.83 and 20.00
        assert_eq!(total(&contested), 12_183 + 2_000);
        let plain = CostTerms { difficult: false, ..contested };
        assert_eq!(refused(&plain), Refusal::RateNeedsReason.into());
        let beyond = CostTerms { rate: FeeRate::hundredths(251), ..contested };
        assert_eq!(refused(&beyond), Refusal::RateOutOfRange.into());
    }

    #[test]
    fn a_contested_small_claim_is_paid_by_the_table() {
        let contested = CostTerms { contested: true, ..terms(4_000, FeeRate::UNCONTESTED) };
        // 0.9 x 51.50 = 46.35, 20 % = 9.27
        assert_eq!(total(&contested), 4_635 + 927);
    }

    #[test]
    fn every_further_client_adds_three_tenths_up_to_two() {
        let of = |clients| {
            let joint = CostTerms { clients, ..terms(100_000, FeeRate::UNCONTESTED) };
            collection_costs(&joint).unwrap()[0].amount.minor_units()
        };
        // 1.2 x 93.00; with eight clients 0.9 + 2.0 = 2.9
        assert_eq!(of(2), 11_160);
        assert_eq!((of(8), of(20)), (26_970, 26_970));
    }

    proptest! {
        #[test]
        fn an_agreement_later_costs_what_it_costs_at_once(value in 1i64..10_000_000) {
            let plain = CostTerms { contested: true, ..terms(value, FeeRate::UNCONTESTED) };
            let both = CostTerms { agreement: true, ..plain };
            let charged = collection_costs(&plain).unwrap();
            let later = agreement_costs(&plain, charged[0].amount, charged[1].amount).unwrap();
            let later = total_of(plain.value, &later).unwrap().minor_units();
            prop_assert_eq!(total(&plain) + later, total(&both));
        }

        #[test]
        fn a_charge_never_raises_the_costs(value in 1i64..10_000_000, charged in 0i64..100_000) {
            let plain = terms(value, FeeRate::UNCONTESTED);
            let capped = CostTerms { charged: Some(Money::eur(charged)), ..plain };
            prop_assert_eq!(total(&capped), total(&plain).min(charged));
        }

        #[test]
        fn costs_never_fall_with_the_value(value in 1i64..100_000_000, more in 0i64..1_000_000) {
            let of = |value| total(&terms(value, FeeRate::UNCONTESTED));
            prop_assert!(of(value) <= of(value + more));
        }
    }
}
