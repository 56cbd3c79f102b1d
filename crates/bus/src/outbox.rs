use kulanz_store::{Backend, Known, Rows, Store, StoreError, Work};
use kulanz_types::EventId;
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{Envelope, trace};

/// Streams per producer. Fixed: another number would send a debtor's events to another stream while the
/// old one still holds some.
pub const PARTITIONS: u32 = 4;

/// An event that is ready to be written into the outbox.
pub struct Outgoing {
    kind: &'static str,
    subject: String,
    partition_key: String,
    aggregate_version: i64,
    payload: Vec<u8>,
}

impl Outgoing {
    /// `subject` is the aggregate's id; `partition_key` the debtor's, or the creditor's where there is
    /// no debtor; `aggregate_version` grows with each event of the aggregate.
    pub fn new<M: Message + Name>(
        subject: impl ToString,
        partition_key: impl ToString,
        aggregate_version: i64,
        message: &M,
    ) -> Self {
        Self {
            kind: M::NAME,
            subject: subject.to_string(),
            partition_key: partition_key.to_string(),
            aggregate_version,
            payload: message.encode_to_vec(),
        }
    }

    fn values(self, work: &Work, id: EventId) -> [Value; COLUMNS.len()] {
        [
            work.tenant().to_string().into(),
            id.to_string().into(),
            self.kind.into(),
            self.subject.into(),
            i64::from(partition_of(&self.partition_key)).into(),
            self.partition_key.into(),
            self.aggregate_version.into(),
            work.now().into(),
            trace::current().into(),
            self.payload.into(),
        ]
    }
}

const COLUMNS: [&str; 10] = [
    "tenant_id",
    "event_id",
    "kind",
    "subject",
    "partition",
    "partition_key",
    "aggregate_version",
    "occurred_at",
    "traceparent",
    "payload",
];

/// Writes `message` into the outbox of `work`'s transaction: it is sent if and only if that commits.
///
/// `subject` is the aggregate's id; `partition_key` the debtor's, or the creditor's where there is no
/// debtor; `aggregate_version` grows with each event of the aggregate.
pub async fn publish<M: Message + Name>(
    work: &Work,
    subject: impl ToString,
    partition_key: impl ToString,
    aggregate_version: i64,
    message: &M,
) -> Result<EventId, StoreError> {
    let id = EventId::generate(work.seeds(), work.now());
    let event = Outgoing::new(subject, partition_key, aggregate_version, message);
    insert(work, event.values(work, id).to_vec()).await?;
    Ok(id)
}

/// Writes many events in their order, as [`publish`] does, at once.
pub async fn publish_all(work: &Work, events: Vec<Outgoing>) -> Result<(), StoreError> {
    let mut values = Vec::with_capacity(events.len() * COLUMNS.len());
    for event in events {
        values.extend(event.values(work, EventId::generate(work.seeds(), work.now())));
    }
    insert(work, values).await
}

async fn insert(work: &Work, values: Vec<Value>) -> Result<(), StoreError> {
    let known = Known::Refuse;
    work.insert_rows(Rows { table: "outbox", columns: &COLUMNS, values, known }).await?;
    Ok(())
}

/// FNV-1a, 32 bits: the same on every platform and version, which a stored partition needs.
pub(crate) fn partition_of(key: &str) -> u32 {
    let hash = key
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % PARTITIONS
}

/// An outbox row on its way out.
pub(crate) struct Pending {
    pub sequence: i64,
    pub envelope: Envelope,
}

impl Pending {
    fn from_row(row: &QueryResult, producer: &str) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.try_get("", "sequence")?,
            envelope: Envelope::from_row(row, producer)?,
        })
    }
}

/// The number of rows stands in the text: SQLite plans a statement anew whenever one is bound.
fn unsent_sql(filter: &str, limit: i64) -> String {
    format!("SELECT * FROM outbox WHERE sent_at IS NULL {filter} ORDER BY sequence LIMIT {limit}")
}

/// Up to `limit` unsent rows, of one partition or of all, in their order.
pub(crate) async fn unsent<C: ConnectionTrait>(
    db: &C,
    producer: &str,
    partition: Option<u32>,
    limit: i64,
) -> Result<Vec<Pending>, StoreError> {
    let filter = if partition.is_some() { "AND partition = $1" } else { "" };
    let values = partition.map(|number| Value::from(i64::from(number)));
    let rows = query(db, &unsent_sql(filter, limit), values).await?;
    rows.iter().map(|row| Pending::from_row(row, producer)).collect()
}

/// Marks rows as sent, at business time. They are one parameter, a JSON list, so that one statement serves
/// any number of them.
pub(crate) async fn mark_sent<C: ConnectionTrait>(
    db: &C,
    store: &Store,
    sequences: &[i64],
) -> Result<(), StoreError> {
    if sequences.is_empty() {
        return Ok(());
    }
    let among = match store.backend() {
        Backend::Postgres => "= ANY (ARRAY(SELECT json_array_elements_text($2::json)::bigint))",
        Backend::Sqlite => "IN (SELECT value FROM json_each($2))",
    };
    let sql = format!("UPDATE outbox SET sent_at = $1 WHERE sequence {among}");
    let list = serde_json::Value::from(sequences).to_string();
    let values = [store.clock().now().into(), list.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// The rows that a statement gives.
pub(crate) async fn query<C: ConnectionTrait>(
    db: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_all_raw(statement).await?)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use kulanz_testkit::{Backend, Stores};
    use kulanz_types::VirtualClock;

    use super::*;

    /// It is asked at every step of a constellation in one process.
    #[tokio::test]
    async fn on_sqlite_what_waits_is_found_without_reading_what_was_sent() {
        let stores = Stores::new(Backend::Embedded, VirtualClock::new(DateTime::UNIX_EPOCH));
        let store = stores.connect("claims", &[]).await;
        let db = store.system();
        let plan = format!("EXPLAIN QUERY PLAN {}", unsent_sql("", 500));
        let plan = db.query_all_raw(Statement::from_string(db.get_database_backend(), plan)).await;
        let steps: Vec<String> =
            plan.unwrap().iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert_eq!(steps, ["SCAN outbox USING INDEX outbox_waiting"]);
    }
}
