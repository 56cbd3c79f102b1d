//! What becomes of promises and plans, and what is learned of it.

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_proto::events::v1 as event;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_proto::payments::v1::ScheduledAmount;
use kulanz_testkit::{Backend, House, on_both_backends};

use crate::asking::{booked, decide, decide_to_act, question};
use crate::house;
use crate::learning::{candidate, sleep_until};
use crate::outcomes::{euros, payment, sent};

/// Tells what payments tells of a promise or plan.
async fn tell(house: &House, debtor: &str, kind: OutcomeKind, about: &str) {
    let (id, debtor_id) = (about.to_owned(), debtor.to_owned());
    match kind {
        OutcomeKind::Arrangement => {
            let e =
                event::ArrangementAccepted { arrangement_id: id, debtor_id, ..Default::default() };
            house.publish("payments", debtor, &e).await;
        }
        OutcomeKind::Promise => {
            let e = event::PromiseMade { promise_id: id, debtor_id, ..Default::default() };
            house.publish("payments", debtor, &e).await;
        }
        OutcomeKind::Ended => {
            let e = event::PromiseEnded { promise_id: id, debtor_id, ..Default::default() };
            house.publish("payments", debtor, &e).await;
        }
        OutcomeKind::Kept => {
            let e =
                event::ArrangementCompleted { arrangement_id: id, debtor_id, ..Default::default() };
            house.publish("payments", debtor, &e).await;
        }
        OutcomeKind::Broken => {
            let e =
                event::ArrangementBroken { arrangement_id: id, debtor_id, ..Default::default() };
            house.publish("payments", debtor, &e).await;
        }
        OutcomeKind::Missed => {
            let e = event::InstalmentMissed { arrangement_id: id, debtor_id, ..Default::default() };
            house.publish("payments", debtor, &e).await;
        }
        other => panic!("payments tells nothing of {other:?}"),
    }
    house.settle().await;
}

/// News that teach nothing bring a night of learning.
async fn learn_tonight(house: &House, decision: &pb::Decision) -> String {
    let delivered = event::MessageDelivered {
        message_id: "message_1".to_owned(),
        debtor_id: decision.debtor_id.clone(),
        decision_id: decision.decision_id.clone(),
        ..Default::default()
    };
    house.publish("messaging", &decision.debtor_id, &delivered).await;
    house.settle().await;
    house.advance_days(1).await;
    candidate(house).await
}

/// What is booked to a contact of which this is told a day apart, and what is learned of it in the end.
async fn learned_of(
    backend: Backend,
    told: &[(OutcomeKind, &str)],
) -> (Vec<(OutcomeKind, i64)>, String) {
    let house = house(backend).await;
    let decision = decide_to_act(&house).await;
    let debtor = &decision.debtor_id;
    house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
    let start = house.now();
    house.settle().await;
    for (kind, about) in told {
        sleep_until(&house, house.now() + TimeDelta::days(1)).await;
        tell(&house, debtor, *kind, about).await;
    }
    sleep_until(&house, start + TimeDelta::days(31)).await;
    let booked = booked(&house, &decision.decision_id).await;
    let learned = learn_tonight(&house, &decision).await;
    house.stop().await;
    (booked, learned)
}

/// Somebody who owes 200 EUR, was written to and agreed to pay 100 EUR in two instalments, on days 30 and 60.
struct Plan {
    house: House,
    start: DateTime<Utc>,
    decision: pb::Decision,
}

impl Plan {
    async fn begin(backend: Backend) -> Self {
        let house = house(backend).await;
        let decision = loop {
            let mut request = question(&house);
            request.context.as_mut().expect("a context").balance = Some(euros(200));
            let decision = decide(&house, request).await.unwrap();
            if matches!(decision.action, Some(Action::Factored(_))) {
                break decision;
            }
        };
        let (start, debtor) = (house.now(), &decision.debtor_id);
        house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
        house.settle().await;
        sleep_until(&house, start + TimeDelta::days(1)).await;
        let due = |days| ScheduledAmount {
            due_date: Some((start + TimeDelta::days(days)).date_naive().into()),
            amount: Some(euros(50)),
        };
        let agreed = event::ArrangementAccepted {
            arrangement_id: "plan".to_owned(),
            debtor_id: debtor.clone(),
            total: Some(euros(100)),
            dues: [30, 60].map(due).to_vec(),
            ..Default::default()
        };
        house.publish("payments", debtor, &agreed).await;
        house.settle().await;
        Self { house, start, decision }
    }

    async fn until(&self, day: i64) {
        sleep_until(&self.house, self.start + TimeDelta::days(day)).await;
    }

    /// An instalment of the plan comes on a day.
    async fn pay(&self, payment_id: &str, day: i64) {
        self.until(day).await;
        let arrangement_id = "plan".to_owned();
        let paid = event::PaymentReceived { arrangement_id, ..payment(&self.decision, payment_id) };
        self.house.publish("payments", &self.decision.debtor_id, &paid).await;
        self.house.settle().await;
    }

    /// On a day it is told that an instalment was missed.
    async fn miss(&self, day: i64) {
        self.until(day).await;
        tell(&self.house, &self.decision.debtor_id, OutcomeKind::Missed, "plan").await;
    }

    /// What is learned on day 68, whatever was heard before.
    async fn learned(self) -> String {
        self.until(67).await;
        let learned = learn_tonight(&self.house, &self.decision).await;
        self.house.stop().await;
        learned
    }
}

on_both_backends! {
    async fn a_promise_that_gave_way_does_not_hide_that_the_next_one_was_broken(backend: Backend) {
        let gave_way = [(OutcomeKind::Promise, "promise_1"), (OutcomeKind::Ended, "promise_1")];
        let broken = [(OutcomeKind::Promise, "promise_2"), (OutcomeKind::Broken, "promise_2")];
        let (all, learned) = learned_of(backend, &[gave_way, broken].concat()).await;
        let kinds: Vec<_> = all.iter().map(|(kind, _)| *kind).collect();
        let expected =
            [OutcomeKind::Sent, OutcomeKind::Promise, OutcomeKind::Ended, OutcomeKind::Promise, OutcomeKind::Broken];
        assert_eq!(kinds, expected);
        assert_eq!(learned, learned_of(backend, &broken).await.1);
        let nothing = learned_of(backend, &[]).await.1;
        assert_ne!(learned, nothing);
        assert_eq!(learned_of(backend, &gave_way).await.1, nothing);
    }

    async fn a_plan_is_learned_anew_with_each_due(backend: Backend) {
        let mut learned = Vec::new();
        for dues in 0..=3 {
            let plan = Plan::begin(backend).await;
            if dues > 0 {
                plan.pay("payment_1", 30).await;
            }
            if dues > 1 {
                plan.miss(64).await;
            }
            if dues > 2 {
                plan.pay("payment_2", 66).await;
            }
            learned.push(plan.learned().await);
        }
        learned.sort();
        learned.dedup();
        assert_eq!(learned.len(), 4, "{learned:?}");
    }

    async fn instalments_stay_with_the_contact_that_led_to_the_plan(backend: Backend) {
        let plan = Plan::begin(backend).await;
        plan.until(10).await;
        let mut again = decide_to_act(&plan.house).await;
        again.debtor_id.clone_from(&plan.decision.debtor_id);
        let message = sent(&again, "message_2");
        plan.house.publish("messaging", &again.debtor_id, &message).await;
        plan.pay("payment_1", 30).await;
        plan.miss(64).await;
        assert_eq!(booked(&plan.house, &again.decision_id).await, [(OutcomeKind::Sent, 0)]);
        let expected = [
            (OutcomeKind::Sent, 0),
            (OutcomeKind::Arrangement, 10_000),
            (OutcomeKind::Payment, 5_000),
            (OutcomeKind::Missed, 0),
        ];
        assert_eq!(booked(&plan.house, &plan.decision.decision_id).await, expected);
        plan.house.stop().await;
    }

    async fn a_kept_plan_whose_money_went_back_teaches_what_a_broken_one_does(backend: Backend) {
        let broken = [(OutcomeKind::Arrangement, "plan"), (OutcomeKind::Broken, "plan")];
        let kept = [(OutcomeKind::Arrangement, "plan"), (OutcomeKind::Kept, "plan")];
        let back = [&kept[..], &broken[1..]].concat();
        let learned = learned_of(backend, &back).await.1;
        assert_eq!(learned, learned_of(backend, &broken).await.1);
        assert_ne!(learned, learned_of(backend, &kept).await.1);
    }
}
