use kulanz_types::Currency;

use super::*;
use crate::domain::person::Address;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    date("2026-11-23")
}

fn row() -> Row {
    Row {
        reference: "R-1001".into(),
        customer_number: "C-7".into(),
        invoice_date: Some(date("2026-08-03")),
        due_date: Some(date("2026-09-02")),
        principal: Some(Money::eur(8_990)),
        contract_subject: "Wanderschuhe".into(),
        contract_date: Some(date("2026-08-01")),
        reminder_date: Some(date("2026-09-20")),
        profile: Profile {
            given_name: "Käthe".into(),
            family_name: "Sommerfeld".into(),
            birth_date: Some(date("1988-02-29")),
            address: Address {
                street: "Am Wehr 3".into(),
                postcode: "01067".into(),
                city: "Dresden".into(),
                country_code: "DE".into(),
                ..Address::default()
            },
            language: "de".into(),
            ..Profile::default()
        },
        email: "kaethe@example.org".into(),
        ..Row::default()
    }
}

fn codes(row: Row) -> Vec<(String, Severity)> {
    check(row, today()).problems.into_iter().map(|found| (found.code, found.severity)).collect()
}

fn assert_rejected(row: Row, code: &str) {
    let checked = check(row, today());
    assert_eq!(checked.accepted, None, "{code}");
    assert!(checked.problems.iter().any(|found| found.code == code), "{:?}", checked.problems);
}

fn assert_warned(row: Row, code: &str) -> Accepted {
    let checked = check(row, today());
    assert_eq!(checked.problems.len(), 1, "{:?}", checked.problems);
    assert_eq!(
        (checked.problems[0].code.as_str(), checked.problems[0].severity),
        (code, Severity::Warning)
    );
    checked.accepted.unwrap()
}

#[test]
fn a_good_row_passes_without_a_remark() {
    let checked = check(row(), today());
    assert_eq!(checked.problems, []);
    let accepted = checked.accepted.unwrap();
    assert!(accepted.consumer);
    assert_eq!(accepted.profile.contact_points[0].value, "kaethe@example.org");
}

#[test]
fn a_row_without_number_date_or_amount_is_rejected_with_all_that_is_missing() {
    let bare = Row { reference: String::new(), due_date: None, principal: None, ..row() };
    let found = codes(bare);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|(code, _)| code == "REQUIRED_FIELD_MISSING"));
}

#[test]
fn amounts_that_nobody_owes_are_rejected() {
    for (cents, code) in [(0, "AMOUNT_ZERO"), (-4_339, "AMOUNT_NEGATIVE")] {
        assert_rejected(Row { principal: Some(Money::eur(cents)), ..row() }, code);
    }
    let dollars = Money::new(Currency::USD, 100);
    assert_rejected(Row { principal: Some(dollars), ..row() }, "CURRENCY_NOT_ALLOWED");
    assert_warned(Row { principal: Some(Money::eur(100_000_001)), ..row() }, "AMOUNT_IMPLAUSIBLE");
}

#[test]
fn a_claim_must_be_due_and_not_barred() {
    let due = |day: &str| Row { due_date: Some(date(day)), reminder_date: None, ..row() };
    assert_rejected(due("2026-11-24"), "DUE_IN_FUTURE");
    assert_rejected(due("2026-08-02"), "DUE_BEFORE_INVOICE");
    let old = |day: &str| Row {
        invoice_date: Some(date(day)),
        contract_date: Some(date(day)),
        ..due(day)
    };
    assert_rejected(old("2022-12-30"), "TIME_BARRED");
    assert_warned(old("2023-01-02"), "TIME_BAR_NEAR");
}

#[test]
fn a_minor_owes_nothing_without_a_guardian() {
    let born = |day: &str| {
        let mut minor = row();
        minor.profile.birth_date = Some(date(day));
        minor
    };
    assert_rejected(born("2008-08-02"), "MINOR_AT_CONTRACT");
    assert_eq!(codes(born("2008-08-01")), []);
    for day in ["2027-01-01", "1906-11-22"] {
        assert_eq!(assert_warned(born(day), "BIRTH_DATE_IMPLAUSIBLE").profile.birth_date, None);
    }
}

#[test]
fn nobody_and_a_firm_that_would_be_a_consumer_are_rejected() {
    let mut nobody = row();
    nobody.profile.family_name.clear();
    assert_rejected(nobody, "DEBTOR_NAME_MISSING");
    let mut firm = Row { consumer: Some(true), ..row() };
    firm.profile.company_name = "Wehrbau GmbH".into();
    assert_rejected(firm.clone(), "CONSUMER_CONTRADICTION");
    let accepted = check(Row { consumer: None, ..firm }, today()).accepted.unwrap();
    assert!(!accepted.consumer);
}

#[test]
fn a_reminder_before_the_due_date_is_warned_of_and_not_used() {
    let early = Row { reminder_date: Some(date("2026-09-01")), ..row() };
    assert_eq!(assert_warned(early, "REMINDER_BEFORE_DUE").reminder_date, None);
}

#[test]
fn a_contract_after_its_invoice_is_warned_of() {
    assert_warned(
        Row { contract_date: Some(date("2026-08-04")), ..row() },
        "CONTRACT_AFTER_INVOICE",
    );
}

#[test]
fn contact_points_that_cannot_be_used_are_dropped_with_a_warning() {
    let dropped =
        assert_warned(Row { email: "kaethe(at)example.org".into(), ..row() }, "EMAIL_INVALID");
    assert!(dropped.profile.contact_points.is_empty());
    assert_warned(Row { mobile: "4,91523E+11".into(), ..row() }, "PHONE_INVALID");
    let line = assert_warned(Row { mobile: "0351 4961748".into(), ..row() }, "PHONE_NOT_MOBILE");
    assert_eq!(line.profile.contact_points.len(), 2);
}

#[test]
fn postcodes_are_checked_by_country() {
    let at = |country: &str, postcode: &str| {
        let mut moved = row();
        moved.profile.address.country_code = country.into();
        moved.profile.address.postcode = postcode.into();
        moved
    };
    assert_warned(at("DE", "1067"), "POSTCODE_LEADING_ZERO");
    assert_warned(at("DE", "D-0106"), "POSTCODE_INVALID");
    assert_warned(at("AT", "50200"), "POSTCODE_INVALID");
    assert_eq!(codes(at("CH", "8001")), []);
    assert_eq!(codes(at("GB", "SW1A 1AA")), []);
    assert_rejected(at("XX", "01067"), "COUNTRY_UNKNOWN");
}

#[test]
fn unknown_languages_and_unfit_facts_are_dropped_and_unfit_texts_rejected() {
    let mut speaks = row();
    speaks.profile.language = "deutsch".into();
    assert_eq!(assert_warned(speaks, "LANGUAGE_UNKNOWN").profile.language, "");
    assert_rejected(Row { contract_subject: "a\u{0}b".into(), ..row() }, "CONTROL_CHARACTER");
    assert_rejected(Row { reference: "9".repeat(65), ..row() }, "TEXT_TOO_LONG");
    let facts =
        BTreeMap::from([("Full Name".into(), "x".into()), ("orders_12m".into(), "3".into())]);
    let kept = assert_warned(Row { facts, ..row() }, "FACT_INVALID").facts;
    assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["orders_12m"]);
}

#[test]
fn what_was_paid_before_must_leave_something_open() {
    let paid = |cents| Row { already_paid: Some(Money::eur(cents)), ..row() };
    assert_rejected(paid(8_990), "AMOUNT_INVALID");
    assert_eq!(codes(paid(8_989)), []);
}
