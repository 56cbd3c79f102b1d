//! An experiment that is stopped in one process is stopped in all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use kulanz_chassis::{Boot, Constellation, Grant, Role, Settings, outgoing_as, server::Signal};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{Backend, House, until};
use kulanz_types::Seeds;
use tokio::net::TcpListener;

use crate::experimenting::{adjust, arms, assign, experiment, person, question, running, stop};
use crate::house;
use crate::planting::{create, make_live, people, preferring};

/// Another process of the service on the same database, as far as one can be within a process: pools, memory
/// and port of its own.
pub async fn other_process(house: &House) -> Constellation {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let text = format!("{}\n[grpc]\nlisten = \"{address}\"\n", house.configuration());
    let text = format!("{text}[services]\nexperimentation = \"http://{address}\"\n");
    let boot = Boot {
        definitions: vec![kulanz_experimentation::DEFINITION],
        settings: Arc::new(Settings::from_overlay(&text).unwrap()),
        seeds: Seeds::fixed(7),
        listener,
        replica: "test-1".into(),
        background: false,
    };
    Constellation::start(boot).await.unwrap()
}

async fn assigned_there(
    house: &House,
    there: &Constellation,
    request: &pb::AssignRequest,
) -> pb::AssignResponse {
    let grant = Grant::service("messaging", Some(house.tenant()), TimeDelta::days(1));
    let token = there.issuer("messaging").unwrap().mint(&grant).unwrap();
    let mut client = there.clients().unwrap().experimentation();
    client.assign(outgoing_as(&token, request.clone())).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_holds_in_every_process_within_a_second() {
    let house = house(Backend::Server).await;
    let there = other_process(&house).await;
    let made = running(&house, experiment("tone")).await;
    let request = question("tone", &person(&house, false));
    assert!(assigned_there(&house, &there, &request).await.in_experiment);
    stop(&house, &made.experiment_id).await.unwrap();
    let stopped = Instant::now();
    assert_eq!(assign(&house, "tone", &request.debtor_id).await.excluded_by, "not_running");
    until("the other process to know", async || {
        let answer = assigned_there(&house, &there, &request).await;
        (answer.excluded_by == "not_running").then_some(())
    })
    .await;
    assert!(stopped.elapsed() < Duration::from_secs(1), "{:?}", stopped.elapsed());
    there.shutdown(Signal::Interrupt).await;
    house.stop().await;
}

async fn decided_there(house: &House, there: &Constellation, person: &str) -> pb::Decision {
    let grant = Grant::service("messaging", Some(house.tenant()), TimeDelta::days(1));
    let token = there.issuer("messaging").unwrap().mint(&grant).unwrap();
    let mut client = there.clients().unwrap().experimentation();
    let asked = outgoing_as(&token, crate::planting::question(house, person));
    client.decide(asked).await.unwrap().into_inner().decision.expect("a decision")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_policy_that_is_stopped_decides_in_no_process_any_more() {
    let house = house(Backend::Server).await;
    let there = other_process(&house).await;
    let policy = create(&house, preferring("businesslike")).await;
    make_live(&house, &policy.policy_id).await;
    let person = people(&house, 0.0..0.05, 1).remove(0);
    assert_eq!(decided_there(&house, &there, &person).await.policy_version, policy.version);
    let stop = pb::StopPolicyRequest {
        request_id: house.request_id(),
        policy_id: policy.policy_id.clone(),
        reason: "too bold".to_owned(),
    };
    let mut client = house.clients().experimentation();
    client.stop_policy(house.ask(Role::Admin, stop)).await.unwrap();
    assert_ne!(decided_there(&house, &there, &person).await.policy_version, policy.version);
    there.shutdown(Signal::Interrupt).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_keeps_the_arm_in_a_process_that_heard_of_them_from_the_table_alone() {
    let house = house(Backend::Server).await;
    let there = other_process(&house).await;
    let made = running(&house, experiment("tone")).await;
    let request = question("tone", &person(&house, false));
    let before = assign(&house, "tone", &request.debtor_id).await.arm_key;
    let other = if before == "warm" { arms("1", "0") } else { arms("0", "1") };
    let shifted = pb::AdjustExperimentRequest {
        experiment_id: made.experiment_id,
        etag: made.etag,
        arms: other,
        ..Default::default()
    };
    assert_eq!(adjust(&house, shifted).await.unwrap().bucket_version, 2);
    assert_eq!(assigned_there(&house, &there, &request).await.arm_key, before);
    there.shutdown(Signal::Interrupt).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arm_of_a_stopped_experiment_steers_in_no_process_within_a_second() {
    let house = house(Backend::Server).await;
    let there = other_process(&house).await;
    let mut tone = experiment("tone");
    for (arm, level) in tone.arms.iter_mut().zip(["empathic", "businesslike"]) {
        arm.fixed_levels = vec![crate::steering::level("tone", level)];
    }
    let made = running(&house, tone).await;
    let person = people(&house, 0.0..1.0, 1).remove(0);
    assert_ne!(decided_there(&house, &there, &person).await.experiment_arm, "");
    stop(&house, &made.experiment_id).await.unwrap();
    let stopped = Instant::now();
    until("the other process to know", async || {
        let decision = decided_there(&house, &there, &person).await;
        decision.experiment_arm.is_empty().then_some(())
    })
    .await;
    assert!(stopped.elapsed() < Duration::from_secs(1), "{:?}", stopped.elapsed());
    there.shutdown(Signal::Interrupt).await;
    house.stop().await;
}
