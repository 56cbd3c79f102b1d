use kulanz_chassis::Role;
use kulanz_proto::convert::timestamp;
use kulanz_proto::events::v1 as event;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind;
use kulanz_proto::types::v1::{Channel, Date, Money};
use kulanz_testkit::{House, fields, on_both_backends, reason};
use tonic::Code;

use crate::asking::{booked, decide_to_act, log};
use crate::house;

pub fn euros(euros: i64) -> Money {
    Money { currency_code: "EUR".to_owned(), minor_units: euros * 100 }
}

pub fn sent(decision: &pb::Decision, message_id: &str) -> event::MessageSent {
    event::MessageSent {
        message_id: message_id.to_owned(),
        debtor_id: decision.debtor_id.clone(),
        claim_ids: decision.claim_ids.clone(),
        decision_id: decision.decision_id.clone(),
        sent_at: decision.decided_at,
        ..Default::default()
    }
}

pub fn payment(decision: &pb::Decision, payment_id: &str) -> event::PaymentReceived {
    event::PaymentReceived {
        payment_id: payment_id.to_owned(),
        claim_id: decision.claim_ids[0].clone(),
        debtor_id: decision.debtor_id.clone(),
        amount: Some(euros(50)),
        ..Default::default()
    }
}

pub fn reversal(decision: &pb::Decision, payment_id: &str) -> event::PaymentReversed {
    event::PaymentReversed {
        payment_id: payment_id.to_owned(),
        claim_id: decision.claim_ids[0].clone(),
        debtor_id: decision.debtor_id.clone(),
        amount: Some(euros(50)),
        ..Default::default()
    }
}

async fn record(
    house: &House,
    report: pb::RecordOutcomeRequest,
) -> Result<pb::Outcome, tonic::Status> {
    let mut client = house.clients().experimentation();
    let booked = client.record_outcome(house.ask(Role::Integration, report)).await?;
    Ok(booked.into_inner().outcome.expect("an outcome"))
}

on_both_backends! {
    async fn a_payment_is_booked_to_the_decision_behind_the_last_message(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        let debtor = &decision.debtor_id;
        house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
        house.settle().await;
        house.advance_days(1).await;
        house.publish("payments", debtor, &payment(&decision, "payment_1")).await;
        house.settle().await;
        let expected = [(OutcomeKind::Sent, 0), (OutcomeKind::Payment, 5_000)];
        assert_eq!(booked(&house, &decision.decision_id).await, expected);
        let rows = log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await;
        let about: Vec<_> = rows.iter().flat_map(|row| &row.outcomes).map(|it| it.about.as_str()).collect();
        assert_eq!(about, ["", "payment_1"]);
        house.stop().await;
    }

    async fn a_payment_heard_of_before_its_message_is_booked_when_the_message_is_heard_of(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        let debtor = &decision.debtor_id;
        house.advance_days(1).await;
        house.publish("payments", debtor, &reversal(&decision, "payment_1")).await;
        house.settle().await;
        house.publish("payments", debtor, &payment(&decision, "payment_1")).await;
        house.settle().await;
        assert!(booked(&house, &decision.decision_id).await.is_empty());
        for _ in 0..2 {
            house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
            house.settle().await;
        }
        let mut booked = booked(&house, &decision.decision_id).await;
        booked.sort();
        let expected =
            [(OutcomeKind::Payment, 5_000), (OutcomeKind::Reversal, -5_000), (OutcomeKind::Sent, 0)];
        assert_eq!(booked, expected);
        house.stop().await;
    }

    async fn a_late_message_takes_over_what_came_after_it_and_a_broken_plan_stays_with_its_beginning(backend: Backend) {
        let house = house(backend).await;
        let first = decide_to_act(&house).await;
        let debtor = first.debtor_id.clone();
        house.publish("messaging", &debtor, &sent(&first, "message_1")).await;
        house.advance_days(1).await;
        let plan = event::ArrangementAccepted {
            arrangement_id: "arrangement_1".to_owned(),
            debtor_id: debtor.clone(),
            ..Default::default()
        };
        house.publish("payments", &debtor, &plan).await;
        house.advance_days(1).await;
        let mut second = decide_to_act(&house).await;
        second.debtor_id.clone_from(&debtor);
        house.advance_days(1).await;
        let broken = event::ArrangementBroken {
            arrangement_id: "arrangement_1".to_owned(),
            debtor_id: debtor.clone(),
            ..Default::default()
        };
        house.publish("payments", &debtor, &broken).await;
        house.publish("payments", &debtor, &payment(&second, "payment_1")).await;
        house.settle().await;
        house.publish("messaging", &debtor, &sent(&second, "message_2")).await;
        house.settle().await;
        let of_first =
            [(OutcomeKind::Sent, 0), (OutcomeKind::Arrangement, 0), (OutcomeKind::Broken, 0)];
        assert_eq!(booked(&house, &first.decision_id).await, of_first);
        let of_second = [(OutcomeKind::Sent, 0), (OutcomeKind::Payment, 5_000)];
        assert_eq!(booked(&house, &second.decision_id).await, of_second);
        house.stop().await;
    }

    async fn who_asks_for_silence_has_complained_about_the_last_message(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        let debtor = &decision.debtor_id;
        house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
        let wish = event::ContactPreferenceChanged { debtor_id: debtor.clone(), ..Default::default() };
        let word = |intent: &str| event::InboundReceived {
            debtor_id: debtor.clone(),
            intent: intent.to_owned(),
            ..Default::default()
        };
        let again = event::ContactPreferenceChanged {
            refused_channels: vec![Channel::Email.into()],
            paused_until: Some(Date { year: 2027, month: 1, day: 31 }),
            ..wish.clone()
        };
        house.publish("messaging", debtor, &wish).await;
        house.publish("messaging", debtor, &again).await;
        house.publish("messaging", debtor, &word("PAID")).await;
        house.settle().await;
        assert_eq!(booked(&house, &decision.decision_id).await, [(OutcomeKind::Sent, 0)]);
        let more = event::ContactPreferenceChanged { refuses_more: true, ..again };
        house.publish("messaging", debtor, &more).await;
        house.publish("messaging", debtor, &word("STOP")).await;
        house.settle().await;
        let complaint = (OutcomeKind::Complaint, 0);
        let expected = [(OutcomeKind::Sent, 0), complaint, complaint];
        assert_eq!(booked(&house, &decision.decision_id).await, expected);
        house.stop().await;
    }

    async fn a_payment_brings_money_a_reversal_takes_it_back_and_nothing_has_happened_tomorrow(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        let report = |kind: OutcomeKind, amount: Option<Money>| pb::RecordOutcomeRequest {
            request_id: house.request_id(),
            decision_id: decision.decision_id.clone(),
            kind: kind.into(),
            amount,
            occurred_at: Some(timestamp(house.now())),
            ..Default::default()
        };
        let wrong = [
            (OutcomeKind::Payment, Some(euros(-50))),
            (OutcomeKind::Payment, None),
            (OutcomeKind::Reversal, Some(euros(50))),
            (OutcomeKind::Reversal, None),
            (OutcomeKind::Arrangement, Some(euros(-1))),
        ];
        for (kind, amount) in wrong {
            let refused = record(&house, report(kind, amount)).await.unwrap_err();
            assert_eq!(fields(&refused), ["amount"], "{kind:?}");
        }
        let tomorrow = Some(timestamp(house.now() + chrono::TimeDelta::days(1)));
        let early = pb::RecordOutcomeRequest { occurred_at: tomorrow, ..report(OutcomeKind::Complaint, None) };
        assert_eq!(fields(&record(&house, early).await.unwrap_err()), ["occurred_at"]);
        let nameless = pb::RecordOutcomeRequest {
            decision_id: "decision_x".to_owned(),
            kind: 0,
            occurred_at: None,
            ..report(OutcomeKind::Complaint, None)
        };
        assert_eq!(fields(&record(&house, nameless).await.unwrap_err()), ["decision_id", "kind", "occurred_at"]);
        record(&house, report(OutcomeKind::Payment, Some(euros(50)))).await.unwrap();
        record(&house, report(OutcomeKind::Reversal, Some(euros(-50)))).await.unwrap();
        let expected = [(OutcomeKind::Payment, 5_000), (OutcomeKind::Reversal, -5_000)];
        assert_eq!(booked(&house, &decision.decision_id).await, expected);
        house.stop().await;
    }

    async fn an_outcome_needs_a_decision_that_was_made_before_it(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        let report = pb::RecordOutcomeRequest {
            request_id: house.request_id(),
            decision_id: decision.decision_id.clone(),
            kind: OutcomeKind::Complaint.into(),
            occurred_at: Some(timestamp(house.now() - chrono::TimeDelta::hours(1))),
            ..Default::default()
        };
        let early = record(&house, report.clone()).await.unwrap_err();
        assert_eq!((early.code(), reason(&early)), (Code::FailedPrecondition, "OUTCOME_BEFORE_DECISION".to_owned()));
        let unknown = pb::RecordOutcomeRequest {
            decision_id: "decision_01jc000000e008000000000001".to_owned(),
            ..report.clone()
        };
        assert_eq!(reason(&record(&house, unknown).await.unwrap_err()), "NOT_FOUND");
        let later = pb::RecordOutcomeRequest { occurred_at: Some(timestamp(house.now())), ..report };
        let booked_once = record(&house, later.clone()).await.unwrap();
        assert_eq!(record(&house, later).await.unwrap(), booked_once);
        assert_eq!(booked(&house, &decision.decision_id).await, [(OutcomeKind::Complaint, 0)]);
        house.stop().await;
    }
}
