//! Events that a service's own log tells: read in the order of its rows, and handed on up to a mark.

use chrono::{DateTime, Utc};
use kulanz_store::{EventLog, LoggedEvent, Store, StoreError};
use kulanz_types::EventId;
use sea_orm::{ConnectionTrait, Statement};

use crate::{Envelope, outbox::query};

/// Up to `limit` events of each tenant that were not handed on, in the order of the rows.
pub(crate) async fn unsent<C: ConnectionTrait>(
    db: &C,
    store: &Store,
    limit: i64,
) -> Result<Vec<Envelope>, StoreError> {
    let Some(log) = store.event_log() else { return Ok(Vec::new()) };
    let EventLog { table, ends, carried, .. } = log;
    let behind = format!(
        "SELECT ends.tenant_id, COALESCE(carried.sequence, 0) AS sequence FROM {ends} AS ends \
         LEFT JOIN {carried} AS carried ON carried.tenant_id = ends.tenant_id \
         WHERE ends.length > COALESCE(carried.sequence, 0) ORDER BY ends.tenant_id"
    );
    let next = format!(
        "SELECT * FROM {table} WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT {limit}"
    );
    let mut events = Vec::new();
    for tenant in query(db, &behind, []).await? {
        let (id, sequence): (String, i64) =
            (tenant.try_get("", "tenant_id")?, tenant.try_get("", "sequence")?);
        let rows = query(db, &next, [id.into(), sequence.into()]).await?;
        for row in &rows {
            events.push(envelope((log.event)(row)?, store.service()));
        }
    }
    Ok(events)
}

fn envelope(event: LoggedEvent, producer: &str) -> Envelope {
    Envelope {
        id: event.id,
        producer: producer.to_owned(),
        kind: event.kind.to_owned(),
        tenant: event.tenant,
        subject: event.subject,
        partition_key: event.partition_key,
        aggregate_version: event.sequence,
        occurred_at: event.occurred_at,
        traceparent: String::new(),
        payload: event.payload.into(),
    }
}

/// Notes that everything up to these events was handed on, whose versions are their places in the log.
pub(crate) async fn mark_carried<C: ConnectionTrait>(
    db: &C,
    store: &Store,
    events: &[Envelope],
) -> Result<(), StoreError> {
    let Some(log) = store.event_log() else { return Ok(()) };
    let of_tenants = events.chunk_by(|a, b| a.tenant == b.tenant);
    for last in of_tenants.filter_map(<[Envelope]>::last) {
        move_mark(db, log, &last.tenant.to_string(), last.aggregate_version).await?;
    }
    Ok(())
}

async fn move_mark<C: ConnectionTrait>(
    db: &C,
    log: &EventLog,
    tenant: &str,
    sequence: i64,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO {} (tenant_id, sequence) VALUES ($1, $2) \
         ON CONFLICT (tenant_id) DO UPDATE SET sequence = excluded.sequence",
        log.carried
    );
    let values = [tenant.into(), sequence.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// How many events were not handed on.
pub(crate) async fn backlog(store: &Store) -> Result<i64, StoreError> {
    let Some(EventLog { ends, carried, .. }) = store.event_log() else { return Ok(0) };
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(ends.length - COALESCE(carried.sequence, 0)), 0) AS BIGINT) AS count \
         FROM {ends} AS ends LEFT JOIN {carried} AS carried ON carried.tenant_id = ends.tenant_id"
    );
    let rows = query(store.system(), &sql, []).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get("", "count")?))
}

/// The event of this id.
pub(crate) async fn show(store: &Store, event_id: EventId) -> Result<Option<Envelope>, StoreError> {
    let Some(log) = store.event_log() else { return Ok(None) };
    let (column, key) = log.key;
    let sql = format!("SELECT * FROM {} WHERE {column} = $1", log.table);
    let rows = query(store.system(), &sql, [key(event_id).into()]).await?;
    rows.first().map(|row| Ok(envelope((log.event)(row)?, store.service()))).transpose()
}

/// All events of the log, tenant by tenant in their order.
pub(crate) async fn events(store: &Store) -> Result<Vec<Envelope>, StoreError> {
    let Some(log) = store.event_log() else { return Ok(Vec::new()) };
    let sql = format!("SELECT * FROM {} ORDER BY tenant_id, sequence", log.table);
    let rows = query(store.system(), &sql, []).await?;
    rows.iter().map(|row| Ok(envelope((log.event)(row)?, store.service()))).collect()
}

/// Moves the marks back before the first event since `since`; how many events will be handed on again.
pub(crate) async fn replay(store: &Store, since: DateTime<Utc>) -> Result<u64, StoreError> {
    let Some(log) = store.event_log() else { return Ok(0) };
    let EventLog { table, occurred_at, carried, .. } = log;
    let sql = format!(
        "SELECT carried.tenant_id, carried.sequence, MIN(log.sequence) AS first \
         FROM {carried} AS carried JOIN {table} AS log ON log.tenant_id = carried.tenant_id \
         WHERE log.{occurred_at} >= $1 AND log.sequence <= carried.sequence \
         GROUP BY carried.tenant_id, carried.sequence"
    );
    let mut again = 0;
    for row in query(store.system(), &sql, [since.into()]).await? {
        let tenant: String = row.try_get("", "tenant_id")?;
        let (last, first): (i64, i64) = (row.try_get("", "sequence")?, row.try_get("", "first")?);
        move_mark(store.system(), log, &tenant, first - 1).await?;
        again += u64::try_from(last + 1 - first).unwrap_or(0);
    }
    Ok(again)
}
