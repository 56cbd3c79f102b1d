//! An assignment as it is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, PersonaId, TenantId};
use serde::{Deserialize, Serialize};

use crate::domain::registry::Values;
use crate::domain::typology::Reason;
use crate::error::Error;
use crate::store::assignment::{self, Model};

/// The column as sealing names it.
pub const CONTENT: &str = "assignment.content";

/// What a model said about a debtor, and what it saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The likeliest persona.
    pub persona_id: PersonaId,
    /// Probability by persona key.
    pub probabilities: BTreeMap<String, f64>,
    /// Strongest first.
    pub reasons: Vec<Reason>,
    /// What the model saw.
    pub features: Values,
    /// The open claims.
    pub claim_ids: Vec<String>,
    /// Probability of any payment within 30 days.
    pub propensity: f64,
}

impl Content {
    /// Whether another look came to the same result. A claim that is a day older is no news.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let probabilities = self.probabilities.iter().zip(&other.probabilities);
        self.persona_id == other.persona_id
            && self.claim_ids == other.claim_ids
            && self.probabilities.len() == other.probabilities.len()
            && probabilities.into_iter().all(|((a, p), (b, q))| a == b && near(*p, *q))
            && near(self.propensity, other.propensity)
    }
}

/// A kept assignment.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// The person.
    pub debtor_id: DebtorId,
    /// Counts the person's assignments, from 1.
    pub version: i64,
    /// Version of the model.
    pub model_version: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What it said.
    pub content: Content,
}

/// The row as sealing names it.
pub fn row_id(debtor: DebtorId, version: i64) -> String {
    format!("{debtor}/{version}")
}

/// Opens a row; `None` after the person was erased.
pub async fn open(work: &Work, row: Model) -> Result<Option<Assigned>, Error> {
    let debtor_id: DebtorId = row.debtor_id.parse().map_err(kulanz_store::StoreError::from)?;
    let id = row_id(debtor_id, row.version);
    let content: Option<Content> = work.open_json(debtor_id, CONTENT, &id, &row.content).await?;
    Ok(content.map(|content| Assigned {
        debtor_id,
        version: row.version,
        model_version: row.model_version,
        at: row.assigned_at,
        content,
    }))
}

/// The assignment in force.
pub async fn in_force(
    store: &Store,
    tenant: TenantId,
    debtor: DebtorId,
) -> Result<Assigned, Error> {
    let work = store.begin(tenant).await?;
    let row = assignment::current(&work, &[debtor.to_string()]).await?.pop();
    let unknown = || Error::NotFound(debtor.to_string());
    open(&work, row.ok_or_else(unknown)?).await?.ok_or_else(unknown)
}
