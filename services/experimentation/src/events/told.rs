//! The decision log as its own outbox: each row is the `DecisionMade` of its decision.

use kulanz_proto::events::v1::DecisionMade;
use kulanz_store::{EventLog, LoggedEvent, StoreError};
use kulanz_types::{DecisionId, EventId};
use prost::{Message as _, Name as _};
use sea_orm::{FromQueryResult as _, QueryResult};

use crate::app::ask::Logged;
use crate::app::record::logged;
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
    let unreadable = StoreError::Unreadable { what: "decision" };
    let decided = logged(&row).map_err(|_| unreadable)?;
    Ok(LoggedEvent {
        id: EventId::from_uuid(decision_id.uuid()),
        kind: DecisionMade::NAME,
        tenant: row.tenant_id.parse()?,
        subject: row.decision_id,
        partition_key: row.debtor_id,
        sequence: row.sequence,
        occurred_at: row.decided_at,
        payload: made(decided).encode_to_vec(),
    })
}

fn made(decided: Logged) -> DecisionMade {
    DecisionMade {
        decision_id: decided.decision_id,
        debtor_id: decided.debtor_id,
        policy_key: decided.policy_key,
        policy_version: decided.policy_version,
        null_action: decided.levels.is_none(),
        levels: decided.levels.unwrap_or_default().into_iter().collect(),
        joint_propensity: decided.joint_propensity,
        claim_ids: decided.claim_ids,
    }
}
