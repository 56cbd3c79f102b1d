//! What is held about a person, and its end.

use chrono::{DateTime, Utc};
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};

use super::assigned::open;
use super::preferences;
use crate::error::Error;
use crate::store::assignment;

/// A record about a person.
pub struct Record {
    /// `assignment` or `preference`.
    pub kind: &'static str,
    /// Everything held, as a JSON object.
    pub json: String,
    /// Who supplied it.
    pub source: &'static str,
    /// When, where it is known.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Every assignment with the features behind it, and the stated preferences.
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
        records.push(Record { kind: "assignment", json, source: "kulanz", recorded_at });
    }
    if let Some(stated) = preferences::find(&work, debtor).await? {
        let json = serde_json::to_string(&stated).unwrap_or_default();
        records.push(Record { kind: "preference", json, source: "debtor", recorded_at: None });
    }
    Ok(records)
}

/// Destroys everything that can be read about the person.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    Ok(work.destroy_keys(debtor).await?)
}
