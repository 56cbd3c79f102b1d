//! The audit log and what is purged.

use chrono::Days;
use kulanz_store::audit::{Broken, Chain};
use kulanz_store::{AuditRecord, Begin, Store, StoreError, Work};
use kulanz_testkit::{Backend, Stores, on_both_backends};
use kulanz_types::TenantId;
use sea_orm::{ConnectionTrait, Statement};

use crate::{NOTES, Reply, desk};

async fn acted(store: &Store, tenant: TenantId, act: impl Fn(&Work)) {
    let work = store.begin(tenant).await.unwrap();
    act(&work);
    work.commit().await.unwrap();
}

async fn records(store: &Store, tenant: TenantId) -> Vec<AuditRecord> {
    store.seal_audit(tenant).await.unwrap();
    let work = store.begin(tenant).await.unwrap();
    work.audit_records(0, None, 1_000).await.unwrap()
}

fn verdict(records: &[AuditRecord]) -> Result<(), Broken> {
    let mut chain = Chain::default();
    records.iter().try_for_each(|record| chain.check(record))
}

async fn rows(store: &Store, table: &str) -> i64 {
    let db = store.system();
    let column = match table {
        "request" => "created_at",
        "inbox" => "handled_at",
        _ => "occurred_at",
    };
    let sql = format!("SELECT COUNT({column}) AS count FROM {table}");
    let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    found.unwrap().unwrap().try_get("", "count").unwrap()
}

on_both_backends! {
    async fn every_act_is_recorded_about_each_thing_and_chained(backend: Backend) {
        let desk = desk(backend).await;
        acted(&desk.store, desk.anna, |work| {
            work.act("user:anna", "HoldClaim");
            work.about("claim_1");
            work.about("claim_2");
            work.about("claim_1");
            work.fact("reason", "MANUAL");
        }).await;
        acted(&desk.store, desk.anna, |work| {
            work.act("service:payments", "PaymentReceived");
        }).await;
        acted(&desk.store, desk.anna, |work| {
            work.act_on_all("user:anna", "ImportClaims", "import_1");
            work.about_by("claim_3", "service:claims", "COSTS_CHARGED");
        }).await;
        acted(&desk.store, desk.bert, |work| work.about_by("claim_9", "user:bert", "HoldClaim")).await;
        let found = records(&desk.store, desk.anna).await;
        let subjects: Vec<&str> = found.iter().map(|record| record.subject_id.as_str()).collect();
        assert_eq!(subjects, ["claim_1", "claim_2", "import_1"]);
        assert_eq!(found[0].facts["reason"], "MANUAL");
        assert_eq!(found[1].actor, "user:anna");
        assert_eq!(verdict(&found), Ok(()));
        assert_eq!(records(&desk.store, desk.bert).await.len(), 1);
    }

    async fn a_dropped_work_leaves_no_record(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        work.about_by("claim_1", "user:anna", "HoldClaim");
        drop(work);
        assert!(records(&desk.store, desk.anna).await.is_empty());
    }

    async fn a_call_is_not_answered_until_it_is_said_who_made_it(backend: Backend) {
        let desk = desk(backend).await;
        desk.store.keep_audit();
        let begin = async |number: u128| {
            let id = uuid(number);
            let body = Reply { number: 1 };
            match desk.store.begin_write::<Reply>(desk.anna, "Note", &id, &body).await.unwrap() {
                Begin::Fresh(work) => work,
                Begin::Replayed(_) => panic!("nothing came before"),
            }
        };
        let refused = begin(1).await.finish(Reply { number: 2 }).await;
        assert!(matches!(refused, Err(StoreError::Unattributed(action)) if action == "Note"));
        let work = begin(2).await;
        work.by("user:anna");
        work.finish(Reply { number: 2 }).await.unwrap();
        let found = records(&desk.store, desk.anna).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].actor.as_str(), found[0].action.as_str()), ("user:anna", "Note"));
        assert_eq!(found[0].subject_id, desk.anna.to_string());
        assert_eq!(found[0].facts["request_id"], uuid(2));
    }

    async fn many_sealers_at_once_make_one_chain_without_gaps(backend: Backend) {
        let desk = desk(backend).await;
        let writing = (0..40).map(|number| {
            let store = desk.store.clone();
            let anna = desk.anna;
            async move {
                acted(&store, anna, |work| work.about_by(format!("claim_{number}"), "user:anna", "Hold")).await;
                store.seal_audits().await.unwrap();
            }
        });
        futures::future::join_all(writing).await;
        let found = records(&desk.store, desk.anna).await;
        assert_eq!(found.len(), 40);
        assert_eq!(verdict(&found), Ok(()));
        let work = desk.store.begin(desk.anna).await.unwrap();
        assert_eq!(work.audit_records(38, None, 10).await.unwrap().len(), 2);
        let about = work.audit_records(0, Some("claim_7"), 10).await.unwrap();
        assert_eq!(about.len(), 1);
        assert!(work.audit_records(about[0].sequence, Some("claim_7"), 10).await.unwrap().is_empty());
    }

    async fn the_audit_log_can_neither_be_changed_nor_cut(backend: Backend) {
        let desk = desk(backend).await;
        acted(&desk.store, desk.anna, |work| work.about_by("claim_1", "user:anna", "Hold")).await;
        for sealed in [false, true] {
            if sealed {
                desk.store.seal_audits().await.unwrap();
            }
            for change in [
                "UPDATE audit SET actor = 'user:bert' WHERE tenant_id = $1",
                "UPDATE audit SET actor = 'user:bert', sequence = 9, previous_hash = '', hash = '' WHERE tenant_id = $1",
                "DELETE FROM audit WHERE tenant_id = $1",
            ] {
                let work = desk.store.begin(desk.anna).await.unwrap();
                assert!(crate::run(&work, change).await.is_err(), "{change}");
            }
        }
        let work = desk.store.begin(desk.anna).await.unwrap();
        assert!(crate::run(&work, "UPDATE audit SET hash = '' WHERE tenant_id = $1").await.is_err());
    }

    async fn tampering_past_the_triggers_is_found_at_its_record(backend: Backend) {
        let clock = kulanz_types::VirtualClock::new(chrono::DateTime::UNIX_EPOCH);
        let stores = Stores::new(backend, clock);
        let store = stores.connect("claims", NOTES).await;
        let anna = TenantId::generate(store.seeds(), store.clock().now());
        for number in 1..=5 {
            acted(&store, anna, |work| work.about_by(format!("claim_{number}"), "user:anna", "Hold")).await;
        }
        assert_eq!(verdict(&records(&store, anna).await), Ok(()));
        let tamper = "UPDATE audit SET actor = 'user:nobody' WHERE sequence = 3";
        match backend {
            Backend::Embedded => {
                store.system().execute_unprepared("DROP TRIGGER audit_is_only_sealed").await.unwrap();
                store.system().execute_unprepared(tamper).await.unwrap();
            }
            Backend::Server => {
                let owner = sea_orm::Database::connect(kulanz_testkit::servers().0.url("owner")).await.unwrap();
                let schema = format!("{}_claims", stores.prefix());
                owner.execute_unprepared(&format!(
                    "ALTER TABLE {schema}.audit DISABLE TRIGGER ALL; {}",
                    tamper.replace("audit", &format!("{schema}.audit"))
                )).await.unwrap();
            }
        }
        assert_eq!(verdict(&records(&store, anna).await), Err(Broken::Content(3)));
    }

    async fn what_is_remembered_ends_after_its_time_and_not_before(backend: Backend) {
        let desk = desk(backend).await;
        let body = Reply { number: 1 };
        let write = async |number: u128| {
            let id = uuid(number);
            match desk.store.begin_write::<Reply>(desk.anna, "Note", &id, &body).await.unwrap() {
                Begin::Fresh(work) => {
                    event(&work, "sent").await;
                    work.finish(Reply { number: 7 }).await.unwrap();
                    false
                }
                Begin::Replayed(_) => true,
            }
        };
        assert!(!write(1).await);
        desk.clock.set(desk.store.clock().now() + Days::new(29));
        desk.store.purge(desk.store.clock().now()).await.unwrap();
        assert!(write(1).await);
        desk.clock.set(desk.store.clock().now() + Days::new(2));
        desk.store.purge(desk.store.clock().now()).await.unwrap();
        assert_eq!(rows(&desk.store, "request").await, 0);
        // Handled events are known longer; an event that was never sent is never dropped.
        assert_eq!((rows(&desk.store, "inbox").await, rows(&desk.store, "outbox").await), (1, 1));
        desk.clock.set(desk.store.clock().now() + Days::new(60));
        desk.store.purge(desk.store.clock().now()).await.unwrap();
        assert_eq!((rows(&desk.store, "inbox").await, rows(&desk.store, "outbox").await), (0, 1));
    }

    async fn answers_that_name_a_person_are_forgotten_and_no_others(backend: Backend) {
        let desk = desk(backend).await;
        for (number, name) in [(1, "debtor_a"), (2, "debtor_b")] {
            let asked = Reply { number };
            let id = uuid(u128::from(number.unsigned_abs()));
            let begun = desk.store.begin_write::<Text>(desk.anna, "Note", &id, &asked).await.unwrap();
            let Begin::Fresh(work) = begun else { panic!("it is new") };
            work.finish(Text { text: format!("about {name}") }).await.unwrap();
        }
        let work = desk.store.begin(desk.anna).await.unwrap();
        let ids = ["claim_1".to_owned(), "debtor_a".to_owned()];
        assert_eq!(work.forget_answers(&ids).await.unwrap(), 1);
        work.commit().await.unwrap();
        let begun = desk.store.begin_write::<Text>(desk.anna, "Note", &uuid(2), &Reply { number: 2 }).await;
        assert!(matches!(begun.unwrap(), Begin::Replayed(_)));
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

fn uuid(number: u128) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// An event that was sent, one that was not, and one that was handled.
async fn event(work: &Work, id: &str) {
    let sent = "INSERT INTO outbox (tenant_id, event_id, kind, subject, partition_key, partition, \
                aggregate_version, occurred_at, traceparent, payload, sent_at) \
                VALUES ($1, $2, 'K', 's', 'p', 0, 1, $3, '', $4, $5)";
    let tenant = || sea_orm::Value::from(work.tenant().to_string());
    let none: Option<chrono::DateTime<chrono::Utc>> = None;
    for (id, sent_at) in [(id, Some(work.now())), ("waiting", none)] {
        let values =
            [tenant(), id.into(), work.now().into(), Vec::<u8>::new().into(), sent_at.into()];
        let backend = work.db().get_database_backend();
        work.db().execute_raw(Statement::from_sql_and_values(backend, sent, values)).await.unwrap();
    }
    let handled = "INSERT INTO inbox (tenant_id, event_id, handled_at) VALUES ($1, $2, $3)";
    let values = [tenant(), id.into(), work.now().into()];
    let backend = work.db().get_database_backend();
    work.db().execute_raw(Statement::from_sql_and_values(backend, handled, values)).await.unwrap();
}
