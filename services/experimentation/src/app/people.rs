//! What is held about a person, and its end.

use chrono::{DateTime, Utc};
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};
use serde_json::{Value, json};

use super::record::read;
use super::{analysis, attribute, sealed};
use crate::error::Error;
use crate::store::decision::{self, Filter, Model};
use crate::store::{contact, exposure, outcome};

/// A record about a person.
pub struct Record {
    /// `decision`, `contact`, `outcome` or `exposure`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Everything held, as a JSON object.
    pub json: String,
    /// Since when it is held.
    pub recorded_at: DateTime<Utc>,
}

/// Every decision about the person, with what was known of them, what was sent, and what came of it.
pub async fn export(
    store: &Store,
    tenant: TenantId,
    debtor: DebtorId,
) -> Result<Vec<Record>, Error> {
    let work = store.begin(tenant).await?;
    let filter = Filter { debtor_id: Some(debtor.to_string()), ..Filter::default() };
    let mut records = Vec::new();
    for row in decision::list(&work, &filter, None, u64::from(u32::MAX)).await? {
        records.push(record(&work, row).await?);
    }
    let id = debtor.to_string();
    for sent in contact::of_debtor(&work, &id).await? {
        let json = json!({ "message_id": sent.message_id, "decision_id": sent.decision_id });
        let (json, recorded_at) = (json.to_string(), sent.sent_at);
        records.push(Record { kind: "contact", id: sent.message_id, json, recorded_at });
    }
    for row in outcome::of_debtor(&work, &id).await? {
        let dues: Option<Value> =
            (!row.dues.is_empty()).then(|| serde_json::from_str(&row.dues)).transpose()?;
        let json = json!({
            "outcome_id": row.outcome_id,
            "kind": row.kind,
            "claim_id": row.claim_id,
            "about": row.about,
            "toward": row.toward,
            "dues": dues,
            "decision_id": row.decision_id,
            "amount": { "currency_code": row.currency, "minor_units": row.minor_units },
            "occurred_at": row.occurred_at,
        });
        let (json, recorded_at) = (json.to_string(), row.recorded_at);
        records.push(Record { kind: "outcome", id: row.outcome_id, json, recorded_at });
    }
    records.extend(exposure::of_debtor(&work, &id).await?.into_iter().map(exposed));
    Ok(records)
}

fn exposed(row: exposure::Model) -> Record {
    let json = json!({
        "experiment_id": row.experiment_id,
        "arm_key": row.arm,
        "exposed_at": row.exposed_at,
        "predicted_amount": row.covariate,
    });
    let (json, recorded_at) = (json.to_string(), row.exposed_at);
    Record { kind: "exposure", id: row.experiment_id, json, recorded_at }
}

async fn record(work: &Work, row: Model) -> Result<Record, Error> {
    let (logged, context) = read(&row, sealed::open(work, &row).await?)?;
    let json = json!({
        "decision_id": logged.decision_id,
        "policy_version": logged.policy_version,
        "context": context,
        "levels": logged.levels,
        "joint_propensity": logged.joint_propensity,
        "experiment_arm": logged.experiment_arm,
        "origin": logged.origin,
        "reasons": logged.reasons,
        "predicted": logged.predicted,
        "mask": logged.bounds.mask,
        "null_reason": logged.null_reason,
    });
    let (json, recorded_at) = (json.to_string(), row.decided_at);
    Ok(Record { kind: "decision", id: row.decision_id, json, recorded_at })
}

/// Destroys what was known of the person, and the grounds of what was decided about them. The log keeps what was
/// decided, under an id that leads to nobody any more; the policy forgets what it learned from them.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    attribute::take_turn(work).await?;
    // Before anything is looked for: who is about to note something of the person is waited for here, and whoever
    // comes later finds the key destroyed.
    work.destroy_keys(debtor).await?;
    work.forget_answers(&[debtor.to_string()]).await?;
    analysis::forget(work, &debtor.to_string()).await
}
