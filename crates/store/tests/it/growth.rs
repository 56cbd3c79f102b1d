//! What holds however large the tables become.

use chrono::DateTime;
use kulanz_store::Migration;
use kulanz_testkit::{Backend, Stores};
use kulanz_types::VirtualClock;
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
