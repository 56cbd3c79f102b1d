//! What `kulanz outbox` shows and does.

use kulanz_store::{Store, StoreError, retention};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{Envelope, HandlerError, log, outbox::query};
use chrono::{DateTime, Utc};

/// How an outbox stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Events not handed on yet.
    pub unsent: i64,
    /// Events handed on and still kept.
    pub sent: i64,
    /// Pieces of work that wait for their time.
    pub waiting: i64,
    /// Pieces of work that failed for good.
    pub dead_work: i64,
    /// Events this service could not handle.
    pub dead_letters: i64,
}

/// An event that could not be handled.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The event's id.
    pub event_id: String,
    /// Who published it.
    pub producer: String,
    /// The event's kind.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What the handler said last.
    pub error: String,
    /// The event itself.
    pub envelope: Envelope,
}

/// How the outbox, due work and dead letters of `store` stand.
pub async fn standing(store: &Store) -> Result<Standing, StoreError> {
    let count = async |sql: &str| -> Result<i64, StoreError> {
        let rows = query(store.system(), sql, []).await?;
        rows.first().map_or(Ok(0), |row| Ok(row.try_get("", "count")?))
    };
    Ok(Standing {
        unsent: count("SELECT COUNT(*) AS count FROM outbox WHERE sent_at IS NULL").await?
            + log::backlog(store).await?,
        sent: count("SELECT COUNT(*) AS count FROM outbox WHERE sent_at IS NOT NULL").await?,
        waiting: count("SELECT COUNT(*) AS count FROM due_work WHERE NOT dead").await?,
        dead_work: count("SELECT COUNT(*) AS count FROM due_work WHERE dead").await?,
        dead_letters: count("SELECT COUNT(*) AS count FROM dead_letter").await?,
    })
}

/// How many pieces of work are due now and not done.
pub async fn due_now(store: &Store) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM due_work WHERE NOT dead AND due_at <= $1";
    let rows = query(store.system(), sql, [store.clock().now().into()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get("", "count")?))
}

/// One event of this service's outbox.
pub async fn show(store: &Store, event_id: &str) -> Result<Option<Envelope>, StoreError> {
    let rows = query(store.system(), "SELECT * FROM outbox WHERE event_id = $1", [event_id.into()])
        .await?;
    if let Some(row) = rows.first() {
        return Envelope::from_row(row, store.service()).map(Some);
    }
    match event_id.parse() {
        Ok(id) => log::show(store, id).await,
        Err(_) => Ok(None),
    }
}

/// All events of this service in their order: those of its outbox, then those that its log tells.
pub async fn events(store: &Store) -> Result<Vec<Envelope>, StoreError> {
    let rows = query(store.system(), "SELECT * FROM outbox ORDER BY sequence", []).await?;
    let mut events = rows
        .iter()
        .map(|row| Envelope::from_row(row, store.service()))
        .collect::<Result<Vec<_>, _>>()?;
    events.extend(log::events(store).await?);
    Ok(events)
}

/// Hands every event since `since` (business time) on once more; consumers leave out what they have
/// handled. Returns how many.
pub async fn replay(store: &Store, since: DateTime<Utc>) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET sent_at = NULL WHERE occurred_at >= $1 AND sent_at IS NOT NULL";
    let statement =
        Statement::from_sql_and_values(store.system().get_database_backend(), sql, [since.into()]);
    let again = store.system().execute_raw(statement).await?.rows_affected();
    // Beyond that, handlers have forgotten what they handled.
    let known = since.max(store.clock().now() - retention::SENT);
    Ok(again + log::replay(store, known).await?)
}

/// The events this service could not handle, where no queue server keeps them.
pub async fn dead_letters(store: &Store) -> Result<Vec<DeadLetter>, StoreError> {
    let rows =
        query(store.system(), "SELECT * FROM dead_letter ORDER BY died_at, event_id", []).await?;
    rows.iter().map(dead_letter).collect()
}

/// Forgets a dead letter, after it was handled or given up.
pub async fn forget(store: &Store, event_id: &str) -> Result<(), StoreError> {
    query(
        store.system(),
        "DELETE FROM dead_letter WHERE event_id = $1 RETURNING event_id",
        [event_id.into()],
    )
    .await?;
    Ok(())
}

/// Puts dead work back to be done again at once; returns how many pieces.
pub async fn revive_work(store: &Store) -> Result<usize, StoreError> {
    let sql = "UPDATE due_work SET dead = FALSE, attempts = 0, failures = 0, retry_at = NULL, leased_until = NULL \
               WHERE dead RETURNING work_id";
    Ok(query(store.system(), sql, []).await?.len())
}

/// Puts an event that could not be handled away.
pub(crate) async fn bury(
    store: &Store,
    event: &Envelope,
    attempts: i64,
    error: &HandlerError,
) -> Result<(), StoreError> {
    let fields: Vec<(String, Vec<u8>)> =
        event.fields().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let encoded = fields
        .iter()
        .flat_map(|(name, value)| [name.as_bytes(), value.as_slice()])
        .flat_map(|part| {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
            length.into_iter().chain(part.iter().copied())
        })
        .collect::<Vec<u8>>();
    let values: [Value; 7] = [
        event.tenant.to_string().into(),
        event.id.to_string().into(),
        event.producer.clone().into(),
        encoded.into(),
        attempts.into(),
        error.to_string().into(),
        store.clock().now().into(),
    ];
    query(
        store.system(),
        "INSERT INTO dead_letter (tenant_id, event_id, producer, envelope, attempts, error, died_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, event_id) DO UPDATE SET \
         attempts = excluded.attempts, error = excluded.error, died_at = excluded.died_at \
         RETURNING event_id",
        values,
    )
    .await?;
    Ok(())
}

fn dead_letter(row: &QueryResult) -> Result<DeadLetter, StoreError> {
    let encoded: Vec<u8> = row.try_get("", "envelope")?;
    let parts = parts(&encoded);
    let get = |name: &str| {
        parts.chunks_exact(2).find(|pair| pair[0] == name.as_bytes()).map(|pair| pair[1])
    };
    let envelope = Envelope::from_fields(get)
        .ok_or(StoreError::Unreadable { what: "dead_letter.envelope" })?;
    Ok(DeadLetter {
        event_id: row.try_get("", "event_id")?,
        producer: row.try_get("", "producer")?,
        kind: envelope.kind.clone(),
        attempts: row.try_get("", "attempts")?,
        error: row.try_get("", "error")?,
        envelope,
    })
}

/// Splits what [`bury`] joined: each part behind its length in four bytes.
fn parts(mut encoded: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while let Some((length, rest)) = encoded.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((part, rest)) = rest.split_at_checked(length) else { break };
        out.push(part);
        encoded = rest;
    }
    out
}
