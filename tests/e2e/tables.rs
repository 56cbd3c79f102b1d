//! Every row of every table, for comparing two runs or what a stranger left behind.

use std::collections::BTreeMap;

use kulanz_store::Store;
use kulanz_testkit::House;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

/// Rows by service and table, in a fixed order.
pub type Dump = BTreeMap<String, Vec<String>>;

/// All rows of all services that run in `house`. SQLite only: PostgreSQL shows a tenant's rows to nobody.
pub async fn dump(house: &House) -> Dump {
    let mut all = Dump::new();
    for store in house.constellation().stores() {
        for table in table_names(store).await {
            let rows = rows(store, &table).await;
            all.insert(format!("{}.{table}", store.service()), rows);
        }
    }
    all
}

async fn table_names(store: &Store) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
               AND name <> 'schema_migration' ORDER BY name";
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let found = store.system().query_all_raw(statement).await.unwrap();
    found.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

async fn rows(store: &Store, table: &str) -> Vec<String> {
    let pool = store.system().get_sqlite_connection_pool();
    let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"));
    let found = sqlx::query(sql).fetch_all(pool).await.unwrap();
    let mut rows: Vec<_> = found.iter().map(row_text).collect();
    rows.sort();
    rows
}

fn row_text(row: &sqlx::sqlite::SqliteRow) -> String {
    let cells = row.columns().iter().map(|column| {
        let value = row.try_get_raw(column.ordinal()).unwrap();
        let text = match value.type_info().name() {
            _ if value.is_null() => "NULL".to_owned(),
            "INTEGER" | "BOOLEAN" => row.get_unchecked::<i64, _>(column.ordinal()).to_string(),
            "REAL" => row.get_unchecked::<f64, _>(column.ordinal()).to_string(),
            "BLOB" => format!("{:02x?}", row.get_unchecked::<Vec<u8>, _>(column.ordinal())),
            _ => row.get_unchecked::<String, _>(column.ordinal()),
        };
        format!("{}={text}", column.name())
    });
    cells.collect::<Vec<_>>().join(" | ")
}
