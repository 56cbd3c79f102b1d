//! A portfolio through `ImportClaims`, beside a bare COPY of every row that claims ends up with.

use std::time::Instant;

use kulanz_claims::DEFINITION as CLAIMS;
use kulanz_proto::claims::v1::RowVerdict;
use kulanz_testkit::{Backend, House, servers};
use kulanz_tests::{World, rows};
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgPoolCopyExt as _};

use crate::pair::Pair;

const ROWS: usize = 20_000;
const ROUNDS: usize = 3;

pub async fn run() -> Pair {
    let mut pair = Pair::default();
    for _ in 0..ROUNDS {
        let builder = House::build(Backend::Server, &[CLAIMS]).without_background();
        let world = World::found(builder).await;
        let portfolio = rows(ROWS);
        let start = Instant::now();
        let results = world.import(portfolio).await;
        let ours = ROWS as f64 / start.elapsed().as_secs_f64();
        let taken = results.iter().filter(|row| row.verdict() == RowVerdict::Accepted).count();
        assert_eq!(taken, ROWS);
        let schema = world.house.schema("claims");
        world.house.stop().await;
        pair.round(ours, copy_everything(&schema).await);
    }
    pair
}

/// Copies each table of the schema into an empty one of the same shape and indexes; rows of the
/// portfolio per second of copying.
async fn copy_everything(schema: &str) -> f64 {
    let pool = sqlx::PgPool::connect(&servers().0.url("owner")).await.unwrap();
    let mut connection = PgConnection::connect(&servers().0.url("owner")).await.unwrap();
    let mut seconds = 0.0;
    for table in tables(&mut connection, schema).await {
        let bytes = copy_out(&pool, &format!("{schema}.{table}")).await;
        let make = format!("CREATE TABLE bench_copy (LIKE {schema}.{table} INCLUDING ALL)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
        let start = Instant::now();
        let mut copy = connection.copy_in_raw("COPY bench_copy FROM STDIN").await.unwrap();
        for chunk in bytes.chunks(1 << 16) {
            copy.send(chunk).await.unwrap();
        }
        copy.finish().await.unwrap();
        seconds += start.elapsed().as_secs_f64();
        sqlx::raw_sql("DROP TABLE bench_copy").execute(&mut connection).await.unwrap();
    }
    ROWS as f64 / seconds
}

async fn tables(connection: &mut PgConnection, schema: &str) -> Vec<String> {
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY 1";
    let rows = sqlx::query(sql).bind(schema).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn copy_out(pool: &sqlx::PgPool, table: &str) -> Vec<u8> {
    use futures::TryStreamExt as _;
    let statement = format!("COPY {table} TO STDOUT");
    let mut stream = pool.copy_out_raw(&statement).await.unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = stream.try_next().await.unwrap() {
        all.extend_from_slice(&chunk);
    }
    all
}
