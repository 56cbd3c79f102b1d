//! A `kulanz serve messaging` that is killed again and again in the middle of its transactions, on
//! PostgreSQL and Redis: nothing is lost, and nothing happens twice inside Kulanz.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use kulanz_chassis::{KeyRing, MasterKey, Role, auth::ISSUERS};
use kulanz_proto::claims::v1::ClaimState;
use kulanz_testkit::{Backend, House, servers};
use kulanz_tests::{Booking, ERIKA, MAX, World, calls, definitions};
use kulanz_types::Seeds;
use sqlx::{PgPool, Row as _};
use tempfile::TempDir;

/// Stops the writing transaction at its 1st, 3rd, 6th, 10th … write: growing gaps, so that what was
/// killed once gets further the next time.
const TRAP: &str = "
CREATE SEQUENCE {schema}.step;
CREATE FUNCTION {schema}.trap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE step BIGINT := nextval('{schema}.step');
BEGIN
    IF EXISTS (SELECT FROM generate_series(1, 60) n WHERE n * (n + 1) / 2 = step) THEN
        PERFORM pg_sleep(600);
    END IF;
    RETURN NULL;
END $$;
DO $$ DECLARE name TEXT; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' LOOP
        EXECUTE format('CREATE TRIGGER trap AFTER INSERT OR UPDATE OR DELETE ON {schema}.%I \
                        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.trap()', name);
    END LOOP;
END $$;";

/// `kulanz serve messaging`, restarted whenever it is killed.
struct Messaging {
    configuration: PathBuf,
    process: Mutex<Child>,
    kills: Mutex<u32>,
}

impl Messaging {
    fn start(folder: &Path, world: &World, address: SocketAddr) -> Self {
        let others = world.house.constellation().address();
        let inbox = free_port();
        let text = format!(
            "{}\n[grpc]\nlisten = \"{address}\"\n[inbox]\nlisten = \"{inbox}\"\n[services]\n\
             claims = \"http://{others}\"\npersonas = \"http://{others}\"\n\
             experimentation = \"http://{others}\"\npayments = \"http://{others}\"\n\
             messaging = \"http://{address}\"\n",
            world.house.configuration()
        );
        let configuration = folder.join("messaging.toml");
        std::fs::write(&configuration, text).unwrap();
        let process = Mutex::new(spawn(&configuration));
        Self { configuration, process, kills: Mutex::new(0) }
    }

    /// SIGKILL, then a new process.
    fn kill(&self) {
        let mut process = self.process.lock().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        *process = spawn(&self.configuration);
        *self.kills.lock().unwrap() += 1;
    }
}

impl Drop for Messaging {
    fn drop(&mut self) {
        let mut process = self.process.lock().unwrap();
        let _ = process.kill();
        let _ = process.wait();
    }
}

fn spawn(configuration: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_kulanz"))
        .args(["serve", "messaging", "--config"])
        .arg(configuration)
        .env("HOSTNAME", "messaging-0")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Kills messaging whenever one of its transactions sits in the trap; never ends by itself.
async fn kill_in_the_trap(messaging: &Messaging, pool: &PgPool, schema: &str) {
    let sql = "SELECT pid FROM pg_stat_activity \
               WHERE wait_event = 'PgSleep' AND application_name = $1";
    let application = format!("kulanz {schema}");
    // PostgreSQL ends the transaction of a killed process a moment later, when the next one may be in
    // the trap already.
    let mut killed = BTreeSet::new();
    loop {
        let caught: Vec<i32> =
            sqlx::query_scalar(sql).bind(&application).fetch_all(pool).await.unwrap();
        if caught.into_iter().filter(|pid| killed.insert(*pid)).count() > 0 {
            messaging.kill();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn world_without_messaging(keys: &Path) -> (World, SocketAddr) {
    let seeds = Seeds::fixed(6);
    KeyRing::load_or_generate(keys, &ISSUERS, &seeds).unwrap();
    MasterKey::load_or_generate(keys, &seeds).unwrap();
    let address = free_port();
    let builder = House::build(Backend::Server, &definitions())
        .settings(&format!("[auth]\nkeys = \"{}\"\n", keys.display()))
        .elsewhere("messaging", address);
    (World::found(builder).await, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_messaging_killed_at_every_step_of_the_walk_loses_and_doubles_nothing() {
    let folder = TempDir::new().unwrap();
    let (world, address) = world_without_messaging(folder.path()).await;
    let schema = world.house.schema("messaging");
    let pool = PgPool::connect(&servers().0.url("owner")).await.unwrap();
    let trap = TRAP.replace("{schema}", &schema);
    sqlx::raw_sql(sqlx::AssertSqlSafe(trap)).execute(&pool).await.unwrap();
    let messaging = Messaging::start(folder.path(), &world, address);
    tokio::select! {
        () = story(&world) => {}
        () = kill_in_the_trap(&messaging, &pool, &schema) => {}
    }
    let kills = *messaging.kills.lock().unwrap();
    assert!(kills >= 8, "killed only {kills} times, which shows nothing");
    assert_nothing_lost_or_doubled(&world, &pool, &schema).await;
}

/// Two people are written to; one pays in full; two weeks go by.
async fn story(world: &World) {
    let results = world.import(vec![ERIKA.to_import(), MAX.to_import()]).await;
    world.house.settle().await;
    for result in &results {
        calls::await_message(world, &result.debtor_id).await;
    }
    pay(world, &results[1].debtor_id, &results[1].claim_id).await;
    world.house.advance_days(14).await;
}

async fn pay(world: &World, debtor_id: &str, claim_id: &str) {
    let message = calls::await_message(world, debtor_id).await;
    let token = calls::link_token(&message);
    let session = calls::open_access(world, &token, MAX.birth_date).await.session_token;
    let transfer = calls::transfer_details(world, &session, claim_id).await;
    let cents = transfer.amount.unwrap().minor_units;
    let booking = Booking::transfer(1, cents, calls::today(world), &transfer.reference);
    let imported = calls::import_statement(world, "2026-001", &[booking]).await;
    assert_eq!(imported.matched_count, 1);
    world.house.settle().await;
    assert_eq!(calls::claim(world, claim_id).await.state(), ClaimState::Paid);
}

async fn assert_nothing_lost_or_doubled(world: &World, pool: &PgPool, schema: &str) {
    let count = async |sql: &str| -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.replace("{schema}", schema));
        sqlx::query(sql).fetch_one(pool).await.unwrap().get(0)
    };
    let sent = count("SELECT count(*) FROM {schema}.message WHERE state = 'sent'").await;
    let handed_over = count("SELECT count(*) FROM {schema}.inbox_entry").await;
    let told = count("SELECT count(*) FROM {schema}.outbox WHERE kind = 'MessageSent'").await;
    let subjects = "SELECT count(DISTINCT subject) FROM {schema}.outbox WHERE kind = 'MessageSent'";
    assert!(sent >= 2);
    assert_eq!((handed_over, told, count(subjects).await), (sent, sent, sent));
    let dead = "SELECT (SELECT count(*) FROM {schema}.due_work WHERE dead) \
                + (SELECT count(*) FROM {schema}.dead_letter)";
    assert_eq!(count(dead).await, 0);
    let request = world.ask(Role::Agent, kulanz_proto::claims::v1::ListClaimsRequest::default());
    let claims = world.house.clients().claims().list_claims(request).await.unwrap().into_inner();
    assert_eq!(claims.claims.len(), 2);
}
