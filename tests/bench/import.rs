//! A portfolio through `ImportClaims`, beside a bare COPY of every row that claims ends up with.
//!
//! The service is a process of its own, so that its memory can be read; its caller makes the rows while it
//! sends them.

use std::{
    io::{Read, Seek, Write},
    time::Instant,
};

use futures::TryStreamExt as _;
use kulanz_chassis::Role;
use kulanz_proto::claims::v1::{
    ImportClaimsRequest, ImportFinish, ImportHeader, NumberedRow, RowVerdict,
    import_claims_request::Part, import_claims_response::Part as Answer,
};
use kulanz_testkit::servers;
use kulanz_tests::{World, numbered_row};
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgPoolCopyExt as _};

use crate::{
    pair::Pair,
    process::Apart,
    table::{Goal, Row},
};

/// How many rows, unless `KULANZ_BENCH_ROWS` says otherwise.
const ROWS: usize = 1_000_000;
/// Up to so many rows a round is repeated: one is as good as its luck.
const SHORT: usize = 200_000;

/// Most memory that the service may take, in MB, however many rows come.
const MEMORY: f64 = 300.0;

pub async fn run() {
    let given = std::env::var("KULANZ_BENCH_ROWS").ok();
    let count = given.and_then(|text| text.parse().ok()).unwrap_or(ROWS);
    let (mut pair, mut peak) = (Pair::default(), 0);
    for _ in 0..if count > SHORT { 1 } else { 3 } {
        let apart = Apart::start().await;
        let start = Instant::now();
        assert_eq!(import(&apart.world, count).await, count);
        let ours = count as f64 / start.elapsed().as_secs_f64();
        println!("  {count} rows, peak memory of the service {} MB", apart.peak_megabytes());
        peak = peak.max(apart.peak_megabytes());
        let schema = apart.world.house.schema("claims");
        drop(apart);
        pair.round(ours, count as f64 / copy_everything(&schema).await);
    }
    pair.tell(&format!("import of {count} rows, rows/s, beside COPY of all it writes"), 0.35);
    let measure = format!("import of {count} rows, peak memory of the service, MB");
    let goal = Goal::AtMost(MEMORY);
    Row { measure: &measure, ours: peak as f64, beside: None, goal }.tell();
}

/// Imports so many rows; how many of them were accepted.
async fn import(world: &World, count: usize) -> usize {
    let header = ImportHeader {
        request_id: world.house.request_id(),
        creditor_id: world.creditor_id.clone(),
        source_name: "bench.csv".into(),
        dry_run: false,
        schema_version: 1,
    };
    let row = |number| {
        let row_number = i64::try_from(number).unwrap() + 2;
        Part::Row(NumberedRow { row_number, row: Some(numbered_row(number)) })
    };
    let parts = std::iter::once(Part::Header(header))
        .chain((0..count).map(row))
        .chain([Part::Finish(ImportFinish {})])
        .map(|part| ImportClaimsRequest { part: Some(part) });
    let request = world.ask(Role::Integration, futures::stream::iter(parts));
    let mut answers =
        world.house.clients().claims().import_claims(request).await.unwrap().into_inner();
    let mut accepted = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        if let Some(Answer::RowResult(result)) = answer.part {
            accepted += usize::from(result.verdict() == RowVerdict::Accepted);
        }
    }
    accepted
}

/// Copies each table of the schema into an empty one of the same shape and indexes; the seconds that the
/// copying took.
async fn copy_everything(schema: &str) -> f64 {
    let pool = sqlx::PgPool::connect(&servers().0.url("owner")).await.unwrap();
    let mut connection = PgConnection::connect(&servers().0.url("owner")).await.unwrap();
    let mut seconds = 0.0;
    for table in tables(&mut connection, schema).await {
        let mut rows = copy_out(&pool, &format!("{schema}.{table}")).await;
        let make = format!("CREATE TABLE bench_copy (LIKE {schema}.{table} INCLUDING ALL)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
        let start = Instant::now();
        let mut copy = connection.copy_in_raw("COPY bench_copy FROM STDIN").await.unwrap();
        let mut chunk = vec![0; 1 << 16];
        loop {
            let read = rows.read(&mut chunk).unwrap();
            if read == 0 {
                break;
            }
            copy.send(&chunk[..read]).await.unwrap();
        }
        copy.finish().await.unwrap();
        seconds += start.elapsed().as_secs_f64();
        sqlx::raw_sql("DROP TABLE bench_copy").execute(&mut connection).await.unwrap();
    }
    seconds
}

async fn tables(connection: &mut PgConnection, schema: &str) -> Vec<String> {
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY 1";
    let rows = sqlx::query(sql).bind(schema).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// A table's rows as COPY writes them, in a file: a million of them are more than memory should hold.
pub async fn copy_out(pool: &sqlx::PgPool, table: &str) -> std::fs::File {
    let statement = format!("COPY {table} TO STDOUT");
    let mut stream = pool.copy_out_raw(&statement).await.unwrap();
    let mut file = tempfile::tempfile().unwrap();
    while let Some(chunk) = stream.try_next().await.unwrap() {
        file.write_all(&chunk).unwrap();
    }
    file.rewind().unwrap();
    file
}
