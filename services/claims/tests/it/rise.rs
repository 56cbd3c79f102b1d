//! The fee of collection rises where the first demand was not paid (note 2 to Nr. 2300 VV RVG): once, explained, and
//! not while nobody may ask for the claim.

use chrono::Days;
use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ClaimState, CostKind, HoldKind};
use kulanz_proto::events::v1 as event;
use kulanz_proto::messaging::v1::PolicyClass;
use kulanz_proto::types::v1::{Channel, Date};
use kulanz_testkit::{Backend, fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::account::{entries, reverse};
use crate::audit::records;
use crate::money::{accepted, broken, payment_id, publish, received, returned};
use crate::support::{Case, case_of_creditor, cents, day, euros, row, total};

/// 0.9 instead of 0.5 x 51.50, and 20 % of it.
const RISE: i64 = 2_060 + 412;

async fn case(backend: Backend, raises_costs: bool) -> Case {
    let given = pb::Creditor {
        name: "Radhaus Nord GmbH".into(),
        deducts_input_vat: true,
        raises_costs,
        ..Default::default()
    };
    case_of_creditor(backend, given, |house| vec![row(house, "R-1")]).await
}

fn sent(case: &Case, message_id: &str) -> event::MessageSent {
    event::MessageSent {
        message_id: message_id.into(),
        debtor_id: case.debtor_id.clone(),
        claim_ids: vec![case.claim_id.clone()],
        channel: Channel::Email.into(),
        policy_class: PolicyClass::FirstNotice.into(),
        ..Default::default()
    }
}

async fn demand(case: &Case) {
    demanded(case, &sent(case, "message_1")).await;
}

async fn demanded(case: &Case, sent: &event::MessageSent) {
    case.house.publish("messaging", &case.debtor_id, sent).await;
    case.house.settle().await;
}

async fn costs(case: &Case) -> i64 {
    cents(&case.claim().await.balance.expect("a balance").costs)
}

fn rise(case: &Case, rate: &str) -> pb::BookCostRequest {
    pb::BookCostRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        kind: CostKind::BusinessFee.into(),
        rate: rate.into(),
        reason: "Drei Schreiben blieben ohne Antwort".into(),
        ..Default::default()
    }
}

async fn book(case: &Case, asked: pb::BookCostRequest) -> Result<pb::BookCostResponse, Status> {
    let asked = case.house.ask(Role::Admin, asked);
    Ok(case.house.clients().claims().book_cost(asked).await?.into_inner())
}

/// What the audit log keeps of the last look at the fee.
async fn kept(case: &Case, name: &str) -> Option<String> {
    let all = records(&case.house, case.house.tenant(), 0, &case.claim_id).await.expect("records");
    let last = all.into_iter().rfind(|it| it.action == "RaiseCosts")?;
    last.facts.get(name).cloned()
}

async fn hold(case: &Case) -> String {
    let asked = pb::HoldClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        kind: HoldKind::Manual.into(),
        reason: "waiting for papers".into(),
        expires_at: None,
    };
    let asked = case.house.ask(Role::Admin, asked);
    let answer = case.house.clients().claims().hold_claim(asked).await.expect("a hold");
    answer.into_inner().hold.expect("it").hold_id
}

async fn release(case: &Case, hold_id: &str) {
    let asked = pb::ReleaseClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        hold_id: hold_id.into(),
        reason: "papers came".into(),
    };
    let asked = case.house.ask(Role::Admin, asked);
    case.house.clients().claims().release_claim(asked).await.expect("released");
}

fn date(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

on_both_backends! {
    async fn a_first_demand_that_nobody_pays_raises_the_fee_once_and_says_why(backend: Backend) {
        let case = case(backend, true).await;
        let told = case.statement_in("de").await;
        let fee = told.lines.iter().find(|line| line.norm.contains("2300")).unwrap();
        // Monday, 16 November 2026: nothing was sent yet.
        assert_eq!(fee.text, "Inkassokosten: 24,72 € mehr, wenn nicht zwei Wochen nach der ersten Zahlungsaufforderung alles gezahlt ist");
        demand(&case).await;
        let told = case.statement_in("de").await;
        let fee = told.lines.iter().find(|line| line.norm.contains("2300")).unwrap();
        assert_eq!(fee.text, "Inkassokosten: 24,72 € mehr, wenn nicht bis 30.11.2026 alles gezahlt ist");
        assert_eq!((fee.inputs["rises_by"].as_str(), fee.inputs["unpaid_until"].as_str()), ("24.72", "2026-11-30"));
        case.house.advance_days(17).await;
        assert_eq!(costs(&case).await, 3_090);
        case.house.advance_days(1).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        let all = entries(&case).await;
        let [fee, expenses] = &all[all.len() - 2..] else { panic!("{all:?}") };
        assert_eq!((fee.subject.as_str(), cents(&fee.amount), fee.formula.as_str()), ("business_fee", 2_060, "0.9 × 51.50 − 25.75"));
        assert_eq!((expenses.subject.as_str(), cents(&expenses.amount)), ("expenses", 412));
        assert_eq!((fee.actor.as_str(), fee.rule_version.as_str()), ("service:claims", "2025-06-01 (2025)"));
        let input = |name: &str| fee.inputs[name].as_str();
        assert_eq!(["value", "ordered", "rate", "fee", "before"].map(input), ["249.90", "2026-11-16", "0.9", "51.50", "25.75"]);
        let told = case.statement_in("de").await;
        let line = told.lines.iter().find(|line| line.entry_id == fee.entry_id).unwrap();
        assert_eq!(line.text, "Inkassokosten: Erhöhung auf den Satz 0,9, da bis 30.11.2026 nicht alles gezahlt war");
        assert!(told.lines.iter().all(|line| !line.inputs.contains_key("rises_by")));
        assert_eq!(kept(&case, "fee_rises_to").await.as_deref(), Some("0.9"));
        assert_eq!(kept(&case, "first_demand_unpaid_until").await.as_deref(), Some("2026-11-30"));
        assert!(kept(&case, "norm").await.unwrap().contains("Nr. 2300 VV RVG"));
        case.house.advance_days(30).await;
        demand(&case).await;
        case.house.advance_days(30).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        case.house.stop().await;
    }

    async fn a_fee_does_not_rise_where_the_creditor_does_not_want_it_or_the_demand_did_not_say_so(backend: Backend) {
        let case = case(backend, false).await;
        assert!(case.statement_in("de").await.lines.iter().all(|line| !line.inputs.contains_key("rises_by")));
        demand(&case).await;
        case.update_creditor("raises_costs", pb::Creditor { raises_costs: true, ..Default::default() }).await.unwrap();
        // The one demand that went out said nothing of it.
        assert!(case.statement_in("de").await.lines.iter().all(|line| !line.inputs.contains_key("rises_by")));
        case.house.advance_days(30).await;
        assert_eq!(costs(&case).await, 3_090);
        assert_eq!(kept(&case, "fee_rises_to").await, None);
        case.house.stop().await;
    }

    async fn a_claim_that_is_paid_on_the_first_demand_stays_a_simple_case(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        case.house.advance_days(10).await;
        let (payment, owed) = (payment_id(&case), total(&case.claim().await));
        publish(&case, &received(&case, &payment, owed)).await;
        case.house.settle().await;
        case.house.advance_days(20).await;
        assert_eq!((costs(&case).await, case.claim().await.state()), (0, ClaimState::Paid));
        assert_eq!(kept(&case, "costs_not_raised").await.as_deref(), Some("the claim is closed"));
        // It goes back: nothing was paid by the last day after all.
        publish(&case, &returned(&case, &payment, owed)).await;
        case.house.settle().await;
        case.house.advance_days(1).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        case.house.stop().await;
    }

    async fn who_pays_what_the_first_demand_named_bears_no_higher_fee_for_the_days_it_took(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        let owed = total(&case.claim().await);
        case.house.advance_days(10).await;
        publish(&case, &received(&case, &payment_id(&case), owed)).await;
        case.house.settle().await;
        // The interest of nine days is still open.
        let claim = case.claim().await;
        assert!(claim.state() == ClaimState::Open && total(&claim) < 100, "{claim:?}");
        case.house.advance_days(20).await;
        assert_eq!(costs(&case).await, 0);
        assert_eq!(kept(&case, "costs_not_raised").await.as_deref(), Some("the first demand was paid"));
        let refused = book(&case, rise(&case, "0.9")).await.unwrap_err();
        assert_eq!(reason(&refused), "LAW_REFUSED");
        case.house.stop().await;
    }

    async fn news_of_a_payment_that_came_in_time_take_the_rise_back(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        let asked = total(&case.claim().await);
        case.house.advance_days(14).await;
        let last_day = day(&case.house, 0);
        case.house.advance_days(8).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        let part = event::PaymentReceived { value_date: last_day, ..received(&case, &payment_id(&case), asked - 100) };
        publish(&case, &part).await;
        case.house.settle().await;
        let claim = case.claim().await;
        assert_ne!(claim.state(), ClaimState::Paid);
        assert!(total(&claim) > RISE);
        let rest = event::PaymentReceived { value_date: last_day, ..received(&case, &payment_id(&case), 100) };
        publish(&case, &rest).await;
        case.house.settle().await;
        let claim = case.claim().await;
        // The interest of the two weeks is still open.
        assert!(claim.state() == ClaimState::Open && total(&claim) < 100);
        let all = entries(&case).await;
        let corrections = all.iter().filter(|entry| entry.kind() == pb::EntryKind::Correction);
        assert_eq!(corrections.map(|entry| cents(&entry.amount)).sum::<i64>(), RISE);
        case.house.advance_days(30).await;
        assert!(total(&case.claim().await) < 100);
        case.house.stop().await;
    }

    async fn a_claim_that_is_held_gets_two_weeks_from_its_release(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        case.house.advance_days(10).await;
        let held = hold(&case).await;
        case.house.advance_days(40).await;
        assert_eq!(costs(&case).await, 3_090);
        release(&case, &held).await;
        case.house.advance_days(17).await;
        assert_eq!(costs(&case).await, 3_090);
        case.house.advance_days(8).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        case.house.stop().await;
    }

    async fn a_rise_that_somebody_took_back_does_not_come_again_by_itself(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        case.house.advance_days(18).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        for entry in entries(&case).await.iter().rev().take(2) {
            reverse(&case, &entry.entry_id).await.expect("reversed");
        }
        assert_eq!(costs(&case).await, 3_090);
        // Another demand lets the claim be looked at once more.
        demanded(&case, &sent(&case, "message_2")).await;
        case.house.advance_days(30).await;
        assert_eq!(costs(&case).await, 3_090);
        case.house.stop().await;
    }

    async fn a_claim_that_was_disputed_is_left_to_a_decision(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        let asked = pb::OpenDisputeRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            reason: pb::DisputeReason::Defective.into(),
            ..Default::default()
        };
        let opened = case.house.clients().claims().open_dispute(case.house.ask(Role::Agent, asked)).await.unwrap();
        let dispute = opened.into_inner().dispute.unwrap();
        let asked = pb::ResolveChallengeRequest {
            request_id: case.house.request_id(),
            challenge_id: dispute.dispute_id,
            outcome: pb::ChallengeState::Rejected.into(),
            resolution: "Die Ware war in Ordnung.".into(),
            reason: "papers seen".into(),
            ..Default::default()
        };
        case.house.clients().claims().resolve_challenge(case.house.ask(Role::Agent, asked)).await.unwrap();
        case.house.advance_days(40).await;
        assert_eq!(costs(&case).await, 3_090);
        assert_eq!(kept(&case, "costs_not_raised").await.as_deref(), Some("the claim was challenged"));
        // By a decision it rises.
        book(&case, rise(&case, "0.9")).await.unwrap();
        assert_eq!(costs(&case).await, 3_090 + RISE);
        case.house.stop().await;
    }

    async fn nothing_rises_beside_a_running_arrangement_and_once_it_broke_it_does(backend: Backend) {
        let case = case(backend, true).await;
        demand(&case).await;
        publish(&case, &accepted(&case, "arrangement_1", None)).await;
        case.house.advance_days(40).await;
        assert_eq!((costs(&case).await, case.claim().await.state()), (3_090, ClaimState::Arranged));
        let refused = book(&case, rise(&case, "0.9")).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
        publish(&case, &broken(&case, "arrangement_1")).await;
        case.house.settle().await;
        case.house.advance_days(7).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        case.house.stop().await;
    }

    async fn a_demand_that_did_not_arrive_begins_nothing_whatever_the_order_of_the_news(backend: Backend) {
        let case = case(backend, true).await;
        let failed = |id: &str| event::MessageFailed {
            message_id: id.into(),
            debtor_id: case.debtor_id.clone(),
            claim_ids: vec![case.claim_id.clone()],
            ..Default::default()
        };
        case.house.publish("messaging", &case.debtor_id, &failed("message_1")).await;
        demand(&case).await;
        let unknown = event::MessageSent { unknown: true, ..sent(&case, "message_2") };
        demanded(&case, &unknown).await;
        case.house.advance_days(30).await;
        assert_eq!(costs(&case).await, 3_090);
        // The second one is sent again as the same mail, by post: it may take four days.
        let letter = event::MessageSent { channel: Channel::Letter.into(), ..sent(&case, "message_2") };
        demanded(&case, &letter).await;
        case.house.advance_days(19).await;
        assert_eq!(costs(&case).await, 3_090);
        case.house.advance_days(5).await;
        assert_eq!(costs(&case).await, 3_090 + RISE);
        case.house.stop().await;
    }

    async fn a_decision_raises_the_fee_by_entries_of_their_own_and_not_twice(backend: Backend) {
        let case = case(backend, false).await;
        let unknown = book(&case, rise(&case, "0.9")).await.unwrap_err();
        assert_eq!(fields(&unknown), ["first_demand_received"]);
        demand(&case).await;
        let early = book(&case, rise(&case, "0.9")).await.unwrap_err();
        assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "LAW_REFUSED"));
        case.house.advance_days(14).await;
        assert_eq!(reason(&book(&case, rise(&case, "0.9")).await.unwrap_err()), "LAW_REFUSED");
        case.house.advance_days(1).await;
        let booked = book(&case, rise(&case, "0.9")).await.unwrap();
        let (fee, more) = (booked.entry.unwrap(), booked.further_entries);
        assert_eq!((fee.subject.as_str(), cents(&fee.amount)), ("business_fee", 2_060));
        assert_eq!((more.len(), more[0].subject.as_str(), cents(&more[0].amount)), (1, "expenses", 412));
        assert_eq!(fee.note, "Drei Schreiben blieben ohne Antwort");
        assert_eq!(fee.inputs["unpaid_until"], "2026-11-30");
        assert_eq!(cents(&booked.claim.unwrap().balance.unwrap().costs), 3_090 + RISE);
        let told = case.statement_in("de").await;
        let line = told.lines.iter().find(|line| line.entry_id == fee.entry_id).unwrap();
        let words = "Inkassokosten: Erhöhung auf den Satz 0,9, da bis 30.11.2026 nicht alles gezahlt war: Drei Schreiben blieben ohne Antwort";
        assert_eq!(line.text, words);
        let again = book(&case, rise(&case, "0.9")).await.unwrap_err();
        assert_eq!((reason(&again).as_str(), fields(&again)), ("INVALID_FIELDS", vec!["rate".to_owned()]));
        let above = book(&case, rise(&case, "1.31")).await.unwrap_err();
        assert_eq!((reason(&above).as_str(), fields(&above)), ("LAW_REFUSED", vec!["rate".to_owned()]));
        // 1.3 x 51.50 = 66.95 and 13.39.
        book(&case, rise(&case, "1.3")).await.unwrap();
        assert_eq!(costs(&case).await, 6_695 + 1_339);
        case.house.stop().await;
    }

    async fn a_demand_that_was_sent_elsewhere_counts_from_the_day_that_is_named(backend: Backend) {
        let case = case(backend, false).await;
        case.house.advance_days(15).await;
        let named = |days| pb::BookCostRequest { first_demand_received: day(&case.house, days), ..rise(&case, "0.9") };
        for days in [14, 16] {
            let refused = book(&case, named(days)).await.unwrap_err();
            let expected = if days == 14 { "LAW_REFUSED" } else { "INVALID_FIELDS" };
            assert_eq!(reason(&refused), expected);
        }
        let fee = book(&case, named(15)).await.unwrap().entry.unwrap();
        assert_eq!(fee.inputs["unpaid_until"], "2026-11-30");
        assert_eq!(fee.value_date, Some(date(2026, 12, 1)));
        case.house.stop().await;
    }

    async fn what_a_rise_cannot_be_is_refused_by_field(backend: Backend) {
        let case = case(backend, false).await;
        demand(&case).await;
        case.house.advance_days(20).await;
        let tomorrow = Some((crate::support::ago(&case.house, 0) + Days::new(1)).into());
        let good = rise(&case, "0.9");
        for (wrong, field) in [
            (pb::BookCostRequest { amount: euros(100), ..good.clone() }, "amount"),
            (pb::BookCostRequest { rate: "a lot".into(), ..good.clone() }, "rate"),
            (pb::BookCostRequest { rate: "0.4".into(), ..good.clone() }, "rate"),
            (pb::BookCostRequest { reason: " ".into(), ..good.clone() }, "reason"),
            (pb::BookCostRequest { value_date: tomorrow, ..good.clone() }, "value_date"),
            (pb::BookCostRequest { first_demand_received: tomorrow, ..good.clone() }, "first_demand_received"),
            (pb::BookCostRequest { schedule_number: "205".into(), ..good.clone() }, "schedule_number"),
            (pb::BookCostRequest { evidence: "AZ 1".into(), ..good.clone() }, "evidence"),
            (pb::BookCostRequest { kind: CostKind::BankCharge.into(), amount: euros(1), ..good.clone() }, "rate"),
        ] {
            let wrong = pb::BookCostRequest { request_id: case.house.request_id(), ..wrong };
            let refused = book(&case, wrong).await.unwrap_err();
            assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", vec![field.to_owned()]));
        }
        let foreign = case.house.ask_as_other(Role::Admin, good.clone());
        assert_eq!(case.house.clients().claims().book_cost(foreign).await.unwrap_err().code(), Code::NotFound);
        let held = hold(&case).await;
        assert_eq!(reason(&book(&case, rise(&case, "0.9")).await.unwrap_err()), "CLAIM_STATE");
        release(&case, &held).await;
        // It was free to be paid again from today.
        assert_eq!(reason(&book(&case, rise(&case, "0.9")).await.unwrap_err()), "LAW_REFUSED");
        case.house.stop().await;
    }
}
