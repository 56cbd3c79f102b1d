//! A table that is its own outbox: a service that only ever adds rows to it, and tells each as an event,
//! need not write the event a second time.

use chrono::{DateTime, Utc};
use kulanz_types::{EventId, TenantId};
use sea_orm::QueryResult;

use crate::{Store, StoreError};

/// An append-only table whose rows are events. `sequence` numbers them through for each tenant, from 1; whoever
/// adds rows holds a lock of the tenant until the end of the transaction, so that they come into sight in
/// their order. On PostgreSQL the service's system role reads all three tables and writes the last.
#[derive(Debug, Clone, Copy)]
pub struct EventLog {
    /// The table: `tenant_id`, `sequence` and what the events are made of.
    pub table: &'static str,
    /// Its column of business time.
    pub occurred_at: &'static str,
    /// Its column that names a row, and the name of the row behind an event.
    pub key: (&'static str, fn(EventId) -> String),
    /// Where each tenant's rows end: `tenant_id`, `length`.
    pub ends: &'static str,
    /// Up to where each tenant's rows were handed on: `tenant_id`, `sequence`.
    pub carried: &'static str,
    /// What a row tells.
    pub event: fn(&QueryResult) -> Result<LoggedEvent, StoreError>,
}

/// A row as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The same whenever the row is read.
    pub id: EventId,
    /// The message's short name.
    pub kind: &'static str,
    /// Whose row.
    pub tenant: TenantId,
    /// What it is about.
    pub subject: String,
    /// What decides the partition.
    pub partition_key: String,
    /// Its place among the tenant's rows.
    pub sequence: i64,
    /// Business time.
    pub occurred_at: DateTime<Utc>,
    /// The encoded message.
    pub payload: Vec<u8>,
}

impl Store {
    /// Has the bus read events of this service from `log`, too, where it has one.
    pub fn read_events_from(&self, log: Option<EventLog>) {
        if let Some(log) = log {
            // A second call names the same table: there is one definition of a service.
            let _ = self.log_slot().set(log);
        }
    }

    /// The table that is read as an outbox, where the service has one.
    pub fn event_log(&self) -> Option<&EventLog> {
        self.log_slot().get()
    }
}
