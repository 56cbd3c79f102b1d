//! Questions that are decided while those before them are still being written, and what happens meanwhile.

use chrono::TimeDelta;
use kulanz_chassis::{Grant, Role, auth::OPERATOR, outgoing_as, server::Signal};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::{Store, Work};
use kulanz_testkit::{Backend, House, until, until_sessions};
use sea_orm::{ConnectionTrait, Statement};

use crate::analysis::exposures_of;
use crate::asking::{decide, decide_batch, log};
use crate::experimenting::{adjust, arms, assign, running};
use crate::house;
use crate::kill_switch::other_process;
use crate::learning::erase;
use crate::planting::{decided, people, question};
use crate::steering::either_tone;

/// More than the questions that are worth a transaction of their own.
const MANY: usize = 300;

/// A session that waits for the end of the chain.
const WAITS: &str = "wait_event_type = 'Lock' AND query LIKE '%decision_chain%'";
/// A session whose questions are decided, and that has not gone on yet.
const DECIDED: &str = "state = 'idle in transaction' AND query LIKE '%policy_aim%'";
/// A session whose questions are looked up, and that has not gone on yet.
const LOOKED_UP: &str = "state = 'idle in transaction' AND query LIKE '%FROM \"decision\"%'";
/// A session that waits for another to have noted who is in an experiment.
const NOTES: &str = "wait_event_type = 'Lock' AND query LIKE 'INSERT INTO \"exposure\"%'";

fn store(house: &House) -> &Store {
    house.constellation().store("experimentation").unwrap()
}

/// Keeps everyone from the end of the chain; how long it is.
async fn hold(house: &House) -> (Work, i64) {
    let chain = store(house).begin(house.tenant()).await.unwrap();
    let sql = "SELECT length FROM decision_chain FOR UPDATE";
    let statement = Statement::from_string(chain.db().get_database_backend(), sql);
    let row = chain.db().query_one_raw(statement).await.unwrap().unwrap();
    (chain, row.try_get("", "length").unwrap())
}

/// Notes that a person is in an experiment, without an end: whoever notes the same waits.
async fn note(house: &House, experiment_id: &str, debtor_id: &str) -> Work {
    let work = store(house).begin(house.tenant()).await.unwrap();
    let sql = "INSERT INTO exposure (tenant_id, experiment_id, debtor_id, arm, bucket_version, exposed_at, stale, \
               matured) VALUES ($1, $2, $3, 'plain', 1, $4, true, false)";
    let values = [
        house.tenant().to_string().into(),
        experiment_id.into(),
        debtor_id.into(),
        house.now().into(),
    ];
    let statement = Statement::from_sql_and_values(work.db().get_database_backend(), sql, values);
    work.db().execute_raw(statement).await.unwrap();
    work
}

/// Waits for a session of the service in this state.
async fn session(house: &House, what: &str, state: &str) {
    until_sessions(store(house), house.tenant(), what, (1, state)).await;
}

/// Asks about all of these people in one batch.
async fn ask(house: &House, ids: &[String]) -> Vec<pb::Decision> {
    decide_batch(house, ids.iter().map(|person| question(house, person)).collect()).await.unwrap()
}

fn experiment_arms(decisions: &[pb::Decision]) -> Vec<&str> {
    decisions.iter().map(|it| it.experiment_arm.as_str()).collect()
}

/// People whose keys exist: nobody waits for a key of another's transaction.
async fn known(house: &House) -> Vec<String> {
    let ids = people(house, 0.0..1.0, MANY);
    decided(house, &ids).await;
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arm_given_by_a_decision_under_way_is_kept_by_those_decided_meanwhile() {
    let house = house(Backend::Server).await;
    let ids = known(&house).await;
    let made = running(&house, either_tone("tone")).await;
    let noted = note(&house, &made.experiment_id, &ids[0]).await;
    let meanwhile = async {
        session(&house, "the first batch to note who is in", NOTES).await;
        let shifted = pb::AdjustExperimentRequest {
            experiment_id: made.experiment_id,
            etag: made.etag,
            arms: arms("0", "1"),
            ..Default::default()
        };
        adjust(&house, shifted).await.unwrap();
        let let_go = async {
            session(&house, "the second batch to be decided", DECIDED).await;
            drop(noted);
        };
        futures::join!(ask(&house, &ids), let_go).0
    };
    let (first, second) = futures::join!(ask(&house, &ids), meanwhile);
    assert!(experiment_arms(&first).contains(&"tone/plain"));
    assert_eq!(experiment_arms(&second), experiment_arms(&first));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_looked_up_while_the_one_before_is_decided_and_the_one_before_that_is_written() {
    let house = house(Backend::Server).await;
    let ids = known(&house).await;
    let (chain, length) = hold(&house).await;
    let let_go = async {
        session(&house, "the first batch to wait for the chain", WAITS).await;
        session(&house, "the second batch to be decided", DECIDED).await;
        session(&house, "the third batch to be looked up", LOOKED_UP).await;
        chain.commit().await.unwrap();
    };
    let asked = || ask(&house, &ids);
    let (first, second, third, ()) = futures::join!(asked(), asked(), asked(), let_go);
    let asked: Vec<String> =
        [first, second, third].concat().into_iter().map(|it| it.decision_id).collect();
    let rows = log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await;
    let mut places: Vec<_> = rows
        .into_iter()
        .filter(|row| row.sequence > length)
        .map(|row| (row.sequence, row.decision.unwrap().decision_id))
        .collect();
    places.sort_unstable();
    let all = i64::try_from(3 * MANY).unwrap();
    assert!(places.iter().map(|(sequence, _)| *sequence).eq(length + 1..=length + all));
    let logged: Vec<String> = places.into_iter().map(|(_, id)| id).collect();
    for batch in asked.chunks(MANY) {
        assert!(
            logged.chunks(MANY).any(|some| some == batch),
            "in the order in which they were asked"
        );
    }
    house.stop().await;
}

/// Stops the experiment in another process, and waits until all that this one read before it believes no more.
async fn stopped_elsewhere(house: &House, experiment_id: &str) {
    let there = other_process(house).await;
    let stop = pb::StopExperimentRequest {
        request_id: house.request_id(),
        experiment_id: experiment_id.to_owned(),
        reason: "too bold".to_owned(),
    };
    let analyst =
        Grant::user("analyst", Some(house.tenant()), &[Role::Analyst], TimeDelta::days(1));
    let token = there.issuer(OPERATOR).unwrap().mint(&analyst).unwrap();
    let mut client = there.clients().unwrap().experimentation();
    client.stop_experiment(outgoing_as(&token, stop)).await.unwrap();
    there.shutdown(Signal::Interrupt).await;
    let person = people(house, 0.0..1.0, 1).remove(0);
    until("this process to know", async || {
        (assign(house, "tone", &person).await.excluded_by == "not_running").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arm_is_given_by_none_of_the_batches_under_way_when_its_experiment_is_stopped() {
    let house = house(Backend::Server).await;
    let ids = known(&house).await;
    let made = running(&house, either_tone("tone")).await;
    let (chain, _) = hold(&house).await;
    let stops = async {
        session(&house, "the first batch to wait for the chain", WAITS).await;
        session(&house, "the second batch to be decided", DECIDED).await;
        stopped_elsewhere(&house, &made.experiment_id).await;
        chain.commit().await.unwrap();
    };
    let (first, second, ()) = futures::join!(ask(&house, &ids), ask(&house, &ids), stops);
    for batch in [first, second] {
        assert!(experiment_arms(&batch).iter().all(|arm| arm.is_empty()));
    }
    for person in [&ids[0], &ids[MANY - 1]] {
        assert!(exposures_of(&house, person).await.is_empty(), "nobody was brought in");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_question_that_waits_gets_no_arm_of_an_experiment_stopped_meanwhile() {
    let house = house(Backend::Server).await;
    let ids = known(&house).await;
    let made = running(&house, either_tone("tone")).await;
    let (chain, _) = hold(&house).await;
    let stops = async {
        session(&house, "the question to wait for the chain", WAITS).await;
        stopped_elsewhere(&house, &made.experiment_id).await;
        chain.commit().await.unwrap();
    };
    let (decision, ()) = futures::join!(decide(&house, question(&house, &ids[0])), stops);
    assert_eq!(decision.unwrap().experiment_arm, "");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_noted_in_the_clear_of_a_person_who_is_erased_while_being_decided_about() {
    let house = house(Backend::Server).await;
    let ids = known(&house).await;
    running(&house, either_tone("tone")).await;
    let (chain, _) = hold(&house).await;
    let erases = async {
        session(&house, "the batch to wait for the chain", WAITS).await;
        erase(&house, &ids[0]).await;
        chain.commit().await.unwrap();
    };
    let (decisions, ()) = futures::join!(ask(&house, &ids), erases);
    assert!(decisions.iter().all(|it| !it.experiment_arm.is_empty()));
    assert!(exposures_of(&house, &ids[0]).await.is_empty());
    assert_eq!(exposures_of(&house, &ids[1]).await.len(), 1);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_erases_a_person_waits_for_the_decision_that_is_being_noted_and_erases_it_too() {
    let house = house(Backend::Server).await;
    let ids = people(&house, 0.0..1.0, 2);
    decided(&house, &ids).await;
    let made = running(&house, either_tone("tone")).await;
    let noted = note(&house, &made.experiment_id, &ids[1]).await;
    let meanwhile = async {
        session(&house, "the batch to note who is in", NOTES).await;
        let let_go = async {
            let waits = "wait_event_type = 'Lock' AND query LIKE 'UPDATE data_key%'";
            session(&house, "the erasure to wait for the batch", waits).await;
            drop(noted);
        };
        futures::join!(erase(&house, &ids[0]), let_go);
    };
    let (decisions, ()) = futures::join!(ask(&house, &ids), meanwhile);
    assert!(decisions.iter().all(|it| !it.experiment_arm.is_empty()));
    assert!(exposures_of(&house, &ids[0]).await.is_empty());
    assert_eq!(exposures_of(&house, &ids[1]).await.len(), 1);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_assigned_while_being_decided_about_for_the_first_time_is_in_one_arm() {
    let house = house(Backend::Server).await;
    let ids = people(&house, 0.0..1.0, 2);
    decided(&house, &ids[1..]).await;
    running(&house, either_tone("tone")).await;
    let (chain, _) = hold(&house).await;
    let meanwhile = async {
        session(&house, "the question to wait for the chain", WAITS).await;
        let let_go = async {
            let waits = "wait_event_type = 'Lock' AND query LIKE '%data_key%'";
            session(&house, "the assignment to wait for the key", waits).await;
            chain.commit().await.unwrap();
        };
        futures::join!(assign(&house, "tone", &ids[0]), let_go).0
    };
    let asked = decide(&house, question(&house, &ids[0]));
    let (decision, assigned) = futures::join!(asked, meanwhile);
    assert_eq!(decision.unwrap().experiment_arm, format!("tone/{}", assigned.arm_key));
    assert_eq!(exposures_of(&house, &ids[0]).await.len(), 1);
    house.stop().await;
}
