//! Two who change one debtor at the same time: both changes stand.

use std::future::Future;

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::report_wrong_person_request::Subject;
use kulanz_store::Work;
use kulanz_testkit::{Backend, until_sessions};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};
use tonic::Code;

use crate::support::{Case, case, import, row};

/// Keeps everyone from the debtor's row.
async fn occupy(case: &Case) -> Work {
    let store = case.house.constellation().store("claims").unwrap();
    let work = store.begin(case.house.tenant()).await.unwrap();
    let sql = "SELECT debtor_id FROM debtor WHERE debtor_id = $1 FOR UPDATE";
    let values = [case.debtor_id.clone().into()];
    let backend = work.db().get_database_backend();
    work.db().query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
    work
}

/// Waits until so many of the service's connections wait for a lock.
async fn waiting(case: &Case, count: i64) {
    let store = case.house.constellation().store("claims").unwrap();
    let locked = (count, "wait_event_type = 'Lock'");
    until_sessions(store, case.house.tenant(), "others to wait for the debtor", locked).await;
}

/// Lets two calls meet at the debtor's row.
async fn collide<A, B>(
    case: &Case,
    one: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> (A, B) {
    let occupied = occupy(case).await;
    let release = async {
        waiting(case, 2).await;
        occupied.commit().await.unwrap();
    };
    let (one, other, ()) = tokio::join!(one, other, release);
    (one, other)
}

async fn debtor(case: &Case) -> pb::Debtor {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let asked = case.house.ask(Role::Agent, asked);
    case.house.clients().claims().get_debtor(asked).await.unwrap().into_inner().debtor.unwrap()
}

async fn report(case: &Case) {
    let asked = pb::ReportWrongPersonRequest {
        request_id: case.house.request_id(),
        subject: Some(Subject::DebtorId(case.debtor_id.clone())),
        reason: pb::WrongPersonReason::NotMe.into(),
        ..Default::default()
    };
    let asked = case.house.ask(Role::Agent, asked);
    case.house.clients().claims().report_wrong_person(asked).await.unwrap();
}

fn update(case: &Case, etag: &str, language: &str) -> pb::UpdateDebtorRequest {
    pb::UpdateDebtorRequest {
        request_id: case.house.request_id(),
        debtor: Some(pb::Debtor {
            debtor_id: case.debtor_id.clone(),
            etag: etag.into(),
            language: language.into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask { paths: vec!["language".into()] }),
        validate_only: false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_person_report_and_an_import_of_the_debtor_lose_nothing_of_each_other() {
    let case = case(Backend::Server).await;
    let other = pb::ImportRow { email: "j.l@example.org".into(), ..row(&case.house, "R-2") };
    let imported = import(&case.house, &case.creditor_id, vec![other]);
    let ((), answered) = collide(&case, report(&case), imported).await;
    assert_eq!(answered.rows[0].debtor_id, case.debtor_id);
    let after = debtor(&case).await;
    assert_eq!(after.state(), pb::DebtorState::IdentityDoubted);
    let usable = |value: &str| {
        let found = after.contact_points.iter().find(|point| point.value == value);
        found.unwrap_or_else(|| panic!("{value} is gone")).usable
    };
    assert!(!usable("jette.lindqvist@example.org"));
    // Which of the two came first decides about the address that the import brought.
    usable("j.l@example.org");
    case.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_person_report_and_a_change_of_the_debtor_lose_nothing_of_each_other() {
    let case = case(Backend::Server).await;
    let mut claims = case.house.clients().claims();
    let change = claims.update_debtor(case.house.ask(Role::Agent, update(&case, "", "en")));
    let ((), changed) = Box::pin(collide(&case, report(&case), change)).await;
    changed.unwrap();
    let after = debtor(&case).await;
    assert_eq!((after.state(), after.language.as_str()), (pb::DebtorState::IdentityDoubted, "en"));
    assert!(after.contact_points.iter().all(|point| !point.usable));
    case.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_under_one_etag_one_is_refused() {
    let case = case(Backend::Server).await;
    let etag = debtor(&case).await.etag;
    let change = async |language: &str| {
        let asked = case.house.ask(Role::Agent, update(&case, &etag, language));
        case.house.clients().claims().update_debtor(asked).await
    };
    let (one, other) = collide(&case, Box::pin(change("en")), Box::pin(change("fr"))).await;
    let refused: Vec<Code> =
        [one, other].into_iter().filter_map(Result::err).map(|status| status.code()).collect();
    assert_eq!(refused, [Code::Aborted]);
    case.house.stop().await;
}
