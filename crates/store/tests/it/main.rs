//! What every service may rely on, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audit;
mod failures;
mod growth;
mod rows;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, Days};
use kulanz_store::{
    Begin, Due, DueHandler, DueItem, DueRunner, Migration, Store, StoreError, WorkFailure,
};
use kulanz_testkit::{Backend, Stores, on_both_backends, until_sessions};
use kulanz_types::{DebtorId, Seeds, TenantId, VirtualClock};
use prost::Message;
use sea_orm::{ConnectionTrait, Statement};

const NOTES: &[Migration] = &[Migration {
    name: "0001_note",
    sql: "CREATE TABLE note (\n tenant_id TEXT NOT NULL,\n text TEXT NOT NULL,\n secret BYTEA,\n \
          PRIMARY KEY (tenant_id, text)\n);",
}];

#[derive(Clone, PartialEq, Message)]
struct Reply {
    #[prost(int64, tag = "1")]
    number: i64,
}

struct Desk {
    store: Store,
    clock: VirtualClock,
    anna: TenantId,
    bert: TenantId,
}

async fn desk(backend: Backend) -> Desk {
    let clock = VirtualClock::new(DateTime::UNIX_EPOCH);
    let store = Stores::new(backend, clock.clone()).connect("claims", NOTES).await;
    let (seeds, now) = (Seeds::fixed(9), DateTime::UNIX_EPOCH);
    let (anna, bert) = (TenantId::generate(&seeds, now), TenantId::generate(&seeds, now));
    Desk { store, clock, anna, bert }
}

async fn run(work: &kulanz_store::Work, sql: &str) -> Result<u64, sea_orm::DbErr> {
    let backend = work.db().get_database_backend();
    let tenant = work.tenant().to_string();
    let statement = Statement::from_sql_and_values(backend, sql, [tenant.into()]);
    Ok(work.db().execute_raw(statement).await?.rows_affected())
}

const WRITE: &str = "INSERT INTO note (tenant_id, text) VALUES ($1, 'a')";
const REMOVE: &str = "DELETE FROM note WHERE tenant_id = $1";

on_both_backends! {
    async fn a_dropped_work_leaves_nothing_behind(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        run(&work, WRITE).await.unwrap();
        drop(work);
        let work = desk.store.begin(desk.anna).await.unwrap();
        assert_eq!(run(&work, REMOVE).await.unwrap(), 0);
    }

    async fn the_same_request_gets_the_same_reply_and_one_effect(backend: Backend) {
        let desk = desk(backend).await;
        let id = "5f0c7b8e-1111-4222-8333-444455556666";
        let begin = async |request: i64| {
            let body = Reply { number: request };
            desk.store.begin_write::<Reply>(desk.anna, "Note", id, &body).await
        };
        let Begin::Fresh(work) = begin(1).await.unwrap() else { panic!("nothing came before") };
        run(&work, WRITE).await.unwrap();
        work.finish(Reply { number: 42 }).await.unwrap();
        let Begin::Replayed(reply) = begin(1).await.unwrap() else { panic!("it came before") };
        assert_eq!(reply.number, 42);
        assert!(matches!(begin(2).await, Err(StoreError::RequestIdReused)));
        let empty = desk.store.begin_write::<Reply>(desk.anna, "Note", "", &reply).await;
        assert!(matches!(empty, Err(StoreError::RequestIdInvalid)));
    }

    async fn sealed_data_opens_only_where_it_was_sealed_and_never_after_erasure(backend: Backend) {
        let desk = desk(backend).await;
        let debtor = DebtorId::generate(&Seeds::fixed(4), DateTime::UNIX_EPOCH);
        let work = desk.store.begin(desk.anna).await.unwrap();
        let sealed = work.seal(debtor, "note.secret", "1", b"Erika").await.unwrap();
        assert!(!sealed.windows(5).any(|window| window == b"Erika"));
        let opened = work.open(debtor, "note.secret", "1", &sealed).await.unwrap();
        assert_eq!(opened.as_deref(), Some(b"Erika".as_slice()));
        let moved = work.open(debtor, "note.secret", "2", &sealed).await;
        assert!(matches!(moved, Err(StoreError::SealBroken { .. })));
        work.commit().await.unwrap();

        let work = desk.store.begin(desk.anna).await.unwrap();
        work.destroy_keys(debtor).await.unwrap();
        work.commit().await.unwrap();
        let work = desk.store.begin(desk.anna).await.unwrap();
        assert_eq!(work.open(debtor, "note.secret", "1", &sealed).await.unwrap(), None);
        let again = work.seal(debtor, "note.secret", "1", b"Erika").await;
        assert!(matches!(again, Err(StoreError::KeyDestroyed)));
    }

    async fn blind_indexes_find_equals_within_a_tenant_and_kind_only(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        let index = work.blind_index("email", "erika@example.org");
        assert_eq!(index, work.blind_index("email", "erika@example.org"));
        assert_ne!(index, work.blind_index("mobile", "erika@example.org"));
        drop(work);
        let other = desk.store.begin(desk.bert).await.unwrap();
        assert_ne!(index, other.blind_index("email", "erika@example.org"));
    }

    async fn due_work_is_done_once_its_time_has_come(backend: Backend) {
        let desk = desk(backend).await;
        let count = Arc::new(AtomicUsize::new(0));
        let handler = Arc::new(Counting { store: desk.store.clone(), count: Arc::clone(&count) });
        let runner = DueRunner::new(desk.store.clone(), &[handler], "test-0");
        let work = desk.store.begin(desk.anna).await.unwrap();
        let tomorrow = work.now() + Days::new(1);
        work.schedule(Due::new("count", "x", tomorrow)).await.unwrap();
        work.schedule(Due::new("count", "x", tomorrow)).await.unwrap();
        work.commit().await.unwrap();

        assert!(!runner.run_next().await.unwrap());
        let next = runner.next_due_after(DateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(next, Some(tomorrow));
        desk.clock.set(tomorrow);
        assert!(runner.run_next().await.unwrap());
        assert!(!runner.run_next().await.unwrap());
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    async fn work_is_leased_one_by_one_however_few_the_database_expects(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        work.schedule(Due::new("count", "later", work.now() + Days::new(1))).await.unwrap();
        work.commit().await.unwrap();
        // With one row in its statistics PostgreSQL compares every row with the few that it takes.
        desk.store.refresh_statistics().await.unwrap();
        let work = desk.store.begin(desk.anna).await.unwrap();
        for number in 0..40 {
            work.schedule(Due::new("count", number, work.now())).await.unwrap();
        }
        work.commit().await.unwrap();

        let count = Arc::new(AtomicUsize::new(0));
        let handler = Arc::new(Counting { store: desk.store.clone(), count: Arc::clone(&count) });
        let runner = DueRunner::new(desk.store.clone(), &[handler], "test-0");
        for number in 1..=40 {
            assert!(runner.run_next().await.unwrap());
            assert_eq!(count.load(Ordering::Relaxed), number);
        }
    }

    async fn work_scheduled_anew_while_it_runs_is_superseded(backend: Backend) {
        let desk = desk(backend).await;
        let schedule = async || {
            let work = desk.store.begin(desk.anna).await.unwrap();
            let due = Due::new("reentrant", "x", work.now());
            work.schedule(due).await.unwrap();
            work.commit().await.unwrap();
        };
        schedule().await;
        let count = Arc::new(AtomicUsize::new(0));
        let handler = Arc::new(Reentrant { store: desk.store.clone(), count: Arc::clone(&count) });
        let runner = DueRunner::new(desk.store.clone(), &[handler], "test-0");
        while runner.run_next().await.unwrap() {}
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}

struct Counting {
    store: Store,
    count: Arc<AtomicUsize>,
}

#[async_trait]
impl DueHandler for Counting {
    fn kinds(&self) -> &'static [&'static str] {
        &["count"]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let work = self.store.begin(item.tenant).await?;
        item.complete(&work).await?;
        work.commit().await?;
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Schedules itself anew from outside during its first run.
struct Reentrant {
    store: Store,
    count: Arc<AtomicUsize>,
}

#[async_trait]
impl DueHandler for Reentrant {
    fn kinds(&self) -> &'static [&'static str] {
        &["reentrant"]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        if self.count.fetch_add(1, Ordering::Relaxed) == 0 {
            let work = self.store.begin(item.tenant).await?;
            work.schedule(Due::new("reentrant", "x", work.now())).await?;
            work.commit().await?;
        }
        let work = self.store.begin(item.tenant).await?;
        match item.complete(&work).await {
            Err(StoreError::WorkSuperseded) => return Ok(()),
            other => other?,
        }
        Ok(work.commit().await?)
    }
}

#[tokio::test]
async fn two_transactions_that_make_a_key_at_once_seal_with_the_same() {
    let desk = desk(Backend::Server).await;
    let seeds = Seeds::fixed(4);
    let people = [(); 2].map(|()| DebtorId::generate(&seeds, DateTime::UNIX_EPOCH));
    let first = desk.store.begin(desk.anna).await.unwrap();
    let erika = first.seal(people[0], "note.secret", "1", b"Erika").await.unwrap();
    let (store, anna) = (desk.store.clone(), desk.anna);
    let mut second = tokio::spawn(async move {
        let work = store.begin(anna).await.unwrap();
        work.prepare_keys(&people).await.unwrap();
        let max = work.seal(people[0], "note.secret", "2", b"Max").await.unwrap();
        work.commit().await.unwrap();
        max
    });
    let waits = (1, "wait_event_type = 'Lock' AND query LIKE '%data_key%'");
    tokio::select! {
        () = until_sessions(&desk.store, anna, "the second to wait for a key", waits) => {}
        early = &mut second => panic!("it had to wait for the first: {early:?}"),
    }
    first.commit().await.unwrap();
    let max = second.await.unwrap();
    let work = desk.store.begin(desk.anna).await.unwrap();
    for (row, sealed, plain) in [("1", erika, &b"Erika"[..]), ("2", max, b"Max")] {
        let opened = work.open(people[0], "note.secret", row, &sealed).await.unwrap();
        assert_eq!(opened.as_deref(), Some(plain));
    }
}

#[tokio::test]
async fn postgres_hides_a_tenants_rows_even_from_a_query_without_a_filter() {
    let desk = desk(Backend::Server).await;
    let work = desk.store.begin(desk.anna).await.unwrap();
    run(&work, WRITE).await.unwrap();
    work.commit().await.unwrap();
    let other = desk.store.begin(desk.bert).await.unwrap();
    let count = Statement::from_string(other.db().get_database_backend(), "DELETE FROM note");
    assert_eq!(other.db().execute_raw(count).await.unwrap().rows_affected(), 0);
    let foreign = "INSERT INTO note (tenant_id, text) VALUES ('tenant_of_someone_else', 'a')";
    assert!(other.db().execute_unprepared(foreign).await.is_err());
}

#[tokio::test]
async fn postgres_forces_row_security_on_every_table_that_names_a_tenant() {
    let desk = desk(Backend::Server).await;
    let sql = "SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced \
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
               WHERE a.attname = 'tenant_id' AND c.relkind = 'r' \
               AND c.relnamespace = current_schema()::regnamespace";
    let system = desk.store.system();
    let statement = Statement::from_string(system.get_database_backend(), sql);
    let tables = system.query_all_raw(statement).await.unwrap();
    assert_eq!(tables.len(), 8, "the seven tables of every service and the note");
    for table in tables {
        let name: String = table.try_get("", "name").unwrap();
        assert!(table.try_get::<bool>("", "forced").unwrap(), "{name} is open");
    }
}
