//! Work that is due at an instant of business time. Several replicas share it: a row is leased for a
//! while of machine time, run, and removed in the transaction of its effect.

mod runner;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kulanz_types::{Clock as _, SystemClock, TenantId, WorkId};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{Store, StoreError, Work};

pub use runner::DueRunner;

/// A piece of work to be done from `due_at` on. There is one per tenant, kind and key.
pub struct Due {
    kind: &'static str,
    key: String,
    at: DateTime<Utc>,
    payload: Vec<u8>,
}

impl Due {
    /// Work of `kind` about `key`, such as a debtor's id.
    pub fn new(kind: &'static str, key: impl ToString, due_at: DateTime<Utc>) -> Self {
        Self { kind, key: key.to_string(), at: due_at, payload: Vec::new() }
    }

    /// What the handler needs beyond the key. Not personal data.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.payload = payload.into();
        self
    }
}

/// A piece of due work in a handler's hands.
#[derive(Debug, Clone)]
pub struct DueItem {
    /// Changes whenever the work is scheduled anew.
    pub id: WorkId,
    /// Whose work.
    pub tenant: TenantId,
    /// What is to be done.
    pub kind: String,
    /// About what.
    pub key: String,
    /// When it fell due, in business time.
    pub due_at: DateTime<Utc>,
    /// What was given to [`Due::payload`].
    pub payload: Vec<u8>,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// How often it failed before for a reason that lasts.
    failures: i64,
}

/// Longer than most handlers take: after it, another replica may take the work over. A handler that
/// takes longer says so with [`DueItem::renew`].
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// Why a handler could not do its work. It is tried again with back-off: until it succeeds where the
/// cause passes by itself, else a few times before it is parked as dead.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct WorkFailure {
    reason: String,
    passing: bool,
}

impl WorkFailure {
    /// A failure that lies in the work itself, told without personal data.
    pub fn new(reason: impl ToString) -> Self {
        Self { reason: reason.to_string(), passing: false }
    }

    /// A failure that says nothing about the work: a database or a neighbour is away, or two
    /// transactions got in each other's way. Told without personal data.
    pub fn passing(reason: impl ToString) -> Self {
        Self { reason: reason.to_string(), passing: true }
    }

    /// Whether trying again may help without anyone's doing.
    pub const fn is_passing(&self) -> bool {
        self.passing
    }
}

impl From<StoreError> for WorkFailure {
    fn from(error: StoreError) -> Self {
        Self { passing: error.is_transient(), reason: error.to_string() }
    }
}

/// Does one or more kinds of due work. It may call other services as long as no `Work` is open; it
/// ends with [`DueItem::complete`] or [`DueItem::reschedule`] in the transaction of its effect.
#[async_trait]
pub trait DueHandler: Send + Sync {
    /// The kinds it does.
    fn kinds(&self) -> &'static [&'static str];

    /// Does one piece.
    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure>;
}

impl Work {
    /// Schedules work; one of the same kind and key is replaced.
    pub async fn schedule(&self, due: Due) -> Result<(), StoreError> {
        let id = WorkId::generate(self.seeds(), self.now());
        self.execute(
            "INSERT INTO due_work (tenant_id, kind, key, work_id, due_at, payload, attempts, \
             failures, dead) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, FALSE) ON CONFLICT (tenant_id, kind, key) DO UPDATE SET \
             work_id = excluded.work_id, due_at = excluded.due_at, payload = excluded.payload, \
             attempts = 0, failures = 0, dead = FALSE, leased_until = NULL, retry_at = NULL, last_error = NULL",
            [
                self.tenant().to_string().into(),
                due.kind.into(),
                due.key.into(),
                id.to_string().into(),
                due.at.into(),
                due.payload.into(),
            ],
        )
        .await?;
        Ok(())
    }

    /// Schedules work, unless one of the same kind and key is scheduled for then or earlier already; a parked
    /// one is taken up again. One that is in hand stays in hand: what finds nothing left to do must look again before it completes,
    /// under a lock that whoever calls this holds too.
    pub async fn schedule_by(&self, due: Due) -> Result<(), StoreError> {
        let (tenant, kind) = (self.tenant().to_string(), due.kind);
        let id = WorkId::generate(self.seeds(), self.now());
        let added = self.execute(
            "INSERT INTO due_work (tenant_id, kind, key, work_id, due_at, payload, attempts, \
             failures, dead) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, FALSE) \
             ON CONFLICT (tenant_id, kind, key) DO NOTHING",
            [
                tenant.clone().into(),
                kind.into(),
                due.key.clone().into(),
                id.to_string().into(),
                due.at.into(),
                due.payload.into(),
            ],
        );
        if added.await? == 0 {
            // Apart from the insert, so that the row is locked only where it changes.
            self.execute(
                "UPDATE due_work SET due_at = $4, failures = 0, dead = FALSE \
                 WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND (due_at > $4 OR dead)",
                [tenant.into(), kind.into(), due.key.into(), due.at.into()],
            )
            .await?;
        }
        Ok(())
    }

    /// Takes scheduled work back; whether there was any.
    pub async fn unschedule(&self, kind: &str, key: impl ToString) -> Result<bool, StoreError> {
        let removed = self
            .execute(
                "DELETE FROM due_work WHERE tenant_id = $1 AND kind = $2 AND key = $3",
                [self.tenant().to_string().into(), kind.into(), key.to_string().into()],
            )
            .await?;
        Ok(removed > 0)
    }
}

impl DueItem {
    /// Ends this piece of work, in the transaction of its effect.
    ///
    /// # Errors
    /// [`StoreError::WorkSuperseded`] where it was scheduled anew or another replica took it over
    /// meanwhile: the effect must be rolled back.
    pub async fn complete(&self, work: &Work) -> Result<(), StoreError> {
        let removed = work.execute(
            "DELETE FROM due_work WHERE tenant_id = $1 AND kind = $2 AND key = $3 \
             AND work_id = $4 AND attempts = $5",
            self.identity(),
        );
        held(removed.await?)
    }

    /// Puts this piece of work off to `due_at`, in the transaction of whatever else was done.
    ///
    /// # Errors
    /// As [`DueItem::complete`].
    pub async fn reschedule(&self, work: &Work, due_at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut values = self.identity().to_vec();
        values.push(due_at.into());
        let moved = work.execute(
            "UPDATE due_work SET due_at = $6, attempts = 0, failures = 0, leased_until = NULL, retry_at = NULL \
             WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND work_id = $4 AND attempts = $5",
            values,
        );
        held(moved.await?)
    }

    /// Keeps this piece of work in hand for another while of machine time, for a handler that takes
    /// long. No `Work` may be open.
    ///
    /// # Errors
    /// [`StoreError::WorkSuperseded`] as [`DueItem::complete`]: the handler should stop.
    pub async fn renew(&self, store: &Store) -> Result<(), StoreError> {
        let mut values = self.identity().to_vec();
        values.push((SystemClock.now() + LEASE).into());
        let db = store.system();
        let statement = Statement::from_sql_and_values(
            db.get_database_backend(),
            "UPDATE due_work SET leased_until = $6 \
             WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND work_id = $4 AND attempts = $5",
            values,
        );
        held(db.execute_raw(statement).await?.rows_affected())
    }

    fn identity(&self) -> [Value; 5] {
        [
            self.tenant.to_string().into(),
            self.kind.clone().into(),
            self.key.clone().into(),
            self.id.to_string().into(),
            self.attempts.into(),
        ]
    }

    fn from_row(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get::<String>("", "work_id")?.parse()?,
            tenant: row.try_get::<String>("", "tenant_id")?.parse()?,
            kind: row.try_get("", "kind")?,
            key: row.try_get("", "key")?,
            due_at: row.try_get("", "due_at")?,
            payload: row.try_get("", "payload")?,
            attempts: row.try_get("", "attempts")?,
            failures: row.try_get("", "failures")?,
        })
    }
}

fn held(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::WorkSuperseded) }
}
