//! Arms of running experiments choose which policy decides.

use kulanz_chassis::Role;
use kulanz_experimentation::replays;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, on_both_backends, reason};

use crate::asking::decide_to_act;
use crate::experimenting::{create as create_experiment, experiment, running, start};
use crate::house;
use crate::learning::policies;
use crate::objectives::tolerate;
use crate::outcomes::sent;
use crate::planting::{
    against, create, decided, people, planted, planted_with, policy, preferring, promote,
};

/// The arm `plain` is decided about by the static policy, `warm` by this version.
fn versus(key: &str, policy: &pb::Policy) -> pb::Experiment {
    let mut experiment = experiment(key);
    "static".clone_into(&mut experiment.arms[0].policy_version);
    experiment.arms[1].policy_version.clone_from(&policy.version);
    experiment
}

async fn versions(house: &House, decisions: &[pb::Decision], arm: &str) -> Vec<String> {
    let store = house.constellation().store("experimentation").unwrap();
    let mut versions = Vec::new();
    for decision in decisions.iter().filter(|it| it.experiment_arm.ends_with(arm)) {
        let replayed = replays(store, house.tenant(), &decision.decision_id).await;
        assert_eq!(replayed.unwrap(), Some(true));
        versions.push(decision.policy_version.clone());
    }
    versions.sort();
    versions.dedup();
    versions
}

on_both_backends! {
    async fn a_version_decides_in_an_arm_only_past_the_gate_and_until_it_is_taken_out_of_use(backend: Backend) {
        let house = house(backend).await;
        planted(&house).await;
        let (good, bad) = (create(&house, preferring("businesslike")).await, create(&house, preferring("empathic")).await);
        let harmful = create_experiment(&house, versus("harmful", &bad)).await.unwrap();
        let refused = start(&house, &harmful.experiment_id).await.unwrap_err();
        assert_eq!(reason(&refused), "GATE_NOT_PASSED");
        assert!(against(&refused).contains(&"below_incumbent".to_owned()));
        running(&house, versus("policies", &good)).await;
        let ids = people(&house, 0.06..1.0, 60);
        let tried = decided(&house, &ids).await;
        assert_eq!(versions(&house, &tried, "/warm").await, std::slice::from_ref(&good.version));
        let of_control = versions(&house, &tried, "/plain").await;
        assert!(of_control.len() == 1 && of_control[0] != good.version);
        let live = promote(&house, &good).await.unwrap();
        assert_eq!(versions(&house, &decided(&house, &ids).await, "/warm").await, std::slice::from_ref(&good.version));
        let stop = pb::StopPolicyRequest {
            request_id: house.request_id(), policy_id: live.policy_id, reason: "too bold".to_owned(),
        };
        let mut client = house.clients().experimentation();
        client.stop_policy(house.ask(Role::Admin, stop)).await.unwrap();
        let after = decided(&house, &ids).await;
        assert!(after.iter().all(|it| it.experiment_arm.is_empty() && it.policy_version == of_control[0]));
        house.stop().await;
    }

    async fn an_arm_passes_the_strict_gate_whatever_doubt_the_tenant_tolerates(backend: Backend) {
        let house = house(backend).await;
        planted_with(&house, 32, 40).await;
        house.advance_days(29).await;
        let doubtful = create(&house, preferring("businesslike")).await;
        tolerate(&house, pb::PolicyGate::Wide).await;
        let experiment = create_experiment(&house, versus("doubtful", &doubtful)).await.unwrap();
        let refused = start(&house, &experiment.experiment_id).await.unwrap_err();
        assert_eq!((reason(&refused).as_str(), against(&refused).as_slice()), ("GATE_NOT_PASSED", ["below_incumbent".to_owned()].as_slice()));
        promote(&house, &doubtful).await.unwrap();
        house.stop().await;
    }

    async fn whoever_an_arm_decides_about_is_not_compared_in_the_ramp(backend: Backend) {
        let house = house(backend).await;
        planted(&house).await;
        let good = create(&house, preferring("businesslike")).await;
        let experiment = running(&house, versus("policies", &good)).await;
        let live = promote(&house, &good).await.unwrap();
        let both = [people(&house, 0.0..0.05, 20), people(&house, 0.9..1.0, 20)].concat();
        let tried = decided(&house, &both).await;
        assert!(tried.iter().all(|it| !it.experiment_arm.is_empty()), "all are in the experiment");
        house.advance_days(40).await;
        let health = policy(&house, &live.policy_id).await.health.unwrap();
        assert_eq!((health.units, health.static_units), (0, 0));
        crate::experimenting::stop(&house, &experiment.experiment_id).await.unwrap();
        decided(&house, &both).await;
        house.advance_days(40).await;
        let health = policy(&house, &live.policy_id).await.health.unwrap();
        assert_eq!((health.units, health.static_units), (20, 20));
        house.stop().await;
    }

    async fn a_learned_version_that_an_arm_names_outlives_the_one_that_follows_it(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        house.publish("messaging", &decision.debtor_id, &sent(&decision, "message_1")).await;
        house.advance_days(2).await;
        let first = candidate(&house).await;
        create_experiment(&house, versus("learned", &first)).await.unwrap();
        house.advance_days(30).await;
        let next = candidate(&house).await;
        assert_ne!(next.version, first.version);
        let kept = policy(&house, &first.policy_id).await;
        assert_eq!((kept.state(), kept.version), (pb::PolicyState::Retired, first.version));
        house.stop().await;
    }
}

/// What was learned last and is not in use.
async fn candidate(house: &House) -> pb::Policy {
    let is_candidate = |it: &pb::Policy| it.state() == pb::PolicyState::Candidate;
    policies(house).await.into_iter().find(is_candidate).expect("a candidate")
}
