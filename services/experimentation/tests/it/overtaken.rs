//! Questions that are decided while those before them are still being written.

use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::Work;
use kulanz_testkit::{Backend, until_sessions};
use sea_orm::{ConnectionTrait, Statement};

use crate::asking::decide_batch;
use crate::experimenting::{adjust, arms, running};
use crate::house;
use crate::planting::{decided, people, question};
use crate::steering::either_tone;

/// More than the questions that are worth a transaction of their own.
const MANY: usize = 300;

/// Keeps everyone from the end of the chain; how long it is.
async fn hold(chain: &Work) -> i64 {
    let sql = "SELECT length FROM decision_chain FOR UPDATE";
    let statement = Statement::from_string(chain.db().get_database_backend(), sql);
    chain.db().query_one_raw(statement).await.unwrap().unwrap().try_get("", "length").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arm_given_by_a_decision_under_way_is_kept_by_those_decided_meanwhile() {
    let house = house(Backend::Server).await;
    let ids = people(&house, 0.0..1.0, MANY);
    // Their keys exist: nobody waits for a key of another's transaction.
    decided(&house, &ids).await;
    let made = running(&house, either_tone("tone")).await;
    let store = house.constellation().store("experimentation").unwrap();
    let chain = store.begin(house.tenant()).await.unwrap();
    assert_eq!(hold(&chain).await, 300);
    let sessions =
        async |what, state| until_sessions(store, house.tenant(), what, (1, state)).await;
    let asked = || ids.iter().map(|person| question(&house, person)).collect();
    let first = decide_batch(&house, asked());
    let meanwhile = async {
        let waits = "wait_event_type = 'Lock' AND query LIKE '%decision_chain%'";
        sessions("the first batch to wait for the chain", waits).await;
        let shifted = pb::AdjustExperimentRequest {
            experiment_id: made.experiment_id,
            etag: made.etag,
            arms: arms("0", "1"),
            ..Default::default()
        };
        adjust(&house, shifted).await.unwrap();
        let second = decide_batch(&house, asked());
        let let_go = async {
            let decides = "state = 'idle in transaction' AND query LIKE '%policy_aim%'";
            sessions("the second batch to be decided", decides).await;
            chain.commit().await.unwrap();
        };
        futures::future::join(second, let_go).await.0
    };
    let (first, second) = futures::future::join(first, meanwhile).await;
    let arms = |decisions: Vec<pb::Decision>| -> Vec<String> {
        decisions.into_iter().map(|it| it.experiment_arm).collect()
    };
    let (first, second) = (arms(first.unwrap()), arms(second.unwrap()));
    assert!(first.iter().any(|arm| arm == "tone/plain"));
    assert_eq!(second, first);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_looked_up_while_the_one_before_is_decided_and_the_one_before_that_is_written() {
    let house = house(Backend::Server).await;
    let ids = people(&house, 0.0..1.0, MANY);
    decided(&house, &ids).await;
    let store = house.constellation().store("experimentation").unwrap();
    let chain = store.begin(house.tenant()).await.unwrap();
    hold(&chain).await;
    let ask = || decide_batch(&house, ids.iter().map(|person| question(&house, person)).collect());
    let let_go = async {
        let states = [
            (
                "the first batch to wait for the chain",
                "wait_event_type = 'Lock' AND query LIKE '%decision_chain%'",
            ),
            (
                "the second batch to be decided",
                "state = 'idle in transaction' AND query LIKE '%policy_aim%'",
            ),
            (
                "the third batch to be looked up",
                "state = 'idle in transaction' AND query LIKE '%FROM \"decision\"%'",
            ),
        ];
        for (what, state) in states {
            until_sessions(store, house.tenant(), what, (1, state)).await;
        }
        chain.commit().await.unwrap();
    };
    let (first, second, third, ()) = futures::join!(ask(), ask(), ask(), let_go);
    let answered = [first, second, third].map(|batch| batch.unwrap().len());
    assert_eq!(answered, [MANY; 3]);
    house.stop().await;
}
