//! What is held about a person, and its end.

use chrono::{DateTime, Utc};
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};

use super::assigned::{open, row_id};
use super::{preferences, record};
use crate::error::Error;
use crate::store::{assignment, erasure};

/// A record about a person.
pub struct Record {
    /// `assignment`, `feature` or `preference`.
    pub kind: &'static str,
    /// Its own id.
    pub id: String,
    /// Everything held, as a JSON object.
    pub json: String,
    /// Who supplied it.
    pub source: &'static str,
    /// When, where it is known.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Every assignment with the features behind it, every recorded feature, and the stated preferences.
pub async fn export(
    store: &Store,
    tenant: TenantId,
    debtor: DebtorId,
) -> Result<Vec<Record>, Error> {
    let work = store.begin(tenant).await?;
    let mut records = Vec::new();
    for row in assignment::history(&work, &debtor.to_string()).await? {
        let Some(found) = open(&work, row).await? else { continue };
        let json = serde_json::to_string(&found.content).unwrap_or_default();
        let recorded_at = Some(found.at);
        let id = row_id(debtor, found.version);
        records.push(Record { kind: "assignment", id, json, source: "kulanz", recorded_at });
    }
    for (name, value, recorded_at) in record::of_debtor(&work, debtor).await? {
        let json = serde_json::json!({ "feature": name, "value": value }).to_string();
        let recorded_at = Some(recorded_at);
        records.push(Record {
            kind: "feature",
            id: name,
            json,
            source: "integration",
            recorded_at,
        });
    }
    if let Some(stated) = preferences::find(&work, debtor).await? {
        let json = serde_json::to_string(&stated).unwrap_or_default();
        let id = debtor.to_string();
        records.push(Record { kind: "preference", id, json, source: "debtor", recorded_at: None });
    }
    Ok(records)
}

/// Destroys everything about the person. The destroyed key stays, so that no later news is kept.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    let id = debtor.to_string();
    work.forget_answers(std::slice::from_ref(&id)).await?;
    erasure::remove(work, &id).await?;
    Ok(work.destroy_keys(debtor).await?)
}
