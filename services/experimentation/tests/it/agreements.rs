//! What becomes of promises and plans, and what is learned of it.

use kulanz_proto::events::v1 as event;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind;
use kulanz_testkit::{Backend, House, on_both_backends};

use crate::asking::{booked, decide_to_act};
use crate::house;
use crate::learning::candidate;
use crate::outcomes::sent;

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
        other => panic!("payments tells nothing of {other:?}"),
    }
    house.settle().await;
}

/// What is booked to a contact of which this is told a day apart, and what is learned of it in the end.
async fn learned_of(
    backend: Backend,
    told: &[(OutcomeKind, &str)],
) -> (Vec<(pb::OutcomeKind, i64)>, String) {
    let house = house(backend).await;
    let decision = decide_to_act(&house).await;
    let debtor = &decision.debtor_id;
    house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
    let start = house.now();
    for (kind, about) in told {
        house.advance_days(1).await;
        tell(&house, debtor, *kind, about).await;
    }
    house.advance_to(start + chrono::TimeDelta::days(32)).await;
    let found = (booked(&house, &decision.decision_id).await, candidate(&house).await);
    house.stop().await;
    found
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

    async fn a_kept_plan_whose_money_went_back_teaches_what_a_broken_one_does(backend: Backend) {
        let broken = [(OutcomeKind::Arrangement, "plan"), (OutcomeKind::Broken, "plan")];
        let kept = [(OutcomeKind::Arrangement, "plan"), (OutcomeKind::Kept, "plan")];
        let back = [&kept[..], &broken[1..]].concat();
        let learned = learned_of(backend, &back).await.1;
        assert_eq!(learned, learned_of(backend, &broken).await.1);
        assert_ne!(learned, learned_of(backend, &kept).await.1);
    }
}
