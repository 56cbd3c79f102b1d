//! The chain of an account's entries: what the tables refuse, and what shows where they were got round.

use std::sync::Arc;

use kulanz_claims::{Break, MIGRATIONS, verify_account};
use kulanz_store::{Store, StoreConfig};
use kulanz_testkit::{Backend, Stores, on_both_backends, servers};
use kulanz_types::{Clock as _, TenantId, VirtualClock};
use sea_orm::{ConnectionTrait, Database, Statement};
use secrecy::SecretBox;

use crate::money::{payment_id, publish, received};
use crate::support::{Case, case};

async fn verified(case: &Case) -> Option<Break> {
    broken_at(case, &case.claim_id).await
}

/// Where the chain of a claim does not hold.
pub async fn broken_at(case: &Case, claim_id: &str) -> Option<Break> {
    let store = case.house.constellation().store("claims").expect("it runs");
    let work = store.begin(case.house.tenant()).await.expect("a transaction");
    verify_account(&work, claim_id.parse().expect("an id")).await.expect("an answer")
}

/// Changes tables as somebody who owns the database can, around every trigger.
async fn tamper(case: &Case, backend: Backend, sql: &str) {
    match backend {
        Backend::Server => {
            let db = Database::connect(servers().0.url("owner")).await.expect("the owner");
            let schema = case.house.schema("claims");
            let sql = format!(
                "SET search_path TO {schema}; ALTER TABLE entry DISABLE TRIGGER USER; \
                 ALTER TABLE entry NO FORCE ROW LEVEL SECURITY; {sql}"
            );
            db.execute_unprepared(&sql).await.expect("the tampering");
            db.close().await.expect("closed");
        }
        Backend::Embedded => {
            let store = case.house.constellation().store("claims").expect("it runs");
            let work = store.begin(case.house.tenant()).await.expect("a transaction");
            for trigger in ["entry_no_update", "entry_no_delete", "entry_in_order"] {
                let sql = format!("DROP TRIGGER {trigger}");
                work.db().execute_unprepared(&sql).await.expect("the trigger");
            }
            work.db().execute_unprepared(sql).await.expect("the tampering");
            work.commit().await.expect("committed");
        }
    }
}

async fn refused(case: &Case, sql: &str) -> bool {
    let store = case.house.constellation().store("claims").expect("it runs");
    let work = store.begin(case.house.tenant()).await.expect("a transaction");
    let statement = Statement::from_string(work.db().get_database_backend(), sql);
    work.db().execute_raw(statement).await.is_err()
}

/// A copy of an entry with another place in the chain.
fn copied(sequence: &str, previous_hash: &str) -> String {
    format!(
        "INSERT INTO entry SELECT tenant_id, claim_id, {sequence}, 'entry_x', kind, subject, value_date, \
         amount, cause_id, norm, rule_version, inputs, formula, note, actor, booked_at, {previous_hash}, \
         'x' FROM entry WHERE sequence = 3"
    )
}

async fn legacy(store: &Store, tenant: TenantId, sql: &str) {
    let work = store.begin(tenant).await.expect("a transaction");
    work.db().execute_unprepared(sql).await.expect("a row");
    work.commit().await.expect("committed");
}

on_both_backends! {
    async fn a_whole_chain_holds_and_a_tampered_one_shows_where(backend: Backend) {
        for (sql, expected) in [
            ("UPDATE entry SET amount = amount + 1 WHERE sequence = 2", Break::Altered(2)),
            ("UPDATE entry SET norm = 'another' WHERE sequence = 1", Break::Altered(1)),
            ("UPDATE entry SET hash = previous_hash WHERE sequence = 3", Break::Altered(3)),
            ("UPDATE entry SET previous_hash = hash WHERE sequence = 3", Break::Detached(3)),
            ("DELETE FROM entry WHERE sequence = 2", Break::Missing(2)),
            ("DELETE FROM entry WHERE sequence = 4", Break::Cut),
            ("DELETE FROM entry WHERE sequence > 0", Break::Cut),
            (
                "UPDATE entry SET amount = 1, hash = '', previous_hash = '' WHERE sequence = 2",
                Break::Detached(3),
            ),
        ] {
            let case = case(backend).await;
            publish(&case, &received(&case, &payment_id(&case), 10_000)).await;
            case.house.settle().await;
            assert_eq!(verified(&case).await, None);
            tamper(&case, backend, sql).await;
            assert_eq!(verified(&case).await, Some(expected), "{sql}");
            case.house.stop().await;
        }
    }

    async fn the_tables_refuse_an_entry_out_of_its_place(backend: Backend) {
        let case = case(backend).await;
        let last = "(SELECT hash FROM entry WHERE sequence = 3)";
        assert!(refused(&case, &copied("3", "previous_hash")).await);
        assert!(refused(&case, &copied("5", last)).await);
        assert!(refused(&case, &copied("4", "previous_hash")).await);
        assert!(refused(&case, &copied("0", "''")).await);
        assert!(!refused(&case, &copied("4", last)).await);
        case.house.stop().await;
    }

    async fn accounts_from_before_the_chain_are_numbered_and_go_on(backend: Backend) {
        let clock = VirtualClock::new("2026-11-23T09:00:00Z".parse().expect("an instant"));
        let stores = Stores::new(backend, clock.clone());
        let before = stores.connect("claims", &MIGRATIONS[..1]).await;
        let tenant: TenantId = TenantId::generate(before.seeds(), clock.now());
        let sql = |id: &str, kind: &str, cents: i64| format!(
            "INSERT INTO entry VALUES ('{tenant}', 'claim_00000000000000000000000001', '{id}', '{kind}', \
             '2026-09-01', {cents}, NULL, 'norm', '', 'user:a', '2026-09-02 10:00:00+00:00')"
        );
        legacy(&before, tenant, &sql("entry_00000000000000000000000001", "principal", 1_000)).await;
        legacy(&before, tenant, &sql("entry_00000000000000000000000002", "cost", 200)).await;
        let claim = format!(
            "INSERT INTO claim VALUES ('{tenant}', 'claim_00000000000000000000000001', 'c', 'd', 'R-1', 'K', \
             's', NULL, NULL, '2026-09-01', NULL, TRUE, 'EUR', 1000, '{{}}', '{{}}', 'x', NULL, 'open', NULL, \
             FALSE, 1000, 200, '0', 0, NULL, 0, 0, 0, 0, 1, '2026-09-02 10:00:00+00:00')"
        );
        legacy(&before, tenant, &claim).await;
        let store = if backend == Backend::Server {
            stores.connect("claims", MIGRATIONS).await
        } else {
            let config = StoreConfig {
                url: "sqlite::memory:".into(),
                system_url: None,
                schema: String::new(),
                max_connections: 1,
                master_key: Arc::new(SecretBox::new(Box::new([7; 32]))),
            };
            before.migrate_embedded(&config, MIGRATIONS).await.expect("migrations apply");
            before
        };
        let work = store.begin(tenant).await.expect("a transaction");
        let claim_id = "claim_00000000000000000000000001".parse().expect("an id");
        assert_eq!(verify_account(&work, claim_id).await.expect("an answer"), None);
        let rows = work.db().query_all_raw(Statement::from_string(
            work.db().get_database_backend(),
            "SELECT sequence, kind FROM entry ORDER BY sequence",
        ));
        let rows: Vec<(i64, String)> = rows.await.expect("rows").iter()
            .map(|row| (row.try_get("", "sequence").expect("it"), row.try_get("", "kind").expect("it")))
            .collect();
        assert_eq!(rows, [(1, "principal".into()), (2, "cost".into())]);
    }
}
