use bytes::Bytes;
use chrono::{DateTime, Utc};
use kulanz_types::{EventId, TenantId};
use prost::Message;
use sea_orm::QueryResult;

use crate::HandlerError;
use kulanz_store::StoreError;

/// An event on its way: the attributes of CloudEvents 1.0 and our own.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The same however often the event is delivered (`id`).
    pub id: EventId,
    /// The service that published it (`source`).
    pub producer: String,
    /// The message's short name, `ClaimOpened` (`type` is the full one).
    pub kind: String,
    /// Whose event.
    pub tenant: TenantId,
    /// The aggregate it is about, such as a claim's id (`subject`).
    pub subject: String,
    /// What decides its partition: the debtor, else the creditor (`partitionkey`).
    pub partition_key: String,
    /// Grows with each event of the aggregate; consumers keep the highest where order matters.
    pub aggregate_version: i64,
    /// Business time (`time`).
    pub occurred_at: DateTime<Utc>,
    /// W3C context of the span that created it; empty where there was none.
    pub traceparent: String,
    /// The encoded `kulanz.events.v1` message (`data`).
    pub payload: Bytes,
}

/// Package of all event messages; `type` is this and the short name.
pub(crate) const PACKAGE: &str = "kulanz.events.v1";

impl Envelope {
    /// The message inside.
    pub fn decode<M: Message + Default>(&self) -> Result<M, HandlerError> {
        Ok(M::decode(self.payload.clone())?)
    }

    pub(crate) fn from_row(row: &QueryResult, producer: &str) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get::<String>("", "event_id")?.parse()?,
            producer: producer.to_owned(),
            kind: row.try_get("", "kind")?,
            tenant: row.try_get::<String>("", "tenant_id")?.parse()?,
            subject: row.try_get("", "subject")?,
            partition_key: row.try_get("", "partition_key")?,
            aggregate_version: row.try_get("", "aggregate_version")?,
            occurred_at: row.try_get("", "occurred_at")?,
            traceparent: row.try_get("", "traceparent")?,
            payload: row.try_get::<Vec<u8>>("", "payload")?.into(),
        })
    }

    /// The attributes as text.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("specversion", b"1.0".to_vec()),
            ("id", self.id.to_string().into_bytes()),
            ("source", format!("//{}.kulanz.dev", self.producer).into_bytes()),
            ("type", format!("{PACKAGE}.{}", self.kind).into_bytes()),
            ("subject", self.subject.clone().into_bytes()),
            ("time", self.occurred_at.to_rfc3339().into_bytes()),
            ("datacontenttype", b"application/protobuf".to_vec()),
            ("partitionkey", self.partition_key.clone().into_bytes()),
            ("traceparent", self.traceparent.clone().into_bytes()),
            ("tenant", self.tenant.to_string().into_bytes()),
            ("aggregateversion", self.aggregate_version.to_string().into_bytes()),
            ("data", self.payload.to_vec()),
        ]
    }

    /// Reads what [`Envelope::fields`] wrote; `None` where an attribute is missing or malformed.
    pub(crate) fn from_fields<'a>(get: impl Fn(&str) -> Option<&'a [u8]>) -> Option<Self> {
        let text = |name: &str| get(name).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let source = text("source")?.strip_prefix("//")?.strip_suffix(".kulanz.dev")?;
        let kind = text("type")?.strip_prefix(PACKAGE)?.strip_prefix('.')?;
        Some(Self {
            id: text("id")?.parse().ok()?,
            producer: source.to_owned(),
            kind: kind.to_owned(),
            tenant: text("tenant")?.parse().ok()?,
            subject: text("subject")?.to_owned(),
            partition_key: text("partitionkey")?.to_owned(),
            aggregate_version: text("aggregateversion")?.parse().ok()?,
            occurred_at: DateTime::parse_from_rfc3339(text("time")?).ok()?.to_utc(),
            traceparent: text("traceparent").unwrap_or_default().to_owned(),
            payload: Bytes::copy_from_slice(get("data")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use kulanz_types::Seeds;

    use super::*;

    #[test]
    fn an_envelope_survives_the_stream() {
        let (seeds, now) = (Seeds::fixed(7), DateTime::UNIX_EPOCH);
        let envelope = Envelope {
            id: EventId::generate(&seeds, now),
            producer: "claims".into(),
            kind: "ClaimOpened".into(),
            tenant: TenantId::generate(&seeds, now),
            subject: "claim_x".into(),
            partition_key: "debtor_x".into(),
            aggregate_version: 3,
            occurred_at: now,
            traceparent: String::new(),
            payload: Bytes::from_static(&[0, 255, 10, 13]),
        };
        let fields: HashMap<_, _> = envelope.fields().into_iter().collect();
        let read = Envelope::from_fields(|name| fields.get(name).map(Vec::as_slice));
        assert_eq!(read, Some(envelope));
    }
}
