use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ClaimState, CostKind, EntryKind};
use kulanz_proto::convert::timestamp;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::money::{payment_id, publish, received, returned};
use crate::support::{Case, ago, case, cents, creditor, day, euros, house, import, row, total};

async fn list(
    case: &Case,
    asked: pb::ListEntriesRequest,
) -> Result<pb::ListEntriesResponse, Status> {
    let asked = case.house.ask(Role::Agent, asked);
    Ok(case.house.clients().claims().list_entries(asked).await?.into_inner())
}

pub async fn entries(case: &Case) -> Vec<pb::Entry> {
    let asked = pb::ListEntriesRequest { claim_id: case.claim_id.clone(), ..Default::default() };
    list(case, asked).await.expect("entries").entries
}

fn cost(case: &Case, amount: i64, kind: CostKind) -> pb::BookCostRequest {
    pb::BookCostRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        amount: euros(amount),
        value_date: None,
        kind: kind.into(),
        reason: "Rücklastschrift vom 02.11.2026".into(),
        ..Default::default()
    }
}

async fn book_cost(
    case: &Case,
    asked: pb::BookCostRequest,
) -> Result<pb::BookCostResponse, Status> {
    let asked = case.house.ask(Role::Admin, asked);
    Ok(case.house.clients().claims().book_cost(asked).await?.into_inner())
}

fn credit(case: &Case, amount: i64) -> pb::BookCreditRequest {
    pb::BookCreditRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        amount: euros(amount),
        value_date: None,
        reason: "Nachlass wegen der Lieferzeit".into(),
    }
}

async fn book_credit(
    case: &Case,
    asked: pb::BookCreditRequest,
) -> Result<pb::BookCreditResponse, Status> {
    let asked = case.house.ask(Role::Admin, asked);
    Ok(case.house.clients().claims().book_credit(asked).await?.into_inner())
}

pub async fn reverse(case: &Case, entry_id: &str) -> Result<pb::ReverseEntryResponse, Status> {
    let asked = pb::ReverseEntryRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        entry_id: entry_id.into(),
        reason: "doppelt gebucht".into(),
    };
    let asked = case.house.ask(Role::Admin, asked);
    Ok(case.house.clients().claims().reverse_entry(asked).await?.into_inner())
}

/// What a statement says, without what changes while it stays the same.
async fn statement(
    case: &Case,
    known_at: Option<prost_types::Timestamp>,
) -> Result<pb::Statement, Status> {
    let asked =
        pb::GetStatementRequest { claim_id: case.claim_id.clone(), known_at, ..Default::default() };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().get_statement(asked).await?.into_inner();
    let statement = answer.statement.expect("it");
    Ok(pb::Statement { state: 0, plain_text: String::new(), ..statement })
}

async fn business(backend: kulanz_testkit::Backend) -> Case {
    let house: House = house(backend).await;
    let creditor_id = creditor(&house).await;
    let firm = pb::ImportRow {
        company_name: "Lindqvist Logistik GmbH".into(),
        given_name: String::new(),
        family_name: String::new(),
        birth_date: None,
        ..row(&house, "R-1")
    };
    let answered = import(&house, &creditor_id, vec![firm]).await;
    house.settle().await;
    let result = answered.rows.into_iter().next().expect("a row");
    Case { house, creditor_id, claim_id: result.claim_id, debtor_id: result.debtor_id }
}

on_both_backends! {
    async fn the_fee_of_an_arrangement_is_owed_once_and_up_to_what_the_law_gives(backend: Backend) {
        let case = case(backend).await;
        // Half of 249.90: 0.7 x 51.50 = 36.05. Of the flat sum, 20 % of 25.75 + 36.05, 5.15 are charged.
        let lawful = 3_605 + 1_236 - 515;
        let fee = |amount| pb::BookCostRequest {
            reason: "Ratenzahlung vom 16.11.2026".into(),
            ..cost(&case, amount, CostKind::ArrangementFee)
        };
        let refused = book_cost(&case, fee(lawful + 1)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "LAW_REFUSED"));
        let early = pb::BookCostRequest { value_date: day(&case.house, 1), ..fee(lawful) };
        assert_eq!(fields(&book_cost(&case, early).await.unwrap_err()), ["value_date"]);
        let before = total(&case.claim().await);
        let booked = book_cost(&case, fee(lawful)).await.unwrap();
        let entry = booked.entry.unwrap();
        assert_eq!((entry.subject.as_str(), entry.norm.as_str()), ("arrangement_fee", "Nr. 1000 Nr. 2 VV RVG, § 31b RVG"));
        assert_eq!(entry.formula, "0.7 × 51.50 + min(20 % × 61.80, 20.00) − 5.15");
        assert_eq!(total(&booked.claim.unwrap()), before + lawful);
        let refused = book_cost(&case, fee(1)).await.unwrap_err();
        assert_eq!(reason(&refused), "LAW_REFUSED");
        reverse(&case, &entry.entry_id).await.unwrap();
        // Less was agreed than the law would give.
        let less = book_cost(&case, fee(2_000)).await.unwrap().entry.unwrap();
        assert_eq!((cents(&less.amount), less.formula.as_str()), (2_000, ""));
        case.house.stop().await;
    }

    async fn entries_form_a_chain_that_the_statement_names(backend: Backend) {
        let case = case(backend).await;
        publish(&case, &received(&case, &payment_id(&case), 10_000)).await;
        case.house.settle().await;
        let entries = entries(&case).await;
        let kinds: Vec<EntryKind> = entries.iter().map(pb::Entry::kind).collect();
        let expected = [EntryKind::Principal, EntryKind::Cost, EntryKind::Cost, EntryKind::Payment];
        assert_eq!(kinds, expected);
        let sequence: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(sequence, [1, 2, 3, 4]);
        assert_eq!(entries[0].previous_hash, "");
        for pair in entries.windows(2) {
            assert_eq!(pair[1].previous_hash, pair[0].hash);
            assert_ne!(pair[1].hash, pair[0].hash);
        }
        assert_eq!(statement(&case, None).await.unwrap().account_hash, entries[3].hash);
        assert_eq!((entries[1].subject.as_str(), entries[1].formula.as_str()), ("business_fee", "0.5 × 51.50"));
        case.house.stop().await;
    }

    async fn entries_come_by_pages_and_not_to_another_tenant(backend: Backend) {
        let case = case(backend).await;
        let asked = pb::ListEntriesRequest { claim_id: case.claim_id.clone(), page_size: 2, ..Default::default() };
        let first = list(&case, asked.clone()).await.unwrap();
        let again = pb::ListEntriesRequest { page_token: first.next_page_token.clone(), ..asked.clone() };
        let rest = list(&case, again).await.unwrap();
        let pages: Vec<pb::Entry> = first.entries.into_iter().chain(rest.entries).collect();
        assert_eq!(pages, entries(&case).await);
        assert_eq!(rest.next_page_token, "");
        let foreign = case.house.ask_as_other(Role::Agent, asked.clone());
        let foreign = case.house.clients().claims().list_entries(foreign).await.unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound);
        let before = timestamp(case.house.now() - chrono::Days::new(1));
        let early = pb::ListEntriesRequest { known_at: Some(before), ..asked.clone() };
        let refused = list(&case, early).await.unwrap_err();
        assert_eq!((reason(&refused).as_str(), fields(&refused)), ("AS_OF_BEFORE_CLAIM", vec!["known_at".to_owned()]));
        let broken = pb::ListEntriesRequest { page_token: "x".into(), ..asked };
        assert_eq!(reason(&list(&case, broken).await.unwrap_err()), "PAGE_TOKEN_INVALID");
        case.house.stop().await;
    }

    async fn what_was_known_then_tells_what_was_told_then(backend: Backend) {
        let case = case(backend).await;
        let payment = payment_id(&case);
        let mut told = Vec::new();
        for step in 0..6 {
            match step {
                0 => {}
                1 => publish(&case, &received(&case, &payment, 4_000)).await,
                // Known now, counted from twenty days ago.
                2 => {
                    let late = received(&case, &payment_id(&case), 2_500);
                    let late = kulanz_proto::events::v1::PaymentReceived { value_date: day(&case.house, 20), ..late };
                    publish(&case, &late).await;
                }
                3 => { book_cost(&case, cost(&case, 500, CostKind::BankCharge)).await.unwrap(); }
                4 => publish(&case, &returned(&case, &payment, 4_000)).await,
                _ => { book_credit(&case, credit(&case, 1_000)).await.unwrap(); }
            }
            case.house.settle().await;
            told.push((timestamp(case.house.now()), statement(&case, None).await.unwrap(), case.claim().await.balance));
            case.house.advance_days(3).await;
        }
        for (instant, then, balance) in told {
            let again = statement(&case, Some(instant)).await.unwrap();
            assert_eq!(again, then);
            assert_eq!(again.totals, balance);
        }
        let before = timestamp(case.house.now() - chrono::Days::new(30));
        let refused = statement(&case, Some(before)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "AS_OF_BEFORE_CLAIM"));
        assert_eq!(fields(&refused), ["known_at"]);
        case.house.stop().await;
    }

    async fn a_cost_counts_from_default_on_and_is_taken_back_once(backend: Backend) {
        let case = case(backend).await;
        let owed = total(&case.claim().await);
        let booked = book_cost(&case, cost(&case, 420, CostKind::BankCharge)).await.unwrap();
        let entry = booked.entry.unwrap();
        assert_eq!((entry.subject.as_str(), entry.note.as_str()), ("bank_charge", "Rücklastschrift vom 02.11.2026"));
        assert_eq!(total(&booked.claim.unwrap()), owed + 420);
        let told = statement(&case, None).await.unwrap();
        assert!(told.lines.iter().any(|line| line.text == "Bankkosten einer Rücklastschrift: Rücklastschrift vom 02.11.2026"));
        // Reminded forty days ago: the day after is the first of default.
        let early = pb::BookCostRequest { value_date: day(&case.house, 40), ..cost(&case, 420, CostKind::Reminder) };
        assert_eq!(reason(&book_cost(&case, early).await.unwrap_err()), "LAW_REFUSED");
        let first = pb::BookCostRequest { value_date: day(&case.house, 39), ..cost(&case, 250, CostKind::Reminder) };
        book_cost(&case, first).await.unwrap();
        let back = reverse(&case, &entry.entry_id).await.unwrap();
        assert_eq!(total(&back.claim.unwrap()), owed + 250);
        let back = back.entry.unwrap();
        assert_eq!((back.kind(), back.cause_id.as_str()), (EntryKind::Correction, entry.entry_id.as_str()));
        assert_eq!(reason(&reverse(&case, &entry.entry_id).await.unwrap_err()), "ENTRY_REVERSED");
        assert_eq!(reason(&reverse(&case, &back.entry_id).await.unwrap_err()), "ENTRY_NOT_REVERSIBLE");
        let principal = entries(&case).await.remove(0).entry_id;
        assert_eq!(reason(&reverse(&case, &principal).await.unwrap_err()), "ENTRY_NOT_REVERSIBLE");
        assert_eq!(reverse(&case, "entry_1").await.unwrap_err().code(), Code::NotFound);
        assert_eq!(case.house.published("claims", "ClaimBalanceChanged").await, 4);
        case.house.stop().await;
    }

    async fn what_cannot_be_booked_says_why(backend: Backend) {
        let case = case(backend).await;
        let bad = pb::BookCostRequest {
            amount: euros(0), value_date: None, kind: 0, reason: " ".into(), ..cost(&case, 1, CostKind::CourtFee)
        };
        assert_eq!(fields(&book_cost(&case, bad).await.unwrap_err()), ["kind", "amount", "reason"]);
        let tomorrow = Some((ago(&case.house, 0) + chrono::Days::new(1)).into());
        let later = pb::BookCostRequest { value_date: tomorrow, ..cost(&case, 1, CostKind::CourtFee) };
        assert_eq!(fields(&book_cost(&case, later).await.unwrap_err()), ["value_date"]);
        let too_much = book_credit(&case, credit(&case, 900_000)).await.unwrap_err();
        assert_eq!(fields(&too_much), ["amount"]);
        let too_early = pb::BookCreditRequest { value_date: day(&case.house, 61), ..credit(&case, 100) };
        assert_eq!(fields(&book_credit(&case, too_early).await.unwrap_err()), ["value_date"]);
        let foreign = case.house.ask_as_other(Role::Admin, cost(&case, 100, CostKind::CourtFee));
        let foreign = case.house.clients().claims().book_cost(foreign).await.unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound);
        let agent = case.house.ask(Role::Agent, credit(&case, 100));
        let agent = case.house.clients().claims().book_credit(agent).await.unwrap_err();
        assert_eq!(agent.code(), Code::PermissionDenied);
        let all = credit(&case, total(&case.claim().await));
        let settled = book_credit(&case, all).await.unwrap();
        assert_eq!(settled.claim.unwrap().state(), ClaimState::Paid);
        let closed = book_cost(&case, cost(&case, 100, CostKind::CourtFee)).await.unwrap_err();
        assert_eq!(reason(&closed), "CLAIM_STATE");
        reverse(&case, &settled.entry.unwrap().entry_id).await.unwrap();
        assert_eq!(case.claim().await.state(), ClaimState::Registered);
        case.house.stop().await;
    }

    async fn a_consumer_never_owes_the_flat_sum_and_a_business_what_goes_beyond_the_costs(backend: Backend) {
        let consumer = case(backend).await;
        let refused = book_cost(&consumer, cost(&consumer, 4_000, CostKind::FlatSum)).await.unwrap_err();
        assert_eq!(reason(&refused), "LAW_REFUSED");
        consumer.house.stop().await;
        let case = business(backend).await;
        let wrong = book_cost(&case, cost(&case, 3_999, CostKind::FlatSum)).await.unwrap_err();
        assert_eq!(fields(&wrong), ["amount"]);
        // 0.5 x 51.50 and 20 % of it are 30.90: 9.10 of the flat sum are left.
        let booked = book_cost(&case, cost(&case, 4_000, CostKind::FlatSum)).await.unwrap().entry.unwrap();
        assert_eq!((cents(&booked.amount), booked.formula.as_str()), (910, "40.00 − 30.90"));
        let twice = book_cost(&case, cost(&case, 4_000, CostKind::FlatSum)).await.unwrap_err();
        assert_eq!(reason(&twice), "LAW_REFUSED");
        case.house.stop().await;
    }
}
