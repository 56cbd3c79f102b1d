//! Outcomes that a caller reports, and the log as it is read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_policy::Factor;
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};

use super::ask::Logged;
use super::attribute::{self, Happened, row};
use super::link::{VERSION, chained};
use super::record::read;
use super::sealed;
use crate::domain::known::Known;
use crate::domain::outcome::OutcomeKind;
use crate::error::Error;
use crate::store::decision::{self, Filter};
use crate::store::outcome::{self, Model};
use crate::store::space;

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
    attribute::take_turn(work).await?;
    let id = &report.decision_id;
    let decision = decision::find(work, id).await?.ok_or_else(|| Error::NotFound(id.clone()))?;
    if report.occurred_at < decision.decided_at {
        return Err(Error::OutcomeBeforeDecision(id.clone()));
    }
    let fact = Happened {
        source: format!("reported:{}", report.request_id),
        about: String::new(),
        toward: String::new(),
        dues: Vec::new(),
        debtor_id: decision.debtor_id,
        claim_id: report.claim_id,
        decision_id: Some(report.decision_id),
        kind: report.kind,
        amount: report.amount,
        occurred_at: report.occurred_at,
    };
    let booked = row(work, fact)?;
    outcome::insert(work, booked.clone()).await?;
    Ok(booked)
}

/// A decision with what was known, what could be done, and what came of it.
pub struct Entry {
    /// The decision.
    pub logged: Logged,
    /// What was known; `None` after the person was erased.
    pub known: Option<Known>,
    /// What could be done.
    pub factors: Vec<Factor>,
    /// What came of it so far, in order of time.
    pub outcomes: Vec<Model>,
    /// Which version of the chain its row is of.
    pub chain_version: i32,
    /// What enters the chain of it, as text; empty where that would tell of a person who was erased.
    pub chained: String,
}

/// Up to `limit` decisions after `cursor`.
pub async fn list(
    store: &Store,
    tenant: TenantId,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Entry>, Error> {
    let work = store.begin(tenant).await?;
    let rows = decision::list(&work, filter, cursor, limit).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.decision_id.clone()).collect();
    let mut outcomes: BTreeMap<String, Vec<Model>> = BTreeMap::new();
    for row in outcome::of_decisions(&work, &ids).await? {
        outcomes.entry(row.decision_id.clone().unwrap_or_default()).or_default().push(row);
    }
    let spaces = space::all(&work).await?;
    let debtors: Vec<DebtorId> = rows.iter().filter_map(|row| row.debtor_id.parse().ok()).collect();
    work.prepare_keys(&debtors).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let (logged, known) = read(&row, sealed::open(&work, &row).await?)?;
        // Rows of the first version hold the grounds in their columns.
        let tells = known.is_some() || row.chain_version >= VERSION;
        let chained = if tells { chained(&row)? } else { String::new() };
        let factors = spaces.iter().find(|space| space.space_hash == logged.bounds.space);
        let factors = factors.map(|space| serde_json::from_str(&space.factors)).transpose()?;
        entries.push(Entry {
            known,
            factors: factors.unwrap_or_default(),
            outcomes: outcomes.remove(&row.decision_id).unwrap_or_default(),
            chain_version: row.chain_version,
            chained,
            logged,
        });
    }
    Ok(entries)
}
