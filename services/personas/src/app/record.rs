//! Features that others report.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kulanz_chassis::Violation;
use kulanz_store::{StoreError, Work};
use kulanz_types::DebtorId;

use super::assign;
use crate::domain::catalogue;
use crate::domain::registry::{Value, Values};
use crate::error::Error;
use crate::store::feature::{self, Model, VALUE, row_id};

/// A reported fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Whom it is about.
    pub debtor_id: DebtorId,
    /// The feature.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// When it was true.
    pub observed_at: DateTime<Utc>,
}

/// What became of a batch of facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Kept.
    pub kept: i64,
    /// Known already, or older than what is known.
    pub unchanged: i64,
}

/// Keeps the facts that are new and has their debtors looked at. A batch with a fact that the registry
/// does not allow is refused whole.
pub async fn record(work: &Work, facts: Vec<Fact>) -> Result<Recorded, Error> {
    check(&facts)?;
    let ids: Vec<String> = facts.iter().map(|fact| fact.debtor_id.to_string()).collect();
    let debtors: Vec<DebtorId> = facts.iter().map(|fact| fact.debtor_id).collect();
    work.prepare_keys(&debtors).await?;
    let mut known = HashMap::new();
    for row in feature::of_debtors(work, &ids).await? {
        let at = row.observed_at;
        if let Some((debtor, name, value)) = open(work, row).await? {
            known.insert((debtor, name), (at, value));
        }
    }
    let mut outcome = Recorded::default();
    for fact in facts {
        let key = (fact.debtor_id, fact.name.clone());
        let stale =
            |(at, value): &(DateTime<Utc>, Value)| *at > fact.observed_at || *value == fact.value;
        if known.get(&key).is_some_and(stale) {
            outcome.unchanged += 1;
            continue;
        }
        known.insert(key, (fact.observed_at, fact.value.clone()));
        put(work, fact).await?;
        outcome.kept += 1;
    }
    Ok(outcome)
}

fn check(facts: &[Fact]) -> Result<(), Error> {
    let flaw = |(position, fact): (usize, &Fact)| {
        let flaw = catalogue().registry.check(&fact.name, &fact.value).err()?;
        Some(Violation::new(format!("values[{position}].feature"), flaw.to_string()))
    };
    let violations: Vec<_> = facts.iter().enumerate().filter_map(flaw).collect();
    if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
}

async fn put(work: &Work, fact: Fact) -> Result<(), Error> {
    let debtor_id = fact.debtor_id.to_string();
    let id = row_id(&debtor_id, &fact.name);
    let row = Model {
        tenant_id: work.tenant().to_string(),
        value: work.seal_json(fact.debtor_id, VALUE, &id, &fact.value).await?,
        name: fact.name,
        observed_at: fact.observed_at,
        recorded_at: work.now(),
        debtor_id: debtor_id.clone(),
    };
    feature::put(work, row).await?;
    Ok(assign::soon(work, &debtor_id).await?)
}

async fn open(work: &Work, row: Model) -> Result<Option<(DebtorId, String, Value)>, Error> {
    let debtor: DebtorId = row.debtor_id.parse().map_err(StoreError::from)?;
    let id = row_id(&row.debtor_id, &row.name);
    let value = work.open_json(debtor, VALUE, &id, &row.value).await?;
    Ok(value.map(|value| (debtor, row.name, value)))
}

/// Everything recorded of one debtor, past its retention or not, and when.
pub async fn of_debtor(
    work: &Work,
    debtor: DebtorId,
) -> Result<Vec<(String, Value, DateTime<Utc>)>, Error> {
    let mut found = Vec::new();
    for row in feature::of_debtors(work, &[debtor.to_string()]).await? {
        let recorded_at = row.recorded_at;
        if let Some((_, name, value)) = open(work, row).await? {
            found.push((name, value, recorded_at));
        }
    }
    Ok(found)
}

/// What was recorded of these debtors and is not past its retention.
pub async fn recorded(work: &Work, ids: &[String]) -> Result<HashMap<DebtorId, Values>, Error> {
    let mut found: HashMap<DebtorId, Values> = HashMap::new();
    for row in feature::of_debtors(work, ids).await? {
        let retention = catalogue().registry.get(&row.name).map_or(0, |one| one.retention_days);
        if row.observed_at + chrono::Days::new(retention.into()) < work.now() {
            continue;
        }
        if let Some((debtor, name, value)) = open(work, row).await? {
            found.entry(debtor).or_default().insert(name, value);
        }
    }
    Ok(found)
}
