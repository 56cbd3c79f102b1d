//! Outcomes that a caller reports, and the log as it is read.

use chrono::{DateTime, Utc};
use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::ask::Logged;
use super::attribute::{Happened, row};
use super::decide::logged;
use super::refresh;
use crate::domain::reward::OutcomeKind;
use crate::error::Error;
use crate::store::decision::{self, Filter};
use crate::store::outcome::{self, Model};

/// An outcome as reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Of the write.
    pub request_id: String,
    /// The decision it came of.
    pub decision_id: String,
    /// What happened.
    pub kind: OutcomeKind,
    /// Currency and minor units.
    pub amount: Option<(String, i64)>,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The claim, if it is about one.
    pub claim_id: String,
}

/// Books a reported outcome to its decision.
pub async fn record(work: &Work, report: Report) -> Result<Model, Error> {
    let id = &report.decision_id;
    let decision = decision::find(work, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
    if report.occurred_at < decision.decided_at {
        return Err(Error::OutcomeBeforeDecision(id.clone()));
    }
    let fact = Happened {
        source: format!("reported:{}", report.request_id),
        about: String::new(),
        debtor_id: decision.debtor_id,
        claim_id: report.claim_id,
        decision_id: Some(report.decision_id),
        kind: report.kind,
        amount: report.amount,
        occurred_at: report.occurred_at,
    };
    let booked = row(work, fact)?;
    outcome::insert(work, booked.clone()).await?;
    refresh::soon(work).await?;
    Ok(booked)
}

/// Decisions with what came of them.
pub type Page = Vec<(Logged, Vec<Model>)>;

/// Up to `limit` decisions after `cursor`.
pub async fn list(
    store: &Store,
    tenant: TenantId,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Page, Error> {
    let work = store.begin(tenant).await?;
    let rows = decision::list(&work, filter, cursor, limit).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.decision_id.clone()).collect();
    let outcomes = outcome::of_decisions(&work, &ids).await?;
    let of = |id: &str| {
        outcomes.iter().filter(|o| o.decision_id.as_deref() == Some(id)).cloned().collect()
    };
    rows.iter().map(|row| Ok((logged(row)?, of(&row.decision_id)))).collect()
}
