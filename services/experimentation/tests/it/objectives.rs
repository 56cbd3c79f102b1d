use std::collections::BTreeSet;

use chrono::TimeDelta;
use kulanz_chassis::Role;
use kulanz_experimentation::replays;
use kulanz_policy::{Policy, Settings};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{Backend, House, fields, on_both_backends, reason, until_sessions};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::asking::{decide, decide_batch, decide_to_act, question};
use crate::house;
use crate::learning::{policies, sleep_until};
use crate::outcomes::sent;
use crate::planting::{create, preferring};

fn wanted(house: &House) -> pb::SetObjectivesRequest {
    let weight = |name: &str, weight: &str| pb::ObjectiveWeight {
        name: name.to_owned(),
        weight: weight.to_owned(),
    };
    pb::SetObjectivesRequest {
        request_id: house.request_id(),
        policy_key: String::new(),
        objectives: vec![weight("paid", "1"), weight("harm", "35.5")],
        constraints: vec![pb::Constraint {
            name: "contacts".to_owned(),
            cap: "0.5".to_owned(),
            price: String::new(),
        }],
        explored_share: "0.2".to_owned(),
        gate: pb::PolicyGate::Wide.into(),
    }
}

async fn get(house: &House) -> pb::GetObjectivesResponse {
    let read = house.ask(Role::Analyst, pb::GetObjectivesRequest::default());
    house.clients().experimentation().get_objectives(read).await.unwrap().into_inner()
}

/// Sets which share is tried out, and nothing else; empty leaves it as it is.
pub async fn explore(house: &House, share: &str) -> pb::SetObjectivesResponse {
    let explored_share = share.to_owned();
    set(house, pb::SetObjectivesRequest { explored_share, ..Default::default() }).await
}

/// Sets how much doubt the gate tolerates, and nothing else.
pub async fn tolerate(house: &House, gate: pb::PolicyGate) -> pb::SetObjectivesResponse {
    set(house, pb::SetObjectivesRequest { gate: gate.into(), ..Default::default() }).await
}

/// Sets what else the request has than what counts.
async fn set(house: &House, request: pb::SetObjectivesRequest) -> pb::SetObjectivesResponse {
    let pb::GetObjectivesResponse { objectives, constraints, .. } = get(house).await;
    let request_id = house.request_id();
    let request = pb::SetObjectivesRequest { request_id, objectives, constraints, ..request };
    let mut client = house.clients().experimentation();
    client.set_objectives(house.ask(Role::Admin, request)).await.unwrap().into_inner()
}

/// What was decided from the even slice, of 300 questions about new people.
async fn explored(house: &House) -> Vec<pb::Decision> {
    let decisions = decide_batch(house, (0..300).map(|_| question(house)).collect()).await;
    decisions.unwrap().into_iter().filter(|decision| decision.explored).collect()
}

/// What a version's name begins with.
fn number(policy: pb::Policy) -> String {
    policy.version.split('-').next().unwrap_or_default().to_owned()
}

/// The dials of what was learned last.
async fn learned(house: &House) -> Settings {
    let mut client = house.clients().experimentation();
    let learned = policies(house)
        .await
        .into_iter()
        .rfind(|policy| policy.kind == "learned")
        .expect("a candidate");
    let request = pb::GetPolicyRequest { policy_id: learned.policy_id, with_content: true };
    let whole = client.get_policy(house.ask(Role::Analyst, request)).await.unwrap().into_inner();
    Policy::read_own(&whole.content).unwrap().settings().clone()
}

on_both_backends! {
    async fn what_counts_is_set_by_people_and_read_back(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        let set = client.set_objectives(house.ask(Role::Admin, wanted(&house))).await.unwrap();
        let set = set.into_inner();
        let read = get(&house).await;
        assert_eq!((&read.objectives, &read.constraints), (&set.objectives, &set.constraints));
        let harm = read.objectives.iter().find(|objective| objective.name == "harm").unwrap();
        assert_eq!(harm.weight, "35.5");
        assert_eq!((read.constraints[0].cap.as_str(), read.constraints[0].price.as_str()), ("0.5", "0"));
        assert_eq!((set.explored_share.as_str(), read.explored_share.as_str()), ("0.2", "0.2"));
        assert_eq!((set.gate(), read.gate()), (pb::PolicyGate::Wide, pb::PolicyGate::Wide));
        let strict = tolerate(&house, pb::PolicyGate::Strict).await;
        assert_eq!((strict.gate(), strict.explored_share.as_str()), (pb::PolicyGate::Strict, "0.2"));
        assert_eq!(explore(&house, "0.3").await.gate(), pb::PolicyGate::Strict);
        house.stop().await;
    }

    async fn faulty_goals_name_every_field_and_change_nothing(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        let mut request = wanted(&house);
        "clicks".clone_into(&mut request.objectives[0].name);
        "NaN".clone_into(&mut request.objectives[1].weight);
        "-1".clone_into(&mut request.constraints[0].cap);
        "0.51".clone_into(&mut request.explored_share);
        request.gate = 3;
        let refused = client.set_objectives(house.ask(Role::Admin, request)).await.unwrap_err();
        let named =
            ["objectives[0].name", "objectives[1].weight", "constraints[0].cap", "explored_share", "gate"];
        assert_eq!(fields(&refused), named);
        let read = get(&house).await;
        assert_eq!((read.objectives.len(), read.constraints.len()), (5, 0));
        assert_eq!((read.explored_share.as_str(), read.gate()), ("0.05", pb::PolicyGate::Strict));
        house.stop().await;
    }

    async fn another_tenant_has_goals_of_its_own_and_an_unknown_key_is_not_found(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        client.set_objectives(house.ask(Role::Admin, wanted(&house))).await.unwrap();
        let theirs = house.ask_as_other(Role::Admin, pb::GetObjectivesRequest::default());
        let theirs = client.get_objectives(theirs).await.unwrap().into_inner();
        assert_eq!((theirs.objectives.len(), theirs.constraints.len()), (5, 0));
        assert_eq!((theirs.explored_share.as_str(), theirs.gate()), ("0.05", pb::PolicyGate::Strict));
        let unknown = pb::GetObjectivesRequest { policy_key: "nothing".to_owned() };
        let refused = client.get_objectives(house.ask(Role::Admin, unknown)).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        house.stop().await;
    }

    async fn another_share_is_tried_out_from_the_next_question_on_and_stays_until_another_is_set(
        backend: Backend
    ) {
        let house = house(backend).await;
        let before = explored(&house).await;
        assert!((3..=30).contains(&before.len()), "{} of 300", before.len());
        explore(&house, "0.5").await;
        let after = explored(&house).await;
        // A twentieth says nothing, and nothing is tried out on another twentieth.
        assert!((110..=160).contains(&after.len()), "{} of 300", after.len());
        assert_ne!(before[0].policy_version, after[0].policy_version);
        assert_eq!(explore(&house, "").await.explored_share, "0.5");
        let last = decide(&house, question(&house)).await.unwrap();
        let store = house.constellation().store("experimentation").unwrap();
        for decision in [&before[0], &after[0], &last] {
            let replayed = replays(store, house.tenant(), &decision.decision_id).await;
            assert_eq!(replayed.unwrap(), Some(true));
        }
        house.stop().await;
    }

    async fn what_is_learned_tries_out_the_share_from_the_coming_night_on(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        house.publish("messaging", &decision.debtor_id, &sent(&decision, "message_1")).await;
        house.settle().await;
        house.advance_days(1).await;
        // Nothing is to come any more: no night would learn by itself.
        sleep_until(&house, house.now() + TimeDelta::days(30)).await;
        assert!((learned(&house).await.epsilon - 0.05).abs() < f64::EPSILON);
        explore(&house, "0.3").await;
        house.advance_days(1).await;
        assert!((learned(&house).await.epsilon - 0.3).abs() < f64::EPSILON);
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_file_and_another_share_that_come_at_once_get_numbers_of_their_own() {
    let house = house(Backend::Server).await;
    decide(&house, question(&house)).await.unwrap();
    let store = house.constellation().store("experimentation").unwrap();
    let stamp = store.begin(house.tenant()).await.unwrap();
    let sql = "SELECT stamp FROM policy_aim FOR UPDATE";
    let statement = Statement::from_string(stamp.db().get_database_backend(), sql);
    stamp.db().query_one_raw(statement).await.unwrap();
    let let_go = async {
        let wait = "wait_event_type = 'Lock' AND query LIKE '%policy_aim%'";
        until_sessions(store, house.tenant(), "both to wait for the stamp", (2, wait)).await;
        stamp.commit().await.unwrap();
    };
    let (given, share) = (create(&house, preferring("plain")), explore(&house, "0.5"));
    let (_, set, ()) = futures::future::join3(given, share, let_go).await;
    assert_eq!(set.explored_share, "0.5");
    let numbers: BTreeSet<String> = policies(&house).await.into_iter().map(number).collect();
    assert_eq!(numbers, ["1", "2", "3", "4"].map(str::to_owned).into());
    decide(&house, question(&house)).await.unwrap();
    house.stop().await;
}
