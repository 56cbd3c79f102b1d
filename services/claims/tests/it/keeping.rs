//! What the tables hold and refuse.

use std::fmt::Write as _;

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{DisputeReason, DisputeState};
use kulanz_store::Transaction;
use kulanz_testkit::{Backend, on_both_backends};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};

use crate::access::link;
use crate::support::{Case, case};

/// Everything personal that this test plants.
const PLANTED: [&str; 8] = [
    "Jette",
    "Lindqvist",
    "jette.lindqvist",
    "15228817386",
    "Am Speicher",
    "1984-05-17",
    "never arrived at my door",
    "the carrier saw your neighbour",
];

async fn column<T: sea_orm::TryGetable>(db: &Transaction, sql: &str) -> Vec<T> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a value")).collect()
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02X}");
        hex
    })
}

async fn dispute_and_answer(case: &Case) {
    let mut claims = case.house.clients().claims();
    let asked = pb::OpenDisputeRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        reason: DisputeReason::NotDelivered.into(),
        explanation: "it never arrived at my door".into(),
        disputed_amount: None,
    };
    let opened = claims.open_dispute(case.house.ask(Role::Agent, asked)).await.expect("a dispute");
    let asked = pb::ResolveDisputeRequest {
        request_id: case.house.request_id(),
        dispute_id: opened.into_inner().dispute.expect("it").dispute_id,
        outcome: DisputeState::Rejected.into(),
        resolution: "the carrier saw your neighbour".into(),
        credit: None,
    };
    let answered = claims.resolve_dispute(case.house.ask(Role::Agent, asked)).await;
    let dispute = answered.expect("an answer").into_inner().dispute.expect("it");
    assert_eq!(dispute.explanation, "it never arrived at my door");
    assert_eq!(dispute.resolution, "the carrier saw your neighbour");
}

async fn change_language(case: &Case) {
    let asked = pb::UpdateDebtorRequest {
        request_id: case.house.request_id(),
        debtor: Some(pb::Debtor {
            debtor_id: case.debtor_id.clone(),
            language: "en".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask { paths: vec!["language".into()] }),
        validate_only: false,
    };
    let mut claims = case.house.clients().claims();
    let first = claims.update_debtor(case.house.ask(Role::Agent, asked.clone())).await;
    let again = claims.update_debtor(case.house.ask(Role::Agent, asked)).await;
    let first = first.expect("a debtor").into_inner();
    assert!(first.debtor.as_ref().is_some_and(|debtor| debtor.party.is_some()));
    assert_eq!(first, again.expect("the same").into_inner());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_readable_in_any_table() {
    let case = case(Backend::Embedded).await;
    dispute_and_answer(&case).await;
    change_language(&case).await;
    let token = link(&case).await.token;
    let store = case.house.constellation().store("claims").expect("it runs");
    let work = store.begin(case.house.tenant()).await.expect("a transaction");
    let tables: Vec<String> =
        column(work.db(), "SELECT name FROM sqlite_master WHERE type = 'table'").await;
    assert!(tables.iter().any(|table| table == "request"));
    for table in tables {
        let names = format!("SELECT name FROM pragma_table_info('{table}')");
        for name in column::<String>(work.db(), &names).await {
            let values = format!("SELECT COALESCE(hex(\"{name}\"), '') FROM \"{table}\"");
            let held = column::<String>(work.db(), &values).await.join("|");
            for planted in PLANTED.iter().chain([&token.as_str()]) {
                assert!(!held.contains(&hex(planted)), "{planted} in {table}.{name}");
            }
        }
    }
    drop(work);
    case.house.stop().await;
}

on_both_backends! {
    async fn an_entry_can_neither_be_changed_nor_deleted(backend: Backend) {
        let case = case(backend).await;
        let store = case.house.constellation().store("claims").expect("it runs");
        for change in ["UPDATE entry SET amount = 1", "DELETE FROM entry", "DELETE FROM state_change"] {
            let work = store.begin(case.house.tenant()).await.unwrap();
            let statement = Statement::from_string(work.db().get_database_backend(), change);
            assert!(work.db().execute_raw(statement).await.is_err(), "{change}");
        }
        case.house.stop().await;
    }
}
