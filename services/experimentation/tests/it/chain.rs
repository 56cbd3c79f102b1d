//! The chain of the log: an untouched one holds, and what was tampered with shows.

use chrono::{DateTime, Utc};
use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::ChainFlaw;
use kulanz_testkit::{Backend, House, fields, on_both_backends, servers};
use sea_orm::{ConnectionTrait, Database, Statement};
use sha2::{Digest as _, Sha256};

use crate::asking::{decide, decide_to_act, log, question};
use crate::house;
use crate::learning::erase;

/// The verdict on the log of a house.
async fn verified(house: &House, anchors: &[(i64, &str)]) -> pb::VerifyDecisionsResponse {
    let anchor = |(sequence, hash): &(i64, &str)| pb::DecisionAnchor {
        sequence: *sequence,
        chain_hash: (*hash).to_owned(),
    };
    let request = pb::VerifyDecisionsRequest { anchors: anchors.iter().map(anchor).collect() };
    let mut client = house.clients().experimentation();
    let asked = house.ask(Role::Analyst, request);
    let mut steps = client.verify_decisions(asked).await.unwrap().into_inner();
    loop {
        let step = steps.message().await.unwrap().expect("a verdict");
        if step.finished {
            return step;
        }
    }
}

/// What is wrong with the log of a house, and where.
async fn flaw(house: &House, anchors: &[(i64, &str)]) -> Option<(ChainFlaw, i64)> {
    verified(house, anchors).await.broken.map(|found| (found.flaw(), found.sequence))
}

/// The log in the order of its chain.
async fn chain(house: &House) -> Vec<pb::ListDecisionsResponse> {
    let mut rows = log(house, Role::Analyst, pb::ListDecisionsRequest::default()).await;
    rows.sort_by_key(|row| row.sequence);
    rows
}

/// Changes tables as somebody who owns the database can, around every trigger.
async fn tamper(house: &House, backend: Backend, sql: &str) {
    if backend == Backend::Server {
        let owner = Database::connect(servers().0.url("owner")).await.unwrap();
        let schema = house.schema("experimentation");
        let sql = format!(
            "SET search_path TO {schema}; ALTER TABLE decision DISABLE TRIGGER USER; \
             ALTER TABLE decision NO FORCE ROW LEVEL SECURITY; \
             ALTER TABLE decision_chain NO FORCE ROW LEVEL SECURITY; {sql}"
        );
        owner.execute_unprepared(&sql).await.unwrap();
        return owner.close().await.unwrap();
    }
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    for trigger in ["decision_is_not_updated", "decision_is_not_deleted"] {
        let sql = format!("DROP TRIGGER IF EXISTS {trigger}");
        work.db().execute_unprepared(&sql).await.unwrap();
    }
    work.db().execute_unprepared(sql).await.unwrap();
    work.commit().await.unwrap();
}

fn digest(bytes: impl AsRef<[u8]>) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The hash that a row had before there were versions, computed by hand.
async fn hash_of_before(house: &House, sequence: i64, origin: &str, previous: &str) -> String {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let sql = "SELECT * FROM decision WHERE sequence = $1";
    let backend = work.db().get_database_backend();
    let row = Statement::from_sql_and_values(backend, sql, [sequence.into()]);
    let row = work.db().query_one_raw(row).await.unwrap().unwrap();
    let text =
        |column: &str| row.try_get::<Option<String>>("", column).unwrap().unwrap_or_default();
    let joint: f64 = row.try_get("", "joint_propensity").unwrap();
    let decided_at: DateTime<Utc> = row.try_get("", "decided_at").unwrap();
    let parts = [
        previous.to_owned(),
        sequence.to_string(),
        text("decision_id"),
        text("debtor_id"),
        text("policy_version"),
        text("context_hash"),
        text("grid"),
        origin.to_owned(),
        text("levels"),
        joint.to_bits().to_string(),
        text("marginals"),
        decided_at.timestamp_micros().to_string(),
        text("terms"),
    ];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.into_bytes());
    }
    digest(bytes)
}

/// Makes the last row of the log one from before there were versions: its grounds stand in its columns.
async fn make_old(house: &House, backend: Backend, previous: &str) -> String {
    let last = chain(house).await.pop().unwrap().sequence;
    let hash = hash_of_before(house, last, "safest", previous).await;
    let sql = format!(
        "UPDATE decision SET chain_version = 1, origin = 'safest', reasons = '[\"contact for busy: +0.80\"]', \
         chain_hash = '{hash}' WHERE sequence = {last}; UPDATE decision_chain SET head = '{hash}'"
    );
    tamper(house, backend, &sql).await;
    hash
}

/// Four decisions about four people.
async fn four(house: &House) {
    for _ in 0..3 {
        decide(house, question(house)).await.unwrap();
    }
    decide_to_act(house).await;
}

/// Computes the chain anew from this place on, as it would have to be for the columns as they are.
async fn chain_anew(house: &House, backend: Backend, from: i64) {
    let mut previous = String::new();
    for row in chain(house).await {
        if row.sequence < from {
            previous = row.chain_hash;
            continue;
        }
        previous = digest(previous + &row.chained);
        let sql = format!(
            "UPDATE decision SET chain_hash = '{previous}' WHERE sequence = {}; \
             UPDATE decision_chain SET head = '{previous}'",
            row.sequence
        );
        tamper(house, backend, &sql).await;
    }
}

on_both_backends! {
    async fn a_reader_of_the_log_computes_its_chain_from_what_is_told(backend: Backend) {
        let house = house(backend).await;
        four(&house).await;
        let rows = chain(&house).await;
        let mut previous = String::new();
        for row in &rows {
            previous = digest(previous + &row.chained);
            assert_eq!((row.chain_hash.as_str(), row.chain_version), (previous.as_str(), 2));
            let chained: serde_json::Value = serde_json::from_str(&row.chained).unwrap();
            let decision = row.decision.as_ref().unwrap();
            assert_eq!(chained["sequence"], row.sequence);
            assert_eq!(chained["decision_id"], decision.decision_id);
            assert_eq!(chained["null_propensity"], decision.null_propensity);
            assert_eq!(chained["claim_ids"], serde_json::to_string(&decision.claim_ids).unwrap());
            assert_eq!(chained["origin"], "", "the grounds are sealed");
        }
        let verdict = verified(&house, &[(2, &rows[1].chain_hash)]).await;
        assert_eq!((verdict.broken, verdict.length), (None, i64::try_from(rows.len()).unwrap()));
        assert_eq!((verdict.first_hash, verdict.last_hash), (rows[0].chain_hash.clone(), previous));
        house.stop().await;
    }

    async fn rows_from_before_there_were_versions_verify_by_the_rule_of_then(backend: Backend) {
        let house = house(backend).await;
        let mut previous = String::new();
        for _ in 0..2 {
            decide(&house, question(&house)).await.unwrap();
            previous = make_old(&house, backend, &previous).await;
        }
        four(&house).await;
        let rows = chain(&house).await;
        let versions: Vec<_> = rows.iter().take(3).map(|row| row.chain_version).collect();
        assert_eq!(versions, [1, 1, 2]);
        assert!(rows[0].chained.contains("safest"), "{}", rows[0].chained);
        assert_eq!(flaw(&house, &[]).await, None);
        erase(&house, &rows[0].decision.as_ref().unwrap().debtor_id).await;
        let rows = chain(&house).await;
        assert_eq!((rows[0].chained.as_str(), flaw(&house, &[]).await), ("", None));
        assert!(!format!("{:?}", rows[0]).contains("safest"));
        tamper(&house, backend, "UPDATE decision SET origin = 'learned' WHERE sequence = 2").await;
        assert_eq!(flaw(&house, &[]).await, Some((ChainFlaw::Changed, 2)));
        house.stop().await;
    }

    async fn a_decision_that_was_changed_taken_out_or_cut_off_shows_at_its_place(backend: Backend) {
        for (sql, expected) in [
            (
                "UPDATE decision SET null_propensity = null_propensity + 0.25 WHERE sequence = 2",
                (ChainFlaw::Changed, 2),
            ),
            ("UPDATE decision SET reasons = '[\"x\"]' WHERE sequence = 3", (ChainFlaw::Changed, 3)),
            ("UPDATE decision SET chain_version = 1 WHERE sequence = 1", (ChainFlaw::Changed, 1)),
            (
                "UPDATE decision SET context = (SELECT context FROM decision WHERE sequence = 1) \
                 WHERE sequence = 2",
                (ChainFlaw::Context, 2),
            ),
            ("DELETE FROM decision WHERE sequence = 1", (ChainFlaw::Missing, 1)),
            ("DELETE FROM decision WHERE sequence = 3", (ChainFlaw::Missing, 3)),
            ("UPDATE decision SET sequence = 0 WHERE sequence = 4", (ChainFlaw::Missing, 1)),
            ("DELETE FROM decision WHERE sequence > 3", (ChainFlaw::End, 4)),
            ("DELETE FROM decision", (ChainFlaw::End, 1)),
            ("UPDATE decision_chain SET length = 3", (ChainFlaw::End, 4)),
        ] {
            let house = house(backend).await;
            for _ in 0..4 {
                decide(&house, question(&house)).await.unwrap();
            }
            assert_eq!(flaw(&house, &[]).await, None);
            tamper(&house, backend, sql).await;
            assert_eq!(flaw(&house, &[]).await, Some(expected), "{sql}");
            house.stop().await;
        }
    }

    async fn only_an_anchor_betrays_a_log_that_was_written_anew_or_cut_with_its_end(backend: Backend) {
        let house = house(backend).await;
        four(&house).await;
        let rows = chain(&house).await;
        let (last, noted) = (i64::try_from(rows.len()).unwrap(), rows.last().unwrap().chain_hash.clone());
        let sql = "UPDATE decision SET null_propensity = null_propensity + 0.25 WHERE sequence = 3";
        tamper(&house, backend, sql).await;
        chain_anew(&house, backend, 3).await;
        assert_eq!(flaw(&house, &[]).await, None, "the chain itself holds");
        assert_eq!(flaw(&house, &[(2, &rows[1].chain_hash)]).await, None);
        assert_eq!(flaw(&house, &[(last, &noted)]).await, Some((ChainFlaw::Anchor, last)));
        let sql = "DELETE FROM decision WHERE sequence > 2; UPDATE decision_chain SET length = 2, \
                   head = (SELECT chain_hash FROM decision WHERE sequence = 2)";
        tamper(&house, backend, sql).await;
        assert_eq!(flaw(&house, &[]).await, None, "the chain itself holds");
        assert_eq!(flaw(&house, &[(last, &noted)]).await, Some((ChainFlaw::Cut, last)));
        house.stop().await;
    }

    async fn erasing_people_leaves_the_chain_whole(backend: Backend) {
        let house = house(backend).await;
        four(&house).await;
        let rows = chain(&house).await;
        for row in &rows {
            erase(&house, &row.decision.as_ref().unwrap().debtor_id).await;
        }
        let hashes = |rows: Vec<pb::ListDecisionsResponse>| -> Vec<_> {
            rows.into_iter().map(|row| (row.chain_hash, row.chained)).collect()
        };
        assert_eq!(hashes(chain(&house).await), hashes(rows));
        assert_eq!(flaw(&house, &[]).await, None);
        house.stop().await;
    }

    async fn a_tenant_verifies_its_own_log_and_an_anchor_is_a_place_and_a_hash(backend: Backend) {
        let house = house(backend).await;
        decide(&house, question(&house)).await.unwrap();
        let mut client = house.clients().experimentation();
        let asked = house.ask_as_other(Role::Admin, pb::VerifyDecisionsRequest::default());
        let mut theirs = client.verify_decisions(asked).await.unwrap().into_inner();
        let verdict = theirs.message().await.unwrap().unwrap();
        assert_eq!((verdict.finished, verdict.length, verdict.broken), (true, 0, None));
        let anchors = vec![pb::DecisionAnchor { sequence: 0, chain_hash: "0f".to_owned() }];
        let asked = house.ask(Role::Admin, pb::VerifyDecisionsRequest { anchors });
        let refused = client.verify_decisions(asked).await.unwrap_err();
        assert_eq!(fields(&refused), ["anchors[0].chain_hash", "anchors[0].sequence"]);
        house.stop().await;
    }
}
