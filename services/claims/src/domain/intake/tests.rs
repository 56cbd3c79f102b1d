use kulanz_law::InterestRate;
use kulanz_types::{CreditorId, Currency, DebtorId, Seeds};
use proptest::prelude::*;

use super::*;
use crate::domain::person::Address;
use crate::domain::terms::CreditorTerms;

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

fn codes(row: Row) -> Vec<(Code, Severity)> {
    check(row, today()).problems.into_iter().map(|found| (found.code, found.severity)).collect()
}

/// A row as a creditor gets it back that takes nothing that is barred.
fn strictly(row: Row) -> Checked {
    let mut checked = check(row, today());
    standing(None, "").admit(&mut checked.problems, &mut checked.accepted);
    checked
}

fn assert_rejected(row: Row, code: Code) {
    let checked = strictly(row);
    assert_eq!(checked.accepted, None, "{code}");
    assert!(checked.problems.iter().any(|found| found.code == code), "{:?}", checked.problems);
}

fn assert_warned(row: Row, code: Code) -> Accepted {
    let checked = check(row, today());
    assert_eq!(checked.problems.len(), 1, "{:?}", checked.problems);
    assert_eq!((checked.problems[0].code, checked.problems[0].severity), (code, Severity::Warning));
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
    assert!(found.iter().all(|(code, _)| *code == Code::RequiredFieldMissing));
}

#[test]
fn amounts_that_nobody_owes_are_rejected() {
    for (cents, code) in [(0, Code::AmountZero), (-4_339, Code::AmountNegative)] {
        assert_rejected(Row { principal: Some(Money::eur(cents)), ..row() }, code);
    }
    let dollars = Money::new(Currency::USD, 100);
    assert_rejected(Row { principal: Some(dollars), ..row() }, Code::CurrencyNotAllowed);
    assert_warned(
        Row { principal: Some(Money::eur(100_000_001)), ..row() },
        Code::AmountImplausible,
    );
}

#[test]
fn a_claim_must_be_due_and_not_barred() {
    let due = |day: &str| Row { due_date: Some(date(day)), reminder_date: None, ..row() };
    assert_rejected(due("2026-11-24"), Code::DueInFuture);
    assert_rejected(due("2026-08-02"), Code::DueBeforeInvoice);
    let old = |day: &str| Row {
        invoice_date: Some(date(day)),
        contract_date: Some(date(day)),
        ..due(day)
    };
    assert_rejected(old("2022-12-30"), Code::TimeBarred);
    assert_warned(old("2023-01-02"), Code::TimeBarNear);
}

#[test]
fn a_creditor_may_want_barred_rows_kept() {
    let old = Row {
        invoice_date: Some(date("2022-12-30")),
        contract_date: Some(date("2022-12-30")),
        due_date: Some(date("2022-12-30")),
        reminder_date: None,
        ..row()
    };
    let wants = Standing { accepts_time_barred: true, ..standing(None, "") };
    let mut checked = check(old.clone(), today());
    wants.admit(&mut checked.problems, &mut checked.accepted);
    let found: Vec<_> = checked.problems.iter().map(|one| (one.code, one.severity)).collect();
    assert_eq!(found, [(Code::TimeBarred, Severity::Warning)]);
    assert!(checked.accepted.is_some());
    let mut faulty = check(Row { reference: String::new(), ..old }, today());
    wants.admit(&mut faulty.problems, &mut faulty.accepted);
    assert_eq!(faulty.accepted, None);
    let loan = Row {
        consumer_loan: true,
        invoice_date: Some(date("2018-03-01")),
        contract_date: Some(date("2018-03-01")),
        due_date: Some(date("2018-04-01")),
        reminder_date: None,
        ..row()
    };
    let accepted = check(loan, today()).accepted.unwrap();
    let terms = wants.terms_of(&accepted);
    let problems = wants.check(&accepted, &terms, today());
    assert_eq!((problems[0].code, problems[0].severity), (Code::TimeBarred, Severity::Warning));
}

#[test]
fn a_minor_owes_nothing_without_a_guardian() {
    let born = |day: &str| {
        let mut minor = row();
        minor.profile.birth_date = Some(date(day));
        minor
    };
    assert_rejected(born("2008-08-02"), Code::MinorAtContract);
    assert_eq!(codes(born("2008-08-01")), []);
    for day in ["2027-01-01", "1906-11-22"] {
        assert_eq!(assert_warned(born(day), Code::BirthDateImplausible).profile.birth_date, None);
    }
}

#[test]
fn nobody_and_a_firm_that_would_be_a_consumer_are_rejected() {
    let mut nobody = row();
    nobody.profile.family_name.clear();
    assert_rejected(nobody, Code::DebtorNameMissing);
    let mut firm = Row { consumer: Some(true), ..row() };
    firm.profile.company_name = "Wehrbau GmbH".into();
    assert_rejected(firm.clone(), Code::ConsumerContradiction);
    let accepted = check(Row { consumer: None, ..firm }, today()).accepted.unwrap();
    assert!(!accepted.consumer);
}

#[test]
fn a_reminder_before_the_due_date_is_warned_of_and_not_used() {
    let early = Row { reminder_date: Some(date("2026-09-01")), ..row() };
    assert_eq!(assert_warned(early, Code::ReminderBeforeDue).reminder_date, None);
}

#[test]
fn a_contract_after_its_invoice_is_warned_of() {
    assert_warned(
        Row { contract_date: Some(date("2026-08-04")), ..row() },
        Code::ContractAfterInvoice,
    );
}

#[test]
fn contact_points_that_cannot_be_used_are_dropped_with_a_warning() {
    let dropped =
        assert_warned(Row { email: "kaethe(at)example.org".into(), ..row() }, Code::EmailInvalid);
    assert!(dropped.profile.contact_points.is_empty());
    assert_warned(Row { mobile: "4,91523E+11".into(), ..row() }, Code::PhoneInvalid);
    let line = assert_warned(Row { mobile: "0351 4961748".into(), ..row() }, Code::PhoneNotMobile);
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
    assert_warned(at("DE", "1067"), Code::PostcodeLeadingZero);
    assert_warned(at("DE", "D-0106"), Code::PostcodeInvalid);
    assert_warned(at("AT", "50200"), Code::PostcodeInvalid);
    assert_eq!(codes(at("CH", "8001")), []);
    assert_eq!(codes(at("GB", "SW1A 1AA")), []);
    assert_rejected(at("XX", "01067"), Code::CountryUnknown);
}

#[test]
fn unknown_languages_and_unfit_facts_are_dropped_and_unfit_texts_rejected() {
    let mut speaks = row();
    speaks.profile.language = "deutsch".into();
    assert_eq!(assert_warned(speaks, Code::LanguageUnknown).profile.language, "");
    assert_rejected(Row { contract_subject: "a\u{0}b".into(), ..row() }, Code::ControlCharacter);
    assert_rejected(Row { reference: "9".repeat(65), ..row() }, Code::TextTooLong);
    let facts =
        BTreeMap::from([("Full Name".into(), "x".into()), ("orders_12m".into(), "3".into())]);
    let kept = assert_warned(Row { facts, ..row() }, Code::FactInvalid).facts;
    assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["orders_12m"]);
}

#[test]
fn what_was_paid_before_must_leave_something_open() {
    let paid = |cents| Row { already_paid: Some(Money::eur(cents)), ..row() };
    assert_rejected(paid(8_990), Code::AmountInvalid);
    assert_eq!(codes(paid(8_989)), []);
}

#[test]
fn a_consumer_must_be_told_of_the_contract_and_a_business_need_not() {
    assert_rejected(Row { contract_subject: " ".into(), ..row() }, Code::ContractFactsMissing);
    assert_rejected(Row { contract_date: None, ..row() }, Code::ContractFactsMissing);
    let business = Row { consumer: Some(false), contract_date: None, ..row() };
    assert_eq!(codes(Row { contract_subject: String::new(), ..business }), []);
}

#[test]
fn a_claim_is_not_due_before_its_contract() {
    let row = Row { contract_date: Some(date("2026-09-03")), ..row() };
    assert_rejected(row, Code::DueBeforeContract);
}

#[test]
fn costs_have_a_reason_and_stay_below_the_claim() {
    let costs = |cents, reason: &str| Row {
        creditor_costs: Some(Money::eur(cents)),
        creditor_costs_reason: reason.into(),
        ..row()
    };
    assert_rejected(costs(250, " "), Code::CostsWithoutReason);
    assert_eq!(codes(costs(250, "reminder by letter")), []);
    assert_eq!(codes(costs(0, "")), []);
    assert_warned(costs(8_991, "reminder by letter"), Code::AmountImplausible);
}

#[test]
fn a_title_keeps_a_claim_for_thirty_years_and_secures_it() {
    let old = Row {
        invoice_date: Some(date("2018-03-01")),
        contract_date: Some(date("2018-03-01")),
        due_date: Some(date("2018-04-01")),
        reminder_date: None,
        ..row()
    };
    assert_rejected(old.clone(), Code::TimeBarred);
    let titled = |day: &str| Row { title_final_on: Some(date(day)), ..old.clone() };
    assert!(check(titled("2020-06-30"), today()).accepted.unwrap().secured);
    assert_rejected(titled("2018-02-28"), Code::TitleDateInvalid);
    assert_rejected(titled("2026-11-24"), Code::TitleDateInvalid);
}

#[test]
fn a_shielded_person_is_taken_in_and_a_firm_cannot_die() {
    let died = assert_warned(Row { deceased: true, ..row() }, Code::Deceased);
    assert_eq!(died.protections, [ProtectionKind::Death]);
    let same = Row { deceased: true, protection: Some(ProtectionKind::Death), ..row() };
    assert_eq!(assert_warned(same, Code::Deceased).protections, [ProtectionKind::Death]);
    let shielded = |kind| Row { protection: Some(kind), ..row() };
    assert_warned(shielded(ProtectionKind::Insolvency), Code::DebtorShielded);
    let both = Row { deceased: true, ..shielded(ProtectionKind::Guardian) };
    assert_rejected(both, Code::ProtectionContradiction);
    let mut firm = Row { consumer: Some(false), ..row() };
    firm.profile.company_name = "Wehrbau GmbH".into();
    assert_rejected(Row { deceased: true, ..firm.clone() }, Code::ProtectionContradiction);
    let insolvent = Row { protection: Some(ProtectionKind::Insolvency), ..firm };
    assert_warned(insolvent, Code::DebtorShielded);
}

#[test]
fn a_consumer_loan_has_a_consumer() {
    let loan = Row { consumer_loan: true, ..row() };
    assert_eq!(codes(loan.clone()), []);
    assert_rejected(Row { consumer: Some(false), ..loan }, Code::LoanContradiction);
}

fn standing(rate: Option<&str>, reason: &str) -> Standing {
    let contractual_rate = rate.map(|rate| InterestRate::Fixed(rate.parse().unwrap()));
    Standing {
        terms: CreditorTerms { contractual_rate, ..CreditorTerms::default() },
        rate_reason: reason.into(),
        has_address: true,
        accepts_time_barred: false,
    }
}

/// What a row bears, and what is wrong with it under a creditor's terms.
fn under(standing: &Standing, row: Row) -> (InterestRate, Vec<Code>) {
    let accepted = check(row, today()).accepted.unwrap();
    let terms = standing.terms_of(&accepted);
    let problems = standing.check(&accepted, &terms, today());
    (terms.rate, problems.into_iter().map(|problem| problem.code).collect())
}

fn at_rate(rate: &str, reason: &str) -> Row {
    Row {
        contractual_rate: Some(rate.parse().unwrap()),
        contractual_rate_reason: reason.into(),
        ..row()
    }
}

#[test]
fn more_than_the_legal_rate_needs_a_ground() {
    let none = standing(None, "");
    // 1.52 + 5 from July 2026 on; the day of default lies in September.
    let lawful = InterestRate::CONSUMER.on(date("2026-09-21")).unwrap();
    assert_eq!(under(&none, at_rate(&lawful.to_string(), "")).1, []);
    assert_eq!(under(&none, at_rate("6.6", "")).1, [Code::InterestAboveLaw]);
    assert_eq!(under(&none, at_rate("6.6", "§ 7 of the contract")).1, []);
    assert_eq!(under(&none, at_rate("25", "§ 7 of the contract")).1, [Code::RateImplausible]);
    let business = Row { consumer: Some(false), ..at_rate("10", "") };
    assert_eq!(under(&none, business).1, []);
    let loan = Row { consumer_loan: true, ..at_rate("6.6", "§ 7 of the contract") };
    assert_eq!(under(&none, loan).1, [Code::InterestAboveLaw]);
}

#[test]
fn the_rate_of_the_row_goes_before_that_of_the_creditor_and_so_does_its_reason() {
    let creditor = standing(Some("8"), "framework contract");
    assert_eq!(under(&creditor, row()), (InterestRate::Fixed("8".parse().unwrap()), vec![]));
    let (rate, problems) = under(&creditor, at_rate("7", ""));
    assert_eq!(rate, InterestRate::Fixed("7".parse().unwrap()));
    assert_eq!(problems, [Code::InterestAboveLaw]);
}

#[test]
fn a_loan_in_default_is_barred_later_than_other_claims() {
    let old = Row {
        consumer_loan: true,
        invoice_date: Some(date("2018-03-01")),
        contract_date: Some(date("2018-03-01")),
        due_date: Some(date("2018-04-01")),
        reminder_date: Some(date("2018-05-01")),
        ..row()
    };
    assert_eq!(under(&standing(None, ""), old.clone()).1, []);
    let unreminded = Row { reminder_date: None, ..old };
    assert_eq!(under(&standing(None, ""), unreminded).1, [Code::TimeBarred]);
}

/// A claim of a creditor and a debtor by number, and what makes it another one.
fn placed(creditor: u64, debtor: u64, reference: &str, change: impl FnOnce(&mut Placed)) -> Placed {
    let now = chrono::DateTime::UNIX_EPOCH;
    let accepted = check(row(), today()).accepted.unwrap();
    let creditor = CreditorId::generate(&Seeds::fixed(creditor), now);
    let debtor = DebtorId::generate(&Seeds::fixed(debtor), now);
    let mut placed = Placed::of(&accepted, creditor, debtor);
    placed.reference = reference.into();
    placed.number = number(reference);
    change(&mut placed);
    placed
}

#[test]
fn a_claim_placed_twice_is_told_from_one_that_only_looks_like_it() {
    let mut known = Placements::default();
    known.add(placed(1, 1, "RE-2026/17", |_| {}));
    let against = |row: Placed| known.against(&row).map(|problem| problem.code);
    let other_contract = |row: &mut Placed| row.contract_subject = "Zelt".into();
    assert_eq!(against(placed(1, 1, "re2026-17", other_contract)), Some(Code::DuplicateClaim));
    assert_eq!(against(placed(1, 1, "RE-2026/18", |_| {})), Some(Code::DuplicateSuspected));
    assert_eq!(against(placed(1, 1, "RE-2026/18", other_contract)), None);
    assert_eq!(against(placed(2, 1, "A-9", |_| {})), Some(Code::DoublePlacement));
    assert_eq!(against(placed(2, 1, "RE 2026 17", other_contract)), Some(Code::DoublePlacement));
    let suspected = Some(Code::DoublePlacementSuspected);
    assert_eq!(against(placed(2, 1, "A-9", other_contract)), suspected);
    assert_eq!(against(placed(2, 2, "RE-2026/17", |_| {})), None);
    assert_eq!(against(placed(2, 1, "RE-2026/17", |row| row.principal += 1)), None);
    let later = |row: &mut Placed| row.due_date = date("2026-10-02");
    assert_eq!(against(placed(1, 1, "RE-2026/18", later)), None);
}

#[test]
fn of_several_claims_alike_the_first_by_number_is_named_in_whatever_order_they_are_read() {
    let mut named = Vec::new();
    for references in [["RE-3", "RE-1", "RE-2"], ["RE-2", "RE-3", "RE-1"]] {
        let mut known = Placements::default();
        for reference in references {
            known.add(placed(1, 1, reference, |_| {}));
        }
        named.extend(known.against(&placed(1, 1, "RE-4", |_| {})).map(|problem| problem.message));
    }
    assert!(named[0].starts_with("RE-1 has the same debtor"), "{named:?}");
    assert_eq!(named[0], named[1]);
}

#[test]
fn what_was_taken_before_the_contract_grew_is_still_the_same_content() {
    let accepted = check(row(), today()).accepted.unwrap();
    let content = serde_json::to_value(&accepted).unwrap();
    let fields = content.as_object().unwrap();
    assert_eq!(fields.len(), 15);
    let more = check(Row { secured: true, ..row() }, today()).accepted.unwrap();
    assert_ne!(serde_json::to_value(&more).unwrap(), content);
}

proptest! {
    #[test]
    fn a_rejected_row_is_never_accepted_and_a_warned_one_always(
        cents in -10_i64..200_000_000,
        due in 0_u64..3_000,
        contract in 0_u64..3_000,
        rate in proptest::option::of(-3_i64..30),
        deceased in any::<bool>(),
        consumer in proptest::option::of(any::<bool>()),
        loan in any::<bool>(),
        costs in proptest::option::of(0_i64..20_000),
    ) {
        let ago = |days| today().checked_sub_days(chrono::Days::new(days));
        let given = Row {
            principal: Some(Money::eur(cents)),
            due_date: ago(due),
            invoice_date: None,
            contract_date: ago(contract),
            contractual_rate: rate.map(|rate| rate.to_string().parse().unwrap()),
            deceased,
            consumer,
            consumer_loan: loan,
            creditor_costs: costs.map(Money::eur),
            ..row()
        };
        let checked = strictly(given);
        prop_assert_eq!(checked.accepted.is_none(), checked.problems.iter().any(Problem::rejects));
        for problem in &checked.problems {
            prop_assert_eq!(problem.severity, problem.code.severity());
            prop_assert!(!problem.field.is_empty() && !problem.message.is_empty());
        }
        if let Some(accepted) = checked.accepted {
            prop_assert!(accepted.principal.is_positive() && accepted.due_date >= accepted.arose());
        }
    }
}

#[test]
fn every_code_has_a_word_of_its_own_and_stands_in_the_page_with_its_verdict() {
    let page = include_str!("../../../../../docs/import.md");
    for code in Code::ALL {
        assert_eq!(Code::named(code.as_str()), Some(*code));
        let verdict = if code.severity() == Severity::Error { "reject" } else { "warn" };
        let line = page.lines().find(|line| line.contains(&format!("`{code}`")));
        let line = line.unwrap_or_else(|| panic!("{code} is missing"));
        assert!(line.contains(&format!("| {verdict} |")), "{code}: {line}");
    }
}
