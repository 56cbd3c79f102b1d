//! The decision log as its own outbox: each row is the `DecisionMade` of its decision.

use kulanz_proto::events::v1::DecisionMade;
use kulanz_store::{EventLog, LoggedEvent, StoreError};
use kulanz_types::{DecisionId, EventId};
use prost::{Message as _, Name as _};
use sea_orm::{FromQueryResult as _, QueryResult};

use crate::store::decision::Model;

/// Decisions as events.
pub const DECISIONS: EventLog = EventLog {
    table: "decision",
    occurred_at: "decided_at",
    key: ("decision_id", decision_of),
    ends: "decision_chain",
    carried: "decision_carried",
    event,
};

/// An event has the number of the decision that it tells of.
fn decision_of(event_id: EventId) -> String {
    DecisionId::from_uuid(event_id.uuid()).to_string()
}

fn event(row: &QueryResult) -> Result<LoggedEvent, StoreError> {
    let row = Model::from_query_result(row, "")?;
    let decision_id: DecisionId = row.decision_id.parse()?;
    let unreadable = |_| StoreError::Unreadable { what: "decision" };
    let payload = made(&row).map_err(unreadable)?.encode_to_vec();
    Ok(LoggedEvent {
        id: EventId::from_uuid(decision_id.uuid()),
        kind: DecisionMade::NAME,
        tenant: row.tenant_id.parse()?,
        subject: row.decision_id,
        partition_key: row.debtor_id,
        sequence: row.sequence,
        occurred_at: row.decided_at,
        payload,
    })
}

/// Only what stands in the columns: nobody has the person's key here.
fn made(row: &Model) -> serde_json::Result<DecisionMade> {
    Ok(DecisionMade {
        decision_id: row.decision_id.clone(),
        debtor_id: row.debtor_id.clone(),
        policy_key: row.policy_key.clone(),
        policy_version: row.policy_version.clone(),
        null_action: row.levels.is_none(),
        levels: row.levels.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default(),
        joint_propensity: row.joint_propensity,
        claim_ids: serde_json::from_str(&row.claim_ids)?,
    })
}
