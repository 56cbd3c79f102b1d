use kulanz_chassis::Role;
use kulanz_experimentation::replays;
use kulanz_policy::{Edges, Policy};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_proto::types::v1::Money;
use kulanz_testkit::{Backend, House, on_both_backends, reason};
use sea_orm::ConnectionTrait as _;

use crate::asking::{decide, decide_batch, decide_to_act, question};
use crate::house;
use crate::outcomes::{payment, reversal, sent};

/// Every version, in use or not.
pub async fn policies(house: &House) -> Vec<pb::Policy> {
    let mut client = house.clients().experimentation();
    let all = house.ask(Role::Analyst, pb::ListPoliciesRequest::default());
    client.list_policies(all).await.unwrap().into_inner().policies
}

fn owing(request: pb::DecideRequest, minor_units: i64) -> pb::DecideRequest {
    let balance = Some(Money { currency_code: "EUR".to_owned(), minor_units });
    let context = pb::DecisionContext { balance, ..request.context.unwrap_or_default() };
    pb::DecideRequest { context: Some(context), ..request }
}

/// Where the buckets begin of what was learned last.
async fn learned_edges(house: &House) -> Edges {
    let versions = policies(house).await;
    let learned = versions.into_iter().find(|policy| policy.kind == "learned").expect("one");
    let request = pb::GetPolicyRequest { policy_id: learned.policy_id, with_content: true };
    let mut client = house.clients().experimentation();
    let read = client.get_policy(house.ask(Role::Analyst, request)).await.unwrap();
    Policy::read_own(&read.into_inner().content).unwrap().schema().edges
}

async fn carry_out(house: &House, decisions: &[pb::Decision]) {
    for (number, decision) in decisions.iter().enumerate() {
        let message = sent(decision, &format!("message_{number}"));
        house.publish("messaging", &decision.debtor_id, &message).await;
        let Some(Action::Factored(action)) = &decision.action else { continue };
        if action.levels["tone"] == "caring" {
            let paid = payment(decision, &format!("payment_{number}"));
            house.publish("payments", &decision.debtor_id, &paid).await;
        }
    }
    house.settle().await;
}

/// Business time right after the coming night's learning.
async fn sleep_over(house: &House) {
    house.advance_to(house.now() + chrono::TimeDelta::days(1)).await;
}

/// Business time goes on without any night of learning on the way, which would take its time and change nothing.
pub async fn sleep_until(house: &House, until: chrono::DateTime<chrono::Utc>) {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let sql = "DELETE FROM due_work WHERE kind = 'refresh_policy'";
    work.db().execute_unprepared(sql).await.unwrap();
    work.commit().await.unwrap();
    house.advance_to(until).await;
}

on_both_backends! {
    async fn outcomes_make_a_candidate_and_the_static_policy_goes_on(backend: Backend) {
        let house = house(backend).await;
        let before = decide_to_act(&house).await;
        let requests = (0..300).map(|_| question(&house)).collect();
        let decisions = decide_batch(&house, requests).await.unwrap();
        carry_out(&house, &decisions).await;
        for _ in 0..4 {
            sleep_over(&house).await;
        }
        let versions = policies(&house).await;
        let of = |state: pb::PolicyState| versions.iter().filter(move |p| p.state() == state);
        assert_eq!(of(pb::PolicyState::Live).count(), 2, "static and for the hold-out");
        let candidates: Vec<_> = of(pb::PolicyState::Candidate).collect();
        assert_eq!(candidates.len(), 1);
        assert_eq!((candidates[0].kind.as_str(), candidates[0].share.as_str()), ("learned", "0"));
        let static_versions: Vec<_> =
            of(pb::PolicyState::Live).map(|policy| policy.version.clone()).collect();
        let after = decide_to_act(&house).await;
        assert!(static_versions.contains(&after.policy_version));
        let store = house.constellation().store("experimentation").unwrap();
        for decision in decisions.iter().take(50).chain([&before]) {
            let replayed = replays(store, house.tenant(), &decision.decision_id).await;
            assert_eq!(replayed.unwrap(), Some(true));
        }
        house.stop().await;
    }

    async fn amounts_are_learned_of_by_thirds_of_the_portfolio(backend: Backend) {
        let house = house(backend).await;
        let owed = |number: i64| 100_000 + 1_000 * number;
        let requests = (0..300).map(|number| owing(question(&house), owed(number))).collect();
        let decisions = decide_batch(&house, requests).await.unwrap();
        carry_out(&house, &decisions).await;
        sleep_over(&house).await;
        sleep_over(&house).await;
        let made = |(number, decision): (i64, &pb::Decision)| {
            matches!(decision.action, Some(Action::Factored(_))).then(|| owed(number))
        };
        let contacted: Vec<i64> = (0..).zip(&decisions).filter_map(made).take(200).collect();
        assert_eq!(contacted.len(), 200);
        let [low, high] = learned_edges(&house).await.balance.map(|euros| euros * 100.0);
        #[expect(clippy::cast_precision_loss, reason = "amounts of a test")]
        let below = |edge: f64| contacted.iter().filter(|owed| (**owed as f64) < edge).count();
        // Two digits of euros are up to ten people, of whom a bucket has up to half too many.
        assert!((60..=73).contains(&below(low)), "{low}");
        assert!((126..=140).contains(&below(high)), "{high}");
        house.stop().await;
    }

    async fn the_same_outcomes_make_the_same_candidate(backend: Backend) {
        let house = house(backend).await;
        let learned = learned_of_one(&house).await;
        sleep_over(&house).await;
        assert_eq!(candidate(&house).await, learned);
        house.stop().await;
    }

    async fn nothing_is_learned_from_a_person_whose_data_was_erased(backend: Backend) {
        let house = house(backend).await;
        let (stays, goes) = (decide_to_act(&house).await, decide_to_act(&house).await);
        house.publish("messaging", &stays.debtor_id, &sent(&stays, "message_1")).await;
        for _ in 0..40 {
            sleep_over(&house).await;
        }
        let without = candidate(&house).await;
        let message = sent(&goes, "message_2");
        house.publish("messaging", &goes.debtor_id, &message).await;
        for _ in 0..2 {
            sleep_over(&house).await;
        }
        assert_ne!(candidate(&house).await, without);
        erase(&house, &goes.debtor_id).await;
        for _ in 0..2 {
            sleep_over(&house).await;
        }
        assert_eq!(candidate(&house).await, without);
        let request = pb::DecideRequest { debtor_id: goes.debtor_id, ..question(&house) };
        assert_eq!(reason(&decide(&house, request).await.unwrap_err()), "PERSON_ERASED");
        house.stop().await;
    }

    async fn a_contact_teaches_something_else_where_the_next_one_cuts_it_short(backend: Backend) {
        let apart = learned_of_two(backend, false).await;
        assert_eq!(learned_of_two(backend, false).await, apart);
        assert_ne!(learned_of_two(backend, true).await, apart);
    }

    async fn money_that_never_counted_takes_nothing_along_when_it_goes_back(backend: Backend) {
        let paid_in_time = learned_of_money(backend, &[("payment_1", 10)]).await;
        let another = learned_of_money(backend, &[("payment_1", 10), ("payment_2", 40)]).await;
        assert_eq!(another, paid_in_time);
        assert_ne!(learned_of_money(backend, &[("payment_2", 10)]).await, paid_in_time);
    }

    async fn what_was_learned_counts_less_in_a_later_month(backend: Backend) {
        let house = house(backend).await;
        let learned = learned_of_one(&house).await;
        house.advance_to(house.now() + chrono::TimeDelta::days(31)).await;
        // Somebody who comes and goes: it is learned anew, from the same outcomes.
        let goes = decide_to_act(&house).await;
        house.publish("messaging", &goes.debtor_id, &sent(&goes, "message_2")).await;
        sleep_over(&house).await;
        erase(&house, &goes.debtor_id).await;
        for _ in 0..2 {
            sleep_over(&house).await;
        }
        assert_ne!(candidate(&house).await, learned);
        house.stop().await;
    }
}

pub async fn erase(house: &House, debtor_id: &str) {
    let erase = pb::ErasePersonDataRequest {
        request_id: house.request_id(),
        debtor_id: debtor_id.to_owned(),
    };
    let mut client = house.clients().experimentation();
    client.erase_person_data(house.ask(Role::Admin, erase)).await.unwrap();
}

/// The candidate after one contact, long after its horizon.
async fn learned_of_one(house: &House) -> String {
    let decision = decide_to_act(house).await;
    house.publish("messaging", &decision.debtor_id, &sent(&decision, "message_1")).await;
    for _ in 0..40 {
        sleep_over(house).await;
    }
    candidate(house).await
}

/// The candidate 50 days after one contact, where these payments came on these days and the second went back.
async fn learned_of_money(backend: Backend, payments: &[(&str, u32)]) -> String {
    let house = house(backend).await;
    let decision = decide_to_act(&house).await;
    let debtor = &decision.debtor_id;
    house.publish("messaging", debtor, &sent(&decision, "message_1")).await;
    let start = house.now();
    house.settle().await;
    for (payment_id, day) in payments {
        sleep_until(&house, start + chrono::TimeDelta::days(i64::from(*day))).await;
        house.publish("payments", debtor, &payment(&decision, payment_id)).await;
        house.settle().await;
    }
    sleep_until(&house, start + chrono::TimeDelta::days(45)).await;
    house.publish("payments", debtor, &reversal(&decision, "payment_2")).await;
    house.settle().await;
    house.advance_to(start + chrono::TimeDelta::days(50)).await;
    let learned = candidate(&house).await;
    house.stop().await;
    learned
}

/// The candidate after two contacts a week apart, with the same person or with two.
async fn learned_of_two(backend: Backend, same_person: bool) -> String {
    let house = house(backend).await;
    let first = decide_to_act(&house).await;
    house.publish("messaging", &first.debtor_id, &sent(&first, "message_1")).await;
    house.advance_to(house.now() + chrono::TimeDelta::days(7)).await;
    let second = loop {
        let mut request = question(&house);
        if same_person {
            request.debtor_id.clone_from(&first.debtor_id);
        }
        let decision = decide(&house, request).await.unwrap();
        if matches!(decision.action, Some(Action::Factored(_))) {
            break decision;
        }
    };
    house.publish("messaging", &second.debtor_id, &sent(&second, "message_2")).await;
    for _ in 0..2 {
        sleep_over(&house).await;
    }
    let learned = candidate(&house).await;
    house.stop().await;
    learned
}

/// The hash of what the candidate was made of.
pub async fn candidate(house: &House) -> String {
    let versions = policies(house).await;
    let candidate = versions.into_iter().find(|p| p.state() == pb::PolicyState::Candidate);
    let version = candidate.expect("a candidate").version;
    version.split_once('-').expect("number and hash").1.to_owned()
}
