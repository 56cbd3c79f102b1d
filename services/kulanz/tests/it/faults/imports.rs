//! A `kulanz serve claims`, on SQLite a `kulanz serve all`, that is killed inside the chunks of an import,
//! with the client of `kulanz import` at the other end.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpStream},
    path::Path,
};

use indicatif::ProgressBar;
use kulanz::import::{Counts, ImportRun, ReportWriter, Source};
use kulanz_bus::admin;
use kulanz_chassis::Role;
use kulanz_store::Store;
use kulanz_testkit::{Backend, House, on_both_backends, until};
use kulanz_tests::World;
use kulanz_types::berlin_date;
use sea_orm::{ConnectionTrait as _, Statement};
use tempfile::TempDir;

use crate::sample::{MAPPING, repeated, written};

use super::victim::{PostgresTrap, SqliteTrap, Victim, free_port, house_without};

/// How often the sample stands in the file, each time with other references: two chunks and a part of one.
const REPEATS: u64 = 12;

/// Tables that each chunk writes once, one of them at its beginning and one at its end.
const TABLES: &str = "tablename IN ('claim', 'state_change', 'import_row')";
/// Of each chunk's three writes: one in the first chunk, two in the second, one in the third.
const STEPS: &str = "step IN (2, 6, 9, 14)";
/// Lines of the file: one in the first chunk, two in the second, one in the third.
const LINES: [i64; 4] = [1_000, 2_500, 3_900, 4_100];

/// The cents that are left over when a person's costs are divided go to her claims in the order of their ids;
/// those of two processes in one virtual second have none. So costs are compared person by person.
const OWN_AMOUNT: &str = "CASE kind WHEN 'cost' THEN 0 ELSE amount END";

/// What is compared of what the import left, as far as no other service moves it on: columns, and the rows
/// of one tenant.
const PICTURE: [(&[&str], &str); 8] = [
    (
        &["state", "accepted", "unchanged", "warned", "rejected", "claims", "debtors", "last_row"],
        "import WHERE tenant_id",
    ),
    (&["row_number", "reference", "verdict", "problems"], "import_row WHERE tenant_id"),
    (
        &["reference", "principal", "terms", "facts", "interest_exact", "entry_count"],
        "claim WHERE tenant_id",
    ),
    (
        &["reference", "sequence", "kind", "subject", OWN_AMOUNT, "value_date", "inputs"],
        "entry JOIN claim USING (tenant_id, claim_id) WHERE entry.tenant_id",
    ),
    (
        &["reference", "from_state", "to_state", "state_change.version"],
        "state_change JOIN claim USING (tenant_id, claim_id)
             WHERE state_change.version = 1 AND state_change.tenant_id",
    ),
    (
        &["count(*)", "SUM(open_principal)", "SUM(open_costs)"],
        "claim GROUP BY tenant_id, debtor_id HAVING tenant_id",
    ),
    (&["customer_number"], "debtor_number WHERE tenant_id"),
    (&["kind"], "outbox WHERE kind IN ('ClaimOpened', 'DebtorUpdated') AND tenant_id"),
];

on_both_backends! {
    async fn an_import_killed_inside_its_chunks_ends_as_one_that_ran_through(backend: Backend) {
        let file = written(&repeated(REPEATS));
        let calm = World::found(House::build(backend, &[kulanz_claims::DEFINITION])).await;
        let expected = import(&calm, file.path()).await;
        calm.house.settle().await;

        let folder = TempDir::new().unwrap();
        let (world, mut claims) = apart(backend, folder.path()).await;
        let mut trap = Trap::lay(backend, &world, folder.path()).await;
        let counts = tokio::select! {
            counts = import(&world, file.path()) => counts,
            never = trap.kill_in_it(&mut claims) => match never {},
        };
        assert_eq!(claims.kills(), 4);
        assert_eq!(outcome(counts), outcome(expected));
        costs_are_charged(store(&world)).await;
        assert_eq!(picture(&world).await, picture(&calm).await);
        calm.house.stop().await;
    }
}

/// A world whose claims service is a process of its own.
async fn apart(backend: Backend, folder: &Path) -> (World, Victim) {
    let (address, services) = (free_port(), [kulanz_claims::DEFINITION]);
    let house = house_without("claims", address, folder, backend, &services).start().await;
    // SQLite serves one process only, with every service in it.
    let (part, pages) = match backend {
        Backend::Server => ("claims", String::new()),
        Backend::Embedded => {
            let listen = || format!("listen = \"{}\"\n", free_port());
            ("all", format!("[portal]\n{}[inbox]\n{}", listen(), listen()))
        }
    };
    let text = format!("{}\n[grpc]\nlisten = \"{address}\"\n{pages}", house.configuration());
    let claims = Victim::start(part, folder, &text);
    listening(address).await;
    (World::furnish(house).await, claims)
}

async fn listening(address: SocketAddr) {
    until("claims to listen", async || TcpStream::connect(address).ok()).await;
}

enum Trap {
    Postgres(PostgresTrap),
    Sqlite(SqliteTrap),
}

impl Trap {
    async fn lay(backend: Backend, world: &World, folder: &Path) -> Self {
        match backend {
            Backend::Server => {
                let schema = world.house.schema("claims");
                Self::Postgres(PostgresTrap::lay(&schema, TABLES, STEPS).await)
            }
            Backend::Embedded => {
                let (file, lines) = (folder.join("claims.db"), ("import_row", "row_number"));
                Self::Sqlite(SqliteTrap::lay(&file, lines, &LINES).await)
            }
        }
    }

    async fn kill_in_it(&mut self, victim: &mut Victim) -> Infallible {
        match self {
            Self::Postgres(trap) => trap.kill_in_it(victim).await,
            Self::Sqlite(trap) => trap.kill_in_it(victim).await,
        }
    }
}

/// Imports a file as `kulanz import` does, which opens a broken stream again.
async fn import(world: &World, file: &Path) -> Counts {
    let source = Source::open(file, MAPPING, Some(berlin_date(world.house.now()))).unwrap();
    let creditor = world.creditor_id.parse().unwrap();
    let run = ImportRun { source: &source, creditor, dry_run: false, names_debtors: false };
    let report = ReportWriter::new(std::io::sink()).unwrap();
    let token = world.house.token_of(world.tenant, Role::Integration);
    let client = world.house.clients().claims();
    run.send(client, &token, report, &ProgressBar::hidden()).await.unwrap().counts
}

/// What does not depend on which answers came through before a break.
fn outcome(Counts { rows, claims, debtors, merged, .. }: Counts) -> [u64; 4] {
    [rows, claims, debtors, merged]
}

/// Costs are charged by due work after the import.
async fn costs_are_charged(store: &Store) {
    until("the costs to be charged", async || {
        (admin::due_now(store).await.unwrap() == 0).then_some(())
    })
    .await;
}

fn store(world: &World) -> &Store {
    world.house.stores().next().unwrap()
}

/// What claims holds of a tenant, but for ids and times.
async fn picture(world: &World) -> Vec<String> {
    let work = store(world).begin(world.tenant).await.unwrap();
    let mut picture = Vec::new();
    for (columns, tables) in PICTURE {
        let line: Vec<String> =
            columns.iter().map(|column| format!("COALESCE(CAST({column} AS TEXT), '')")).collect();
        let line = line.join(" || ' ' || ");
        let sql = format!("SELECT {line} AS line FROM {tables} = $1 ORDER BY line");
        let values = [world.tenant.to_string().into()];
        let backend = work.db().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = work.db().query_all_raw(statement).await.unwrap();
        assert!(!rows.is_empty(), "nothing in {tables}");
        picture.extend(rows.iter().map(|row| row.try_get::<String>("", "line").unwrap()));
    }
    picture
}
