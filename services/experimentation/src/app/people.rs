//! What is held about a person, and its end.

use chrono::{DateTime, Utc};
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};
use serde_json::{Value, json};

use super::ask::Context;
use super::refresh;
use crate::error::Error;
use crate::store::decision::{self, Filter, Model};

/// A record about a person.
pub struct Record {
    /// The decision.
    pub decision_id: String,
    /// Everything held, as a JSON object.
    pub json: String,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
}

/// Every decision about the person, with what was known of them.
pub async fn export(
    store: &Store,
    tenant: TenantId,
    debtor: DebtorId,
) -> Result<Vec<Record>, Error> {
    let work = store.begin(tenant).await?;
    let filter = Filter { debtor_id: Some(debtor.to_string()), ..Filter::default() };
    let mut records = Vec::new();
    for row in decision::list(&work, &filter, None, u64::from(u32::MAX)).await? {
        records.push(record(&work, debtor, row).await?);
    }
    Ok(records)
}

async fn record(work: &Work, debtor: DebtorId, row: Model) -> Result<Record, Error> {
    let (id, sealed) = (row.decision_id.as_str(), &row.context);
    let context: Option<Context> = work.open_json(debtor, "decision.context", id, sealed).await?;
    let levels: Option<Value> = row.levels.as_deref().map(serde_json::from_str).transpose()?;
    let json = json!({
        "decision_id": row.decision_id,
        "policy_version": row.policy_version,
        "context": context,
        "levels": levels,
        "joint_propensity": row.joint_propensity,
    });
    Ok(Record { json: json.to_string(), decision_id: row.decision_id, decided_at: row.decided_at })
}

/// Destroys what was known of the person. The log keeps what was decided, under an id that leads to
/// nobody any more; the policy forgets what it learned from them.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    work.destroy_keys(debtor).await?;
    refresh::soon(work).await
}
