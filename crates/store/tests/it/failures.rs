//! Due work that fails, and due work that takes long.

use std::sync::Mutex;

use async_trait::async_trait;
use kulanz_store::{Due, DueHandler, DueItem, DueRunner, Store, StoreError, WorkFailure};
use kulanz_testkit::on_both_backends;
use sea_orm::{ConnectionTrait, Statement};

use crate::{Desk, desk};

/// Fails as told, from the first try on; then it succeeds.
struct Failing {
    store: Store,
    failures: Mutex<Vec<WorkFailure>>,
}

#[async_trait]
impl DueHandler for Failing {
    fn kinds(&self) -> &'static [&'static str] {
        &["failing"]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        if let Some(failure) = self.failures.lock().unwrap().pop() {
            return Err(failure);
        }
        let work = self.store.begin(item.tenant).await?;
        item.complete(&work).await?;
        Ok(work.commit().await?)
    }
}

fn of_both_kinds(passing: usize, lasting: usize) -> Vec<WorkFailure> {
    let passing = (0..passing).map(|_| WorkFailure::passing("a neighbour is away"));
    passing.chain((0..lasting).map(|_| WorkFailure::new("the work is wrong"))).collect()
}

async fn schedule(desk: &Desk, kind: &'static str) {
    let work = desk.store.begin(desk.anna).await.unwrap();
    work.schedule(Due::new(kind, "x", work.now())).await.unwrap();
    work.commit().await.unwrap();
}

/// Runs the work over and over, without the pauses between two tries, until it is done or parked.
async fn run_out(desk: &Desk, failures: Vec<WorkFailure>) -> i64 {
    let failing = Failing { store: desk.store.clone(), failures: failures.into() };
    let runner = DueRunner::new(desk.store.clone(), &[std::sync::Arc::new(failing)], "test-0");
    while runner.run_next().await.unwrap() {
        change(desk, "UPDATE due_work SET retry_at = NULL").await;
    }
    count(desk, "SELECT COUNT(*) AS count FROM due_work WHERE dead").await
}

async fn change(desk: &Desk, sql: &str) {
    desk.store.system().execute_unprepared(sql).await.unwrap();
}

async fn count(desk: &Desk, sql: &str) -> i64 {
    let backend = desk.store.system().get_database_backend();
    let found = desk.store.system().query_one_raw(Statement::from_string(backend, sql)).await;
    found.unwrap().unwrap().try_get("", "count").unwrap()
}

on_both_backends! {
    async fn work_that_waits_for_a_neighbour_is_never_given_up(backend: Backend) {
        let desk = desk(backend).await;
        schedule(&desk, "failing").await;
        assert_eq!(run_out(&desk, of_both_kinds(100, 7)).await, 0);
        assert_eq!(count(&desk, "SELECT COUNT(*) AS count FROM due_work").await, 0);
    }

    async fn work_that_fails_by_itself_is_parked_after_eight_tries(backend: Backend) {
        let desk = desk(backend).await;
        schedule(&desk, "failing").await;
        assert_eq!(run_out(&desk, of_both_kinds(20, 8)).await, 1);
        // Scheduled anew it is tried as if nothing had been.
        schedule(&desk, "failing").await;
        assert_eq!(run_out(&desk, of_both_kinds(0, 7)).await, 0);
    }

    async fn a_long_handler_keeps_its_work_until_it_is_taken_over(backend: Backend) {
        let desk = desk(backend).await;
        schedule(&desk, "long").await;
        let long = std::sync::Arc::new(Long(desk.store.clone()));
        let runner = DueRunner::new(desk.store.clone(), &[long], "test-0");
        assert!(runner.run_next().await.unwrap());
        assert_eq!(count(&desk, "SELECT COUNT(*) AS count FROM due_work").await, 0);
    }
}

/// Renews its lease when it has run out, and finds out when it was scheduled anew meanwhile.
struct Long(Store);

#[async_trait]
impl DueHandler for Long {
    fn kinds(&self) -> &'static [&'static str] {
        &["long"]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        if item.payload == b"anew" {
            let work = self.0.begin(item.tenant).await?;
            item.complete(&work).await?;
            return Ok(work.commit().await?);
        }
        let system = self.0.system();
        let expire = "UPDATE due_work SET leased_until = '2000-01-01T00:00:00+00:00'";
        system.execute_unprepared(expire).await.map_err(StoreError::from)?;
        let other = DueRunner::new(self.0.clone(), &[], "test-1");
        item.renew(&self.0).await?;
        assert!(!other.run_next().await?, "the work is in hand");
        let work = self.0.begin(item.tenant).await?;
        work.schedule(Due::new("long", "x", work.now()).payload(b"anew".to_vec())).await?;
        work.commit().await?;
        let superseded = item.renew(&self.0).await;
        assert!(matches!(superseded, Err(StoreError::WorkSuperseded)), "{superseded:?}");
        let again =
            DueRunner::new(self.0.clone(), &[std::sync::Arc::new(Self(self.0.clone()))], "b");
        assert!(again.run_next().await?);
        Ok(())
    }
}
