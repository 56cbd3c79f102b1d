use kulanz_law::{CostTerms, FeeRate, collection_costs, total_of};
use kulanz_types::{Currency, EntryId, PaymentId, Seeds};
use proptest::prelude::*;

use super::*;
use crate::domain::account::{Entry, EntryKind, replay};
use crate::domain::agency::AgencyCharges;
use crate::domain::lifecycle::ClaimState;
use crate::domain::terms::{ClaimFacts, CreditorTerms, Terms};

type Kept = (Subject, i64, BTreeMap<String, String>);

fn date(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn creditor() -> CreditorTerms {
    CreditorTerms { deducts_input_tax: true, ..CreditorTerms::default() }
}

fn costs(kept: &[Kept]) -> Vec<Charged<'_>> {
    kept.iter()
        .map(|(subject, cents, inputs)| Charged {
            subject: *subject,
            amount: Money::eur(*cents),
            inputs,
        })
        .collect()
}

/// What is booked at a rate, as the account keeps it.
fn booked(value: i64, rate: FeeRate, creditor: &CreditorTerms) -> Vec<Kept> {
    let terms = CostTerms {
        deducts_input_tax: creditor.deducts_input_tax,
        charged: creditor.charges.collection,
        ..CostTerms::uncontested(Money::eur(value), date("2026-11-16"), rate)
    };
    let lines = collection_costs(&terms).unwrap();
    let kept = lines.iter().map(|line| {
        let inputs = line.inputs.iter();
        let inputs = inputs.map(|input| (input.name.to_owned(), input.value.clone())).collect();
        (Subject::of(EntryKind::Cost, line.norm), line.amount.minor_units(), inputs)
    });
    kept.collect()
}

fn simple(value: i64) -> Vec<Kept> {
    booked(value, FeeRate::SIMPLE, &creditor())
}

fn rise(kept: &[Kept], creditor: &CreditorTerms) -> Vec<Further> {
    let costs = costs(kept);
    let matter = Matter::of(Currency::EUR, &costs).unwrap();
    further(&matter, &costs, Rise::USUAL, creditor).unwrap()
}

fn told(more: &[Further]) -> Vec<(Subject, i64, &str)> {
    more.iter().map(|one| (one.subject, one.amount.minor_units(), one.formula.as_str())).collect()
}

fn sum(more: &[Further]) -> i64 {
    more.iter().map(|one| one.amount.minor_units()).sum()
}

#[test]
fn a_rise_adds_the_difference_of_fee_and_expenses() {
    let more = rise(&simple(24_990), &creditor());
    assert_eq!(
        told(&more),
        [
            (Subject::BusinessFee, 2_060, "0.9 × 51.50 − 25.75"),
            (Subject::Expenses, 412, "min(20 % × 46.35, 20.00) − 5.15"),
        ]
    );
    assert_eq!(more[0].norm, "§ 13e Abs. 1 RDG, § 13 RVG, Nr. 2300 VV RVG");
    let input = |name| more[0].inputs[name].as_str();
    assert_eq!((input("rate"), input("before"), input(RISES_TO)), ("0.9", "25.75", "0.9"));
}

#[test]
fn a_rise_that_is_booked_adds_nothing_again() {
    let mut kept = simple(24_990);
    for more in rise(&kept, &creditor()) {
        let inputs = more.inputs.into_iter().map(|(name, value)| (name.to_owned(), value));
        kept.push((more.subject, more.amount.minor_units(), inputs.collect()));
    }
    assert!(rise(&kept, &creditor()).is_empty());
    let costs = costs(&kept);
    let matter = Matter::of(Currency::EUR, &costs).unwrap();
    assert_eq!(matter.rate, FeeRate::UNCONTESTED);
    let hard = Rise { rate: FeeRate::UNCONTESTED_CAP, difficult: true };
    // 1.3 x 51.50 = 66.95 less 46.35, 13.39 less 9.27.
    assert_eq!(sum(&further(&matter, &costs, hard, &creditor()).unwrap()), 2_060 + 412);
}

#[test]
fn the_flat_sum_for_expenses_stays_one_beside_that_of_an_arrangement() {
    // 0.5 x 176.00 = 88.00 and 17.60; the arrangement took the other 2.40 of the 20.00.
    let mut kept = simple(200_000);
    assert_eq!(kept[1].1, 1_760);
    let fee = |expenses: Option<&str>| {
        let inputs = expenses.map(|text| ("expenses".to_owned(), text.to_owned()));
        (Subject::ArrangementFee, 6_750, inputs.into_iter().collect())
    };
    kept.push(fee(Some("2.40")));
    let more = rise(&kept, &creditor());
    assert_eq!(told(&more), [(Subject::BusinessFee, 7_040, "0.9 × 176.00 − 88.00")]);
    kept.pop();
    kept.push(fee(Some("1.00")));
    let more = rise(&kept, &creditor());
    assert_eq!(told(&more)[1], (Subject::Expenses, 140, "20.00 − 17.60 − 1.00"));
    // Of a fee that does not say so all of it may have been expenses.
    kept.pop();
    kept.push(fee(None));
    assert_eq!(rise(&kept, &creditor()).len(), 1);
}

#[test]
fn a_claim_bears_its_part_of_the_rise_rounded_down() {
    // One order about 249.90 and 100.00: 0.9 x 51.50 = 46.35, of which 100.00 / 349.90 are 13.24, and 9.27.
    let inputs = [
        ("value", "349.90"),
        ("principal", "100.00"),
        ("claims", "2"),
        ("ordered", "2026-11-16"),
        ("rate", "0.5"),
    ];
    let inputs: BTreeMap<String, String> =
        inputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let kept = [(Subject::BusinessFee, 736, inputs), (Subject::Expenses, 147, BTreeMap::new())];
    let more = rise(&kept, &creditor());
    assert_eq!(
        told(&more),
        [
            (Subject::BusinessFee, 588, "0.9 × 51.50 × 100.00 / 349.90 − 7.36"),
            (Subject::Expenses, 117, "min(20 % × 46.35, 20.00) × 100.00 / 349.90 − 1.47"),
        ]
    );
    assert_eq!(more[0].inputs["whole"], "46.35");
    // The agency charges 20.00 for each of the two.
    let charges = AgencyCharges { collection: Some(Money::eur(2_000)), ..AgencyCharges::default() };
    let cheap = CreditorTerms { charges, ..creditor() };
    // Of 40.00 the claim bears 11.43.
    let more = rise(&kept, &cheap);
    let left = (Subject::BusinessFee, 1_143 - 883, "40.00 × 100.00 / 349.90 − 8.83");
    assert_eq!(told(&more), [left]);
}

#[test]
fn what_the_client_is_charged_stays_the_most() {
    let charges = AgencyCharges { collection: Some(Money::eur(4_000)), ..AgencyCharges::default() };
    let cheap = CreditorTerms { charges, ..creditor() };
    let more = rise(&booked(24_990, FeeRate::SIMPLE, &cheap), &cheap);
    // 25.75 + 5.15 are charged; 40.00 are the most.
    assert_eq!(told(&more), [(Subject::BusinessFee, 910, "40.00 − 30.90")]);
    let charges = AgencyCharges { collection: Some(Money::eur(2_000)), ..AgencyCharges::default() };
    let cheap = CreditorTerms { charges, ..creditor() };
    assert!(rise(&booked(24_990, FeeRate::SIMPLE, &cheap), &cheap).is_empty());
}

#[test]
fn the_flat_sum_for_late_payment_is_credited_on_a_rise() {
    let mut kept = simple(24_990);
    kept.push((Subject::FlatSum, 910, BTreeMap::new()));
    // 30.90 + 9.10 are charged; with 0.9 the costs are 55.62.
    let more = rise(&kept, &creditor());
    assert_eq!(sum(&more), 5_562 - 4_000);
    assert_eq!(told(&more)[0], (Subject::BusinessFee, 1_150, "0.9 × 51.50 − 25.75 − 9.10"));
}

#[test]
fn vat_is_on_what_is_added() {
    let taxed = CreditorTerms::default();
    let more = rise(&booked(24_990, FeeRate::SIMPLE, &taxed), &taxed);
    // 19 % of 55.62 are 10.57 (rounded), of which 5.87 are charged.
    assert_eq!(told(&more)[2], (Subject::ValueAddedTax, 470, "19 % × 55.62 − 5.87"));
    // Where an arrangement took up the expenses there is less to tax.
    let mut kept = booked(200_000, FeeRate::SIMPLE, &taxed);
    kept.push((Subject::ArrangementFee, 8_033, [("expenses".into(), "2.40".into())].into()));
    assert_eq!(told(&rise(&kept, &taxed))[1], (Subject::ValueAddedTax, 1_338, "19 % × 70.40"));
}

#[test]
fn a_fee_of_which_nothing_is_known_does_not_rise() {
    let unknown = [(Subject::BusinessFee, 2_575, BTreeMap::new())];
    assert_eq!(Matter::of(Currency::EUR, &costs(&unknown)), None);
    assert_eq!(Matter::of(Currency::EUR, &[]), None);
}

fn facts() -> Facts {
    Facts {
        wanted: true,
        state: ClaimState::Open,
        challenged: false,
        risen: false,
        demanded_on: Some(date("2026-09-01")),
        sent_on: Some(date("2026-09-01")),
        restricted: false,
        free_since: None,
    }
}

fn on(facts: Facts, day: &str) -> Verdict {
    verdict(&facts, date(day)).unwrap()
}

#[test]
fn a_fee_rises_once_the_two_weeks_and_the_banks_days_are_over() {
    let until = date("2026-09-15");
    assert_eq!(on(facts(), "2026-09-18"), Verdict::On(date("2026-09-19")));
    assert_eq!(on(facts(), "2026-09-19"), Verdict::Rises { until });
    assert_eq!(first_look(date("2026-09-01")), Ok(date("2026-09-19")));
    // From Saturday 12 September to Saturday 26, which moves to Monday 28 (§ 193 BGB).
    let saturday = Facts { demanded_on: Some(date("2026-09-12")), ..facts() };
    assert_eq!(payable_until(&saturday), Ok(Some(date("2026-09-28"))));
}

#[test]
fn a_letter_has_longer_to_arrive() {
    assert_eq!(demanded_on(date("2026-09-01"), true), date("2026-09-05"));
    assert_eq!(demanded_on(date("2026-09-01"), false), date("2026-09-01"));
}

#[test]
fn what_is_against_a_rise_is_named() {
    for (facts, why) in [
        (Facts { wanted: false, ..facts() }, "the creditor leaves it to a decision"),
        (Facts { state: ClaimState::Paid, ..facts() }, "the claim is closed"),
        (Facts { challenged: true, ..facts() }, "the claim was challenged"),
        (Facts { risen: true, ..facts() }, "the fee has risen before"),
        (Facts { demanded_on: None, ..facts() }, "no demand has reached the debtor"),
    ] {
        assert_eq!(on(facts, "2026-10-01"), Verdict::Never(why));
    }
}

#[test]
fn a_claim_that_is_silent_or_arranged_waits_and_then_has_its_two_weeks_again() {
    for state in [ClaimState::Arranged, ClaimState::Protected, ClaimState::OnHold] {
        let waits = Facts { state, ..facts() };
        assert_eq!(on(waits, "2026-10-01"), Verdict::On(date("2026-10-08")));
    }
    let restricted = Facts { restricted: true, ..facts() };
    assert_eq!(on(restricted, "2026-10-01"), Verdict::On(date("2026-10-08")));
    let freed = Facts { free_since: Some(date("2026-10-01")), ..facts() };
    assert_eq!(on(freed, "2026-10-18"), Verdict::On(date("2026-10-19")));
    assert_eq!(on(freed, "2026-10-19"), Verdict::Rises { until: date("2026-10-15") });
    let before = Facts { free_since: Some(date("2026-08-01")), ..facts() };
    assert_eq!(on(before, "2026-09-19"), Verdict::Rises { until: date("2026-09-15") });
}

#[test]
fn a_first_demand_is_paid_by_what_it_asked_for_whatever_interest_came_to_it() {
    let facts = ClaimFacts {
        arose: date("2026-02-02"),
        invoiced: None,
        due: date("2026-03-02"),
        reminder: Some(date("2026-03-16")),
        consumer: true,
        consumer_loan: false,
    };
    let terms = Terms::of(CreditorTerms::default(), &facts);
    let seeds = Seeds::fixed(7);
    let entry = |kind, day: &str, cents| Entry {
        id: EntryId::generate(&seeds, chrono::DateTime::UNIX_EPOCH),
        kind,
        value_date: date(day),
        amount: Money::eur(cents),
    };
    let debt = entry(EntryKind::Principal, "2026-03-02", 75_000);
    let (sent, until) = (Some(date("2026-09-01")), date("2026-09-15"));
    let asked = replay(Currency::EUR, &terms, &[debt], date("2026-09-01")).unwrap().open.total();
    let asked = asked.unwrap().minor_units();
    let paid = |sent, cents, day: &str| {
        let payment = PaymentId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
        let payment = entry(EntryKind::Payment(payment), day, cents);
        answered(Currency::EUR, &terms, &[debt, payment], sent, until).unwrap()
    };
    assert!(paid(sent, asked, "2026-09-15"));
    assert!(!paid(sent, asked, "2026-09-16"));
    assert!(!paid(sent, asked - 1, "2026-09-15"));
    // What came in before the demand is no answer to it.
    assert!(!paid(sent, asked / 2, "2026-08-31"));
    // Of a demand that is not known everything has to be paid.
    assert!(!paid(None, asked, "2026-09-15"));
    assert!(paid(None, asked + 500, "2026-09-15"));
}

proptest! {
    #[test]
    fn after_a_rise_the_costs_are_those_of_the_higher_rate_and_never_above_the_charge(
        value in 1i64..5_000_000, charged in prop::option::of(0i64..60_000), deducts in any::<bool>(),
    ) {
        let charges = AgencyCharges { collection: charged.map(Money::eur), ..AgencyCharges::default() };
        let terms = CreditorTerms { deducts_input_tax: deducts, charges, ..CreditorTerms::default() };
        let kept = booked(value, FeeRate::SIMPLE, &terms);
        prop_assume!(!kept.is_empty());
        let before: i64 = kept.iter().map(|(_, cents, _)| cents).sum();
        let after = before + sum(&rise(&kept, &terms));
        let whole: i64 = booked(value, FeeRate::UNCONTESTED, &terms).iter().map(|(_, cents, _)| cents).sum();
        prop_assert!(after <= whole, "{after} above {whole}");
        // VAT on the parts may be a cent below that on the whole.
        prop_assert!(after >= whole - 1, "{after} below {whole}");
        let lawful = CostTerms::uncontested(Money::eur(value), date("2026-11-16"), FeeRate::UNCONTESTED);
        let lawful = CostTerms { deducts_input_tax: deducts, ..lawful };
        let lawful = total_of(Money::eur(0), &collection_costs(&lawful).unwrap()).unwrap();
        prop_assert!(after <= lawful.minor_units());
    }
}
