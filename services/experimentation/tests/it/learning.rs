use kulanz_chassis::Role;
use kulanz_experimentation::replays;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_testkit::{House, on_both_backends, reason};

use crate::asking::{decide, decide_to_act, question};
use crate::house;
use crate::outcomes::{payment, sent};

async fn policies(house: &House) -> Vec<pb::Policy> {
    let mut client = house.clients().experimentation();
    let all = house.ask(Role::Analyst, pb::ListPoliciesRequest::default());
    client.list_policies(all).await.unwrap().into_inner().policies
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

on_both_backends! {
    async fn a_decision_made_after_outcomes_uses_them(backend: Backend) {
        let house = house(backend).await;
        let before = decide_to_act(&house).await;
        let requests = (0..600).map(|_| question(&house)).collect();
        let mut client = house.clients().experimentation();
        let batch = house.ask(Role::Service, pb::DecideBatchRequest { requests });
        let decisions = client.decide_batch(batch).await.unwrap().into_inner().decisions;
        carry_out(&house, &decisions).await;
        house.advance_to(house.now() + chrono::TimeDelta::minutes(10)).await;
        let mut caring = 0;
        for _ in 0..60 {
            let decision = decide(&house, question(&house)).await.unwrap();
            assert_ne!(decision.policy_version, before.policy_version);
            let Some(Action::Factored(action)) = &decision.action else { continue };
            caring += i32::from(action.levels["tone"] == "caring");
        }
        assert!(caring > 30, "{caring} of 60 use what paid");
        let store = house.constellation().store("experimentation").unwrap();
        for decision in decisions.iter().take(50).chain([&before]) {
            let replayed = replays(store, house.tenant(), &decision.decision_id).await;
            assert_eq!(replayed.unwrap(), Some(true));
        }
        let versions = policies(&house).await;
        let live = versions.iter().filter(|policy| policy.state() == pb::PolicyState::Live).count();
        assert_eq!((versions.len() > 1, live), (true, 1));
        house.stop().await;
    }

    async fn nothing_is_learned_from_a_person_whose_data_was_erased(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        house.publish("messaging", &decision.debtor_id, &sent(&decision, "message_1")).await;
        house.advance_to(house.now() + chrono::TimeDelta::minutes(10)).await;
        let learned = policies(&house).await.pop().unwrap().version;
        let erase = pb::ErasePersonDataRequest {
            request_id: house.request_id(),
            debtor_id: decision.debtor_id.clone(),
        };
        let mut client = house.clients().experimentation();
        client.erase_person_data(house.ask(Role::Admin, erase)).await.unwrap();
        house.advance_to(house.now() + chrono::TimeDelta::minutes(10)).await;
        let content = |version: &str| version.split_once('-').map(|(_, hash)| hash.to_owned());
        let forgotten = policies(&house).await.pop().unwrap().version;
        assert_ne!(content(&forgotten), content(&learned));
        assert_eq!(content(&forgotten), content(&decision.policy_version));
        let request = pb::DecideRequest { debtor_id: decision.debtor_id, ..question(&house) };
        assert_eq!(reason(&decide(&house, request).await.unwrap_err()), "PERSON_ERASED");
        house.stop().await;
    }
}
