use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_types::{Clock as _, SystemClock};
use sea_orm::{ConnectionTrait, Statement, Value};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{DueHandler, DueItem, LEASE, WorkFailure};
use crate::{Backend, Store, StoreError};

/// After so many lasting failures a piece of work is parked until someone looks at it.
const MOST_FAILURES: i64 = 8;
/// The longest pause between two tries: work that waits for a database or a neighbour waits for as long
/// as they are away.
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(60);
/// How often the clock is looked at while nothing rings.
const POLL: Duration = Duration::from_millis(250);
/// How often records of the audit log are sealed, in machine time.
const SEAL: Duration = Duration::from_secs(1);
/// Pieces in hand at once.
const CONCURRENCY: usize = 16;

/// Runs the due work of one service.
#[derive(Clone)]
pub struct DueRunner {
    store: Store,
    handlers: HashMap<&'static str, Arc<dyn DueHandler>>,
    replica: String,
}

impl DueRunner {
    /// A runner of `handlers` over `store`, in the process called `replica`.
    pub fn new(store: Store, handlers: &[Arc<dyn DueHandler>], replica: &str) -> Self {
        let by_kind = handlers.iter().flat_map(|handler| {
            handler.kinds().iter().map(move |kind| (*kind, Arc::clone(handler)))
        });
        Self { store, handlers: by_kind.collect(), replica: replica.to_owned() }
    }

    /// Runs what is due, a few at a time, until `stop`; a slow piece holds up no other. What a process of
    /// the same name had in hand when it was killed is free again at once; what another had, when its
    /// lease ends.
    pub async fn run(self, stop: CancellationToken) {
        if let Err(error) = self.take_back().await {
            tracing::error!(service = self.store.service(), %error, "take leased work back");
        }
        let (mut running, mut tidied) = (JoinSet::new(), None::<Instant>);
        while !(stop.is_cancelled() && running.is_empty()) {
            if tidied.is_none_or(|at| at.elapsed() >= SEAL) && !stop.is_cancelled() {
                self.tidy_or_log().await;
                tidied = Some(Instant::now());
            }
            let free = CONCURRENCY - running.len();
            if free > 0 && !stop.is_cancelled() {
                let items = self.leased(free).await;
                let some = !items.is_empty();
                for item in items {
                    let runner = self.clone();
                    running.spawn(async move { runner.run_one(item).await });
                }
                if some {
                    continue;
                }
            }
            self.pause(&mut running, &stop).await;
        }
    }

    async fn tidy_or_log(&self) {
        if let Err(error) = self.tidy().await {
            tracing::error!(service = self.store.service(), %error, "tidy up");
        }
    }

    /// No more than is run at once: what is leased and waits for its turn loses its lease.
    async fn leased(&self, free: usize) -> Vec<DueItem> {
        let limit = i64::try_from(free).unwrap_or_default();
        self.lease(limit).await.unwrap_or_else(|error| {
            tracing::error!(service = self.store.service(), %error, "lease due work");
            Vec::new()
        })
    }

    /// Until something is done, rings or may have fallen due.
    async fn pause(&self, running: &mut JoinSet<()>, stop: &CancellationToken) {
        if running.len() == CONCURRENCY {
            drop(running.join_next().await);
        } else {
            tokio::select! {
                () = stop.cancelled(), if !stop.is_cancelled() => {}
                Some(_) = running.join_next() => {}
                () = self.store.signal().notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        while running.try_join_next().is_some() {}
    }

    /// Runs the one piece that is due first, if any is: for runs that repeat exactly.
    pub async fn run_next(&self) -> Result<bool, StoreError> {
        let items = self.lease(1).await?;
        Ok(self.run_in_order(items).await > 0)
    }

    /// Seals what the audit log has taken in and removes what is past its time. Whether it did anything.
    pub async fn tidy(&self) -> Result<bool, StoreError> {
        let (purged, sealed) = (self.store.purge_if_due().await?, self.store.seal_audits().await?);
        Ok(purged + sealed > 0)
    }

    /// When the next piece after `instant` falls due, in business time.
    pub async fn next_due_after(
        &self,
        instant: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let find = "SELECT MIN(due_at) AS due_at FROM due_work WHERE NOT dead AND due_at > $1";
        match self.query(find, [instant.into()]).await?.first() {
            Some(row) => Ok(row.try_get("", "due_at")?),
            None => Ok(None),
        }
    }

    async fn run_in_order(&self, items: Vec<DueItem>) -> usize {
        let count = items.len();
        for item in items {
            self.run_one(item).await;
        }
        count
    }

    async fn run_one(&self, item: DueItem) {
        let outcome = match self.handlers.get(item.kind.as_str()) {
            Some(handler) => handler.run(&item).await,
            None => Err(WorkFailure::new("no handler for this kind")),
        };
        let Err(failure) = outcome else { return };
        let (service, attempts) = (self.store.service(), item.attempts);
        tracing::warn!(service, kind = item.kind, attempts, %failure, "due work failed");
        if let Err(error) = self.put_back(&item, &failure).await {
            tracing::error!(service, kind = item.kind, %error, "put due work back");
        }
    }

    async fn put_back(&self, item: &DueItem, failure: &WorkFailure) -> Result<(), StoreError> {
        let failures = item.failures + i64::from(!failure.is_passing());
        let retry_at = SystemClock.now() + pause_after(item.attempts);
        let mut values = item.identity().to_vec();
        let dead = failures >= MOST_FAILURES;
        let reason = failure.to_string();
        values.extend([dead.into(), retry_at.into(), reason.into(), failures.into()]);
        self.query(
            "UPDATE due_work SET dead = $6, retry_at = $7, last_error = $8, failures = $9, \
             leased_until = NULL WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND work_id = $4 AND attempts = $5 \
             RETURNING work_id",
            values,
        )
        .await?;
        Ok(())
    }

    /// Frees what a process of the same name had in hand when it was killed.
    pub async fn take_back(&self) -> Result<(), StoreError> {
        let sql = "UPDATE due_work SET leased_until = NULL WHERE leased_by = $1 RETURNING work_id";
        self.query(sql, [self.replica.clone().into()]).await?;
        Ok(())
    }

    async fn lease(&self, limit: i64) -> Result<Vec<DueItem>, StoreError> {
        let machine = SystemClock.now();
        let lock = match self.store.backend() {
            Backend::Postgres => "FOR UPDATE SKIP LOCKED",
            Backend::Sqlite => "",
        };
        // PostgreSQL may run a subquery anew for each row that it is compared with, and with SKIP LOCKED
        // every run finds other rows: it keeps to the limit only where it is evaluated once.
        let sql = format!(
            "WITH next AS MATERIALIZED (SELECT tenant_id, kind, key FROM due_work \
             WHERE NOT dead AND due_at <= $2 AND (leased_until IS NULL OR leased_until < $3) \
             AND (retry_at IS NULL OR retry_at <= $3) ORDER BY due_at, work_id LIMIT {limit} {lock}) \
             UPDATE due_work SET leased_until = $1, leased_by = $4, attempts = attempts + 1 \
             WHERE (tenant_id, kind, key) IN (SELECT tenant_id, kind, key FROM next) RETURNING *"
        );
        let now = self.store.clock().now();
        let values: [Value; 4] =
            [(machine + LEASE).into(), now.into(), machine.into(), self.replica.clone().into()];
        let rows = self.query(&sql, values).await?;
        let mut items: Vec<_> = rows.iter().map(DueItem::from_row).collect::<Result<_, _>>()?;
        items.sort_by_key(|item| (item.due_at, item.id));
        Ok(items)
    }

    async fn query(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
        let db = self.store.system();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        Ok(db.query_all_raw(statement).await?)
    }
}

/// How long to wait after so many tries: twice as long each time, from a tenth of a second on.
fn pause_after(attempts: i64) -> TimeDelta {
    let exponent = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
    TimeDelta::milliseconds(50 * 2_i64.pow(exponent)).min(LONGEST_PAUSE)
}
