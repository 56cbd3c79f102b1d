use std::time::Duration;

use kulanz_store::{Store, StoreError};
use redis::aio::MultiplexedConnection;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, TransactionTrait};
use tokio_util::sync::CancellationToken;

use super::{Queue, QueueError, trim};
use crate::{
    Envelope, log,
    outbox::{self, PARTITIONS, partition_of},
};

const BATCH: i64 = 500;
const POLL: Duration = Duration::from_millis(200);
const BACK_OFF: Duration = Duration::from_secs(1);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
const TRIM_EVERY: Duration = Duration::from_secs(30);

/// Carries one service's outbox to its streams. Any number may run: a partition is carried by one at a
/// time, under a lock that PostgreSQL drops with the transaction, or with the process.
pub struct Relay {
    store: Store,
    queue: Queue,
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<sea_orm::DbErr> for RelayError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Relay {
    /// A relay from `store` to `queue`.
    pub fn new(store: Store, queue: Queue) -> Self {
        Self { store, queue }
    }

    /// Relays until `stop`; while the queue server is away, rows wait in the outbox.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.relay_until(&stop).await {
                tracing::warn!(service = self.store.service(), %error, "relay the outbox");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(BACK_OFF) => {}
                }
            }
        }
    }

    async fn relay_until(&self, stop: &CancellationToken) -> Result<(), RelayError> {
        let mut connection = self.queue.connect(RESPONSE_TIMEOUT).await?;
        let mut trimmed = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            let mut moved = 0;
            for partition in 0..PARTITIONS {
                moved += self.relay_partition(partition, &mut connection).await?;
            }
            moved += self.relay_log(&mut connection).await?;
            if trimmed.elapsed() > TRIM_EVERY {
                trim::trim(&self.queue, self.store.service(), &mut connection).await?;
                trimmed = tokio::time::Instant::now();
            }
            if moved == 0 {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.store.signal().notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        Ok(())
    }

    async fn relay_partition(
        &self,
        partition: u32,
        connection: &mut MultiplexedConnection,
    ) -> Result<usize, RelayError> {
        let Some(transaction) = self.take(partition).await? else { return Ok(0) };
        let service = self.store.service();
        let pending = outbox::unsent(&transaction, service, Some(partition), BATCH).await?;
        if pending.is_empty() {
            return Ok(0);
        }
        let envelopes = pending.iter().map(|row| (partition, &row.envelope));
        self.append(envelopes, connection).await?;
        let sequences: Vec<_> = pending.iter().map(|row| row.sequence).collect();
        outbox::mark_sent(&transaction, &self.store, &sequences).await?;
        transaction.commit().await?;
        Ok(pending.len())
    }

    /// What the service's log tells, under a lock of its own.
    async fn relay_log(&self, connection: &mut MultiplexedConnection) -> Result<usize, RelayError> {
        if self.store.event_log().is_none() {
            return Ok(0);
        }
        let Some(transaction) = self.take(PARTITIONS).await? else { return Ok(0) };
        let events = log::unsent(&transaction, &self.store, BATCH).await?;
        if events.is_empty() {
            return Ok(0);
        }
        let placed = events.iter().map(|event| (partition_of(&event.partition_key), event));
        self.append(placed, connection).await?;
        log::mark_carried(&transaction, &self.store, &events).await?;
        transaction.commit().await?;
        Ok(events.len())
    }

    /// A transaction that holds the lock of `number`; `None` where another relay does.
    async fn take(&self, number: u32) -> Result<Option<DatabaseTransaction>, RelayError> {
        let transaction = self.store.system().begin().await?;
        let lock = Statement::from_sql_and_values(
            transaction.get_database_backend(),
            "SELECT pg_try_advisory_xact_lock(hashtext('relay ' || current_schema()), $1) AS held",
            [i32::try_from(number).unwrap_or(i32::MAX).into()],
        );
        let held = transaction.query_one_raw(lock).await?;
        let held = held.map_or(Ok(false), |row| row.try_get::<bool>("", "held"))?;
        Ok(held.then_some(transaction))
    }

    async fn append(
        &self,
        events: impl Iterator<Item = (u32, &Envelope)>,
        connection: &mut MultiplexedConnection,
    ) -> Result<(), QueueError> {
        let mut pipeline = redis::pipe();
        for (partition, envelope) in events {
            let stream = self.queue.stream(self.store.service(), partition);
            let command = pipeline.cmd("XADD").arg(stream).arg("*");
            for (name, value) in envelope.fields() {
                command.arg(name).arg(value);
            }
            command.ignore();
        }
        Ok(pipeline.query_async(connection).await?)
    }
}
