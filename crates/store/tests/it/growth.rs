//! What holds however large the tables become.

use chrono::DateTime;
use kulanz_store::{Migration, Store};
use kulanz_testkit::{Backend, Stores};
use kulanz_types::{Seeds, TenantId, VirtualClock};
use sea_orm::{ConnectionTrait, Statement};

const FILES: &[Migration] = &[Migration {
    name: "0001_file",
    sql: "CREATE TABLE file (\n tenant_id TEXT NOT NULL,\n file_id TEXT NOT NULL,\n \
          claim_id TEXT NOT NULL,\n PRIMARY KEY (tenant_id, file_id)\n);\n\
          CREATE INDEX file_claim ON file (tenant_id, claim_id);",
}];

/// The primary key has the rows in order already: without being told how large a tenant is, SQLite would
/// read all of its rows to spare itself the sort.
#[tokio::test]
async fn on_sqlite_a_row_is_sought_by_what_tells_it_apart_and_not_by_its_tenant() {
    let stores = Stores::new(Backend::Embedded, VirtualClock::new(DateTime::UNIX_EPOCH));
    let store = stores.connect("claims", FILES).await;
    let db = store.system();
    let plan = "EXPLAIN QUERY PLAN SELECT file_id FROM file \
                WHERE tenant_id = 't' AND claim_id IN ('c') ORDER BY file_id";
    let plan = db.query_all_raw(Statement::from_string(db.get_database_backend(), plan)).await;
    let steps: Vec<String> =
        plan.unwrap().iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    assert!(steps[0].contains("file_claim (tenant_id=? AND claim_id=?)"), "{steps:?}");
}

/// How many rows of a claim PostgreSQL expects.
async fn expected(store: &Store, tenant: TenantId, claim: &str) -> f64 {
    let work = store.begin(tenant).await.unwrap();
    let plan =
        format!("EXPLAIN SELECT * FROM file WHERE tenant_id = '{tenant}' AND claim_id = '{claim}'");
    let plan =
        work.db().query_one_raw(Statement::from_string(work.db().get_database_backend(), plan));
    let first: String = plan.await.unwrap().unwrap().try_get("", "QUERY PLAN").unwrap();
    let rows = first.split_once("rows=").unwrap().1;
    rows.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn postgresql_is_told_how_often_values_of_an_index_occur() {
    let now = DateTime::UNIX_EPOCH;
    let stores = Stores::new(Backend::Server, VirtualClock::new(now));
    let store = stores.connect("claims", FILES).await;
    let tenant = TenantId::generate(&Seeds::fixed(9), now);
    let work = store.begin(tenant).await.unwrap();
    let fill = format!(
        "INSERT INTO file SELECT '{tenant}', number::text, \
         CASE WHEN number = 1 THEN 'small' ELSE 'large' END FROM generate_series(1, 5000) AS number"
    );
    work.db().execute_unprepared(&fill).await.unwrap();
    work.commit().await.unwrap();
    assert!(expected(&store, tenant, "large").await < 500.0, "nobody told it");
    store.refresh_statistics().await.unwrap();
    assert!(expected(&store, tenant, "large").await > 4_500.0);
    assert!(expected(&store, tenant, "small").await < 10.0);
}
