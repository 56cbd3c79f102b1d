//! Intake: a planted row for every code, and what becomes of the facts that a row states.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use kulanz_chassis::Role;
use kulanz_claims::{IntakeCode, IntakeSeverity};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::StatementLineKind as Kind;
use kulanz_proto::events::v1 as event;
use kulanz_proto::types::v1::{Date, Money};
use kulanz_testkit::{House, on_both_backends};

use crate::support::{
    Answered, ago, case_of, cents, claim, creditor, creditor_of, day, euros, house, import, row,
    row_of,
};

/// A row without a fault, of a person whom no other row names.
fn planted(house: &House, code: &str) -> pb::ImportRow {
    row_of(house, &format!("R-{code}"), &format!("C-{code}"), &code.replace('_', ""))
}

/// A row with one fault, its code and the field that is to be named.
type Planted = (&'static str, &'static str, pb::ImportRow);

/// What is wrong with a row by itself or under its creditor's terms.
fn faulty_rows(house: &House) -> Vec<Planted> {
    let mut rows = Vec::new();
    let mut plant = |code, field, change: &dyn Fn(&mut pb::ImportRow)| {
        let mut row = planted(house, code);
        change(&mut row);
        rows.push((code, field, row));
    };
    let long = "x".repeat(501);
    let old = |row: &mut pb::ImportRow, days| {
        (row.contract_date, row.invoice_date) = (day(house, days), day(house, days));
        (row.due_date, row.reminder_sent_on) = (day(house, days), None);
    };
    let tomorrow = Some(Date::from(ago(house, 0) + chrono::Days::new(1)));
    let firm = |row: &mut pb::ImportRow| row.company_name = "Wehrbau GmbH".into();
    plant("REQUIRED_FIELD_MISSING", "claim_reference", &|row| row.claim_reference.clear());
    plant("CONTRACT_FACTS_MISSING", "contract_subject", &|row| row.contract_subject.clear());
    plant("CONTROL_CHARACTER", "contract_subject", &|row| row.contract_subject = "a\u{0}b".into());
    plant("TEXT_TOO_LONG", "creditor_costs_reason", &|row| {
        row.creditor_costs_reason.clone_from(&long);
    });
    plant("DATE_INVALID", "due_date", &|row| {
        row.due_date = Some(Date { year: 2026, month: 2, day: 30 });
    });
    plant("VALUE_UNKNOWN", "protection", &|row| row.protection = 99);
    plant("FACT_INVALID", "facts", &|row| drop(row.facts.insert("Full Name".into(), "x".into())));
    plant("CURRENCY_UNKNOWN", "principal", &|row| {
        row.principal = Some(Money { currency_code: "XXX".into(), minor_units: 5 });
    });
    plant("CURRENCY_NOT_ALLOWED", "principal", &|row| {
        row.principal = Some(Money { currency_code: "USD".into(), minor_units: 5 });
    });
    plant("AMOUNT_INVALID", "already_paid", &|row| row.already_paid.clone_from(&row.principal));
    plant("AMOUNT_ZERO", "principal", &|row| row.principal = euros(0));
    plant("AMOUNT_NEGATIVE", "principal", &|row| row.principal = euros(-4_339));
    plant("AMOUNT_IMPLAUSIBLE", "principal", &|row| row.principal = euros(100_000_001));
    plant("RATE_INVALID", "contractual_rate", &|row| row.contractual_rate = "9,5".into());
    plant("INTEREST_ABOVE_LAW", "contractual_rate", &|row| row.contractual_rate = "9.5".into());
    plant("RATE_IMPLAUSIBLE", "contractual_rate", &|row| {
        row.contractual_rate = "25".into();
        row.contractual_rate_reason = "§ 7 of the contract".into();
    });
    plant("COSTS_WITHOUT_REASON", "creditor_costs_reason", &|row| row.creditor_costs = euros(250));
    plant("COSTS_WITHOUT_DEFAULT", "creditor_costs", &|row| {
        row.reminder_sent_on = None;
        row.creditor_costs = euros(250);
        row.creditor_costs_reason = "reminder by letter".into();
    });
    plant("INVOICE_IN_FUTURE", "invoice_date", &|row| row.invoice_date = tomorrow);
    plant("CONTRACT_AFTER_INVOICE", "contract_date", &|row| row.contract_date = day(house, 89));
    plant("DUE_IN_FUTURE", "due_date", &|row| row.due_date = tomorrow);
    plant("DUE_BEFORE_INVOICE", "due_date", &|row| row.invoice_date = day(house, 59));
    plant("DUE_BEFORE_CONTRACT", "due_date", &|row| row.contract_date = day(house, 59));
    plant("REMINDER_BEFORE_DUE", "reminder_sent_on", &|row| row.reminder_sent_on = day(house, 61));
    plant("REMINDER_IN_FUTURE", "reminder_sent_on", &|row| row.reminder_sent_on = tomorrow);
    plant("DEFAULT_DATE_INVALID", "default_since", &|row| row.default_since = day(house, 60));
    plant("TITLE_DATE_INVALID", "title_final_on", &|row| row.title_final_on = tomorrow);
    plant("TIME_BARRED", "due_date", &|row| old(row, 5 * 365));
    plant("TIME_BAR_NEAR", "due_date", &|row| old(row, 3 * 365));
    plant("DEBTOR_NAME_MISSING", "family_name", &|row| row.family_name.clear());
    plant("CONSUMER_CONTRADICTION", "consumer", &|row| {
        firm(row);
        row.consumer = Some(true);
    });
    plant("LOAN_CONTRADICTION", "consumer_loan", &|row| {
        row.consumer = Some(false);
        row.consumer_loan = true;
    });
    plant("PROTECTION_CONTRADICTION", "deceased", &|row| {
        firm(row);
        row.deceased = true;
    });
    plant("MINOR_AT_CONTRACT", "birth_date", &|row| row.birth_date = day(house, 17 * 365));
    plant("BIRTH_DATE_IMPLAUSIBLE", "birth_date", &|row| row.birth_date = tomorrow);
    plant("DECEASED", "deceased", &|row| row.deceased = true);
    plant("DEBTOR_SHIELDED", "protection", &|row| {
        row.protection = pb::ProtectionKind::DebtAdviser.into();
    });
    let address = |row: &mut pb::ImportRow, country: &str, postcode: &str| {
        let address = row.address.as_mut().expect("an address");
        (address.country_code, address.postcode) = (country.into(), postcode.into());
    };
    plant("COUNTRY_UNKNOWN", "address.country_code", &|row| address(row, "XX", "04109"));
    plant("POSTCODE_LEADING_ZERO", "address.postcode", &|row| address(row, "DE", "4109"));
    plant("POSTCODE_INVALID", "address.postcode", &|row| address(row, "AT", "04109"));
    plant("LANGUAGE_UNKNOWN", "language", &|row| row.language = "deutsch".into());
    plant("EMAIL_INVALID", "email", &|row| row.email = "anna(at)example.org".into());
    plant("PHONE_INVALID", "phone", &|row| row.phone = "4,9152E+11".into());
    plant("PHONE_NOT_MOBILE", "mobile", &|row| row.mobile = "0341 9876543".into());
    rows
}

/// The answer to a planted row: its code alone, with severity, field and words, and a claim or none.
fn assert_answered(result: &pb::RowResult, code: &str, field: &str) {
    let found = result.problems.iter().find(|problem| problem.code == code);
    let found = found.unwrap_or_else(|| panic!("{code}: {:?}", result.problems));
    let known = IntakeCode::named(code).expect("a code of the list");
    let rejects = known.severity() == IntakeSeverity::Error;
    let severity = if rejects { pb::ProblemSeverity::Error } else { pb::ProblemSeverity::Warning };
    assert_eq!((found.severity(), found.field.as_str()), (severity, field), "{code}");
    assert!(found.message.len() > 5, "{code}");
    let verdict = if rejects { pb::RowVerdict::Rejected } else { pb::RowVerdict::Warned };
    assert_eq!(result.verdict(), verdict, "{code}: {:?}", result.problems);
    assert_eq!(result.claim_id.is_empty(), rejects, "{code}");
}

/// Which codes were answered.
fn codes(answered: &Answered) -> Vec<&str> {
    answered
        .rows
        .iter()
        .flat_map(|row| &row.problems)
        .map(|problem| problem.code.as_str())
        .collect()
}

/// Imports rows that say the same as others do, and answers with every code that has to do with that.
async fn repetitions(house: &House, first: &str, second: &str) -> BTreeSet<String> {
    let base = |reference: &str| row_of(house, reference, "C-TWICE", "Okonkwo");
    let subject = |reference: &str, subject: &str| pb::ImportRow {
        contract_subject: subject.into(),
        ..base(reference)
    };
    let mut seen = BTreeSet::new();
    let mut answered = |rows: Answered, expected: &[&[&str]]| {
        let found: Vec<Vec<&str>> = rows
            .rows
            .iter()
            .map(|row| row.problems.iter().map(|problem| problem.code.as_str()).collect())
            .collect();
        assert_eq!(found, expected);
        seen.extend(codes(&rows).into_iter().map(str::to_owned));
        for row in &rows.rows {
            for problem in &row.problems {
                assert_answered(row, &problem.code, "claim_reference");
            }
        }
    };
    let own = vec![
        base("RE-2026/17"),
        base("RE-2026/17"),
        subject("RE-2026/17", "Zelt"),
        subject("re 2026 17", "Zelt"),
        base("RE-2026/18"),
        subject("RE-2026/19", "Zelt"),
    ];
    let expected: [&[&str]; 6] = [
        &[],
        &["DUPLICATE_ROW"],
        &["DUPLICATE_REFERENCE"],
        &["DUPLICATE_CLAIM"],
        &["DUPLICATE_SUSPECTED"],
        &[],
    ];
    answered(import(house, first, own).await, &expected);
    let later = vec![subject("RE-2026/17", "Zelt"), base("RE 2026/17")];
    let expected: [&[&str]; 2] = [&["REFERENCE_CONFLICT"], &["DUPLICATE_CLAIM"]];
    answered(import(house, first, later).await, &expected);
    let other = |reference, text| pb::ImportRow {
        customer_number: "K-9".into(),
        ..subject(reference, text)
    };
    let elsewhere = vec![
        other("A-1", "Trekkingrad"),
        other("RE 2026 17", "Schuhe"),
        other("A-2", "Schuhe"),
        pb::ImportRow { principal: euros(100), ..other("A-3", "Schuhe") },
    ];
    let expected: [&[&str]; 4] =
        [&["DOUBLE_PLACEMENT"], &["DOUBLE_PLACEMENT"], &["DOUBLE_PLACEMENT_SUSPECTED"], &[]];
    answered(import(house, second, elsewhere).await, &expected);
    seen
}

on_both_backends! {
    async fn every_code_is_answered_to_a_planted_row_with_field_and_words(backend: Backend) {
        let house = house(backend).await;
        let (own, other) = (creditor(&house).await, creditor(&house).await);
        let planted_rows = faulty_rows(&house);
        let rows = planted_rows.iter().map(|(_, _, row)| row.clone()).collect();
        let answered = import(&house, &own, rows).await;
        let mut seen = repetitions(&house, &own, &other).await;
        for (result, (code, field, _)) in answered.rows.iter().zip(&planted_rows) {
            assert_answered(result, code, field);
            seen.insert((*code).to_owned());
        }
        let nowhere = creditor_of(&house, pb::Creditor { name: "X GmbH".into(), ..Default::default() }).await;
        let answered = import(&house, &nowhere, vec![planted(&house, "CREDITOR_ADDRESS_MISSING")]).await;
        assert_answered(&answered.rows[0], "CREDITOR_ADDRESS_MISSING", "creditor.address");
        seen.insert("CREDITOR_ADDRESS_MISSING".to_owned());
        let all: BTreeSet<String> = IntakeCode::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(seen, all);
        house.stop().await;
    }

    async fn a_claim_that_left_us_may_be_placed_again_by_its_owner(backend: Backend) {
        let house = house(backend).await;
        let (seller, buyer) = (creditor(&house).await, creditor(&house).await);
        let row = planted(&house, "SOLD");
        let first = import(&house, &seller, vec![row.clone()]).await;
        let asked = pb::SellClaimRequest {
            request_id: house.request_id(),
            claim_id: first.rows[0].claim_id.clone(),
            buyer_name: "Radhaus Nord GmbH".into(),
            sold_on: day(&house, 0),
            reason: "portfolio sale".into(),
            arrangement_taken_over: false,
        };
        let sale = house.ask(Role::Integration, asked);
        house.clients().claims().sell_claim(sale).await.expect("sold");
        let again = import(&house, &buyer, vec![row]).await;
        assert_eq!(again.rows[0].verdict(), pb::RowVerdict::Accepted, "{:?}", again.rows[0].problems);
        house.stop().await;
    }

    async fn what_a_row_states_of_its_claim_reaches_statement_terms_and_limitation(backend: Backend) {
        let case = case_of(backend, |house| pb::ImportRow {
            contractual_rate: "9.5".into(),
            contractual_rate_reason: "§ 7 of the loan contract".into(),
            creditor_costs: euros(250),
            creditor_costs_reason: "reminder by letter".into(),
            already_paid: euros(5_000),
            secured: true,
            title_final_on: day(house, 10),
            ..row(house, "R-1")
        })
        .await;
        let claim = case.claim().await;
        assert_eq!((claim.secured, claim.consumer_loan), (true, false));
        let title: NaiveDate = ago(&case.house, 10);
        let ends: NaiveDate = claim.limitation_expires_on.unwrap().try_into().unwrap();
        assert_eq!(ends.year(), title.year() + 30);
        let statement = case.statement().await;
        let of = |kind: Kind| statement.lines.iter().filter(move |line| line.kind() == kind);
        assert_eq!(of(Kind::Principal).count(), 1);
        assert_eq!(of(Kind::Credit).map(|line| cents(&line.amount)).sum::<i64>(), -5_000);
        for line in of(Kind::Interest) {
            assert_eq!((line.rate.as_str(), line.norm.starts_with("§ 288 Abs. 3 BGB")), ("9.50", true));
            assert_eq!(line.inputs["rate_reason"], "§ 7 of the loan contract");
            assert!(line.inputs["statutory_rate"].parse::<f64>().unwrap() < 9.5);
        }
        assert!(of(Kind::Interest).count() > 0);
        let own = of(Kind::Cost).map(|line| line.text.as_str()).find(|text| text.starts_with("The creditor's"));
        assert_eq!(own, Some("The creditor's costs: reminder by letter"));
        let hint = "The rate of interest lies above the statutory one. Reason: § 7 of the loan contract";
        assert!(statement.conventions.iter().any(|said| said == hint), "{:?}", statement.conventions);
        case.house.stop().await;
    }

    async fn a_consumer_loan_is_paid_principal_before_interest(backend: Backend) {
        let case = case_of(backend, |house| pb::ImportRow { consumer_loan: true, ..row(house, "R-1") }).await;
        let claim = case.claim().await;
        assert!(claim.consumer_loan && !claim.secured);
        // Three years and the ten of § 497 Abs. 3 S. 3 BGB.
        let ends: NaiveDate = claim.limitation_expires_on.unwrap().try_into().unwrap();
        assert!(ends.year() > ago(&case.house, 0).year() + 10, "{ends}");
        case.house.stop().await;
    }

    async fn all_claims_of_someone_who_died_are_silent_whoever_placed_them(backend: Backend) {
        let house = house(backend).await;
        let (one, other) = (creditor(&house).await, creditor(&house).await);
        let alive = import(&house, &one, vec![planted(&house, "DIED")]).await;
        let died = pb::ImportRow { deceased: true, principal: euros(5_000), ..planted(&house, "DIED") };
        let more = pb::ImportRow {
            claim_reference: "R-MORE".into(),
            principal: euros(7_000),
            ..planted(&house, "DIED")
        };
        let told = import(&house, &other, vec![died.clone(), more]).await;
        assert_eq!(told.rows[0].verdict(), pb::RowVerdict::Warned);
        assert_eq!(told.rows[1].verdict(), pb::RowVerdict::Accepted, "{:?}", told.rows[1].problems);
        house.settle().await;
        for result in alive.rows.iter().chain(&told.rows) {
            let claim = claim(&house, &result.claim_id).await;
            assert_eq!(claim.state(), pb::ClaimState::Protected);
            assert_eq!(claim.holds.len(), 1);
            let step = claim.state_history.last().unwrap();
            assert_eq!(step.reason, "DEBTOR_PROTECTED");
        }
        // A second run tells nothing new.
        let again = import(&house, &other, vec![died]).await;
        assert_eq!(again.rows[0].verdict(), pb::RowVerdict::Unchanged);
        assert_eq!(claim(&house, &told.rows[0].claim_id).await.holds.len(), 1);
        house.stop().await;
    }

    async fn a_rejected_row_leaves_nothing_behind_and_goes_in_once_it_is_corrected(backend: Backend) {
        let house = house(backend).await;
        let (one, other) = (creditor(&house).await, creditor(&house).await);
        import(&house, &one, vec![planted(&house, "TWICE")]).await;
        let twice = planted(&house, "TWICE");
        let costly = pb::ImportRow { creditor_costs: euros(250), ..planted(&house, "COSTLY") };
        let refused = import(&house, &other, vec![twice, costly.clone()]).await;
        let summary = refused.summary.expect("a summary");
        assert_eq!((summary.rejected_count, summary.claim_count, summary.debtor_count), (2, 0, 0));
        let corrected = pb::ImportRow { creditor_costs_reason: "reminder".into(), ..costly };
        let taken = import(&house, &other, vec![corrected]).await;
        assert_eq!(taken.rows[0].verdict(), pb::RowVerdict::Accepted, "{:?}", taken.rows[0].problems);
        assert_eq!(taken.summary.expect("a summary").debtor_count, 1);
        house.stop().await;
    }

    async fn what_is_barred_is_kept_silent_for_a_creditor_that_wants_it_and_paid_all_the_same(backend: Backend) {
        let house = house(backend).await;
        let strict = creditor(&house).await;
        let wants = creditor_of(&house, pb::Creditor {
            name: "Radhaus Süd GmbH".into(),
            accepts_time_barred: true,
            ..Default::default()
        }).await;
        let barred = |code: &str| {
            let mut row = planted(&house, code);
            (row.contract_date, row.invoice_date) = (day(&house, 5 * 365), day(&house, 5 * 365));
            (row.due_date, row.reminder_sent_on) = (day(&house, 5 * 365), None);
            row
        };
        let refused = import(&house, &strict, vec![barred("STRICT")]).await;
        assert_eq!(refused.rows[0].verdict(), pb::RowVerdict::Rejected);
        let kept = import(&house, &wants, vec![barred("KEPT")]).await;
        house.settle().await;
        let result = &kept.rows[0];
        assert_eq!(result.verdict(), pb::RowVerdict::Warned, "{:?}", result.problems);
        let found = result.problems.iter().find(|problem| problem.code == "TIME_BARRED").unwrap();
        assert_eq!((found.severity(), found.field.as_str()), (pb::ProblemSeverity::Warning, "due_date"));
        let told = claim(&house, &result.claim_id).await;
        assert_eq!((told.state(), cents(&told.balance.unwrap().total)), (pb::ClaimState::TimeBarred, 24_990));
        assert_eq!(told.state_history.len(), 1);
        let check = pb::OutreachCheck {
            debtor_id: result.debtor_id.clone(),
            claim_ids: vec![result.claim_id.clone()],
            purpose: pb::OutreachPurpose::Collect.into(),
            ..Default::default()
        };
        let asked = house.ask(Role::Service, pb::CheckOutreachRequest { checks: vec![check] });
        let verdict = house.clients().claims().check_outreach(asked).await.unwrap().into_inner().verdicts.remove(0);
        assert_eq!(verdict.blocks[0].rule_id, "claims.state.time_barred");
        let paid = event::PaymentReceived {
            payment_id: kulanz_types::PaymentId::generate(house.seeds(), house.now()).to_string(),
            claim_id: result.claim_id.clone(),
            debtor_id: result.debtor_id.clone(),
            amount: euros(24_990),
            value_date: day(&house, 0),
            ..Default::default()
        };
        house.publish("payments", &result.debtor_id, &paid).await;
        house.settle().await;
        assert_eq!(claim(&house, &result.claim_id).await.state(), pb::ClaimState::Paid);
        let asked = pb::GetCreditorRequest { creditor_id: wants };
        let read = house.clients().claims().get_creditor(house.ask(Role::Admin, asked)).await.unwrap();
        assert!(read.into_inner().creditor.unwrap().accepts_time_barred);
        house.stop().await;
    }

    async fn what_is_less_secure_is_paid_first(backend: Backend) {
        let house = house(backend).await;
        let creditor_id = creditor(&house).await;
        let secured = pb::ImportRow { secured: true, ..planted(&house, "SAFE") };
        let plain = pb::ImportRow {
            claim_reference: "R-PLAIN".into(),
            principal: euros(12_000),
            ..planted(&house, "SAFE")
        };
        let answered = import(&house, &creditor_id, vec![secured, plain]).await;
        house.settle().await;
        let asked = pb::PreviewAllocationRequest {
            debtor_id: answered.rows[0].debtor_id.clone(),
            creditor_id,
            amount: euros(5_000),
            value_date: day(&house, 0),
            designated_claim_ids: Vec::new(),
        };
        let asked = house.ask(Role::Service, asked);
        let preview = house.clients().claims().preview_allocation(asked).await;
        let shares = preview.expect("a preview").into_inner().shares;
        assert_eq!(shares[0].claim_id, answered.rows[1].claim_id);
        house.stop().await;
    }
}
