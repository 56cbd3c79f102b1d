//! The policy learns: everything that was carried out and what came of it make the next version.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DurationRound, TimeDelta};
use kulanz_store::{Due, DueHandler, DueItem, Store, StoreError, Work, WorkFailure};
use kulanz_types::{DebtorId, TenantId};

use super::ask::{Context, DEFAULT_POLICY};
use super::attribute::kind_of;
use super::policies::{Live, live, succeed};
use crate::domain::policy::{Contact, Policy, Statistics};
use crate::domain::reward::{Event, reward};
use crate::error::Error;
use crate::store::{contact, decision, outcome};

/// Due work of learning.
pub const REFRESH: &str = "refresh_policy";

/// How long news wait at most before the policy knows them.
const INTERVAL: TimeDelta = TimeDelta::minutes(5);

/// Decisions read at a time.
const BATCH: u64 = 500;

/// Lets the policy learn at the end of the running interval. All news of an interval name the same
/// instant: a steady stream of them cannot put it off for ever.
pub async fn soon(work: &Work) -> Result<(), Error> {
    let due_at = work.now().duration_trunc(INTERVAL).unwrap_or(work.now()) + INTERVAL;
    Ok(work.schedule(Due::new(REFRESH, DEFAULT_POLICY, due_at)).await?)
}

/// Runs [`REFRESH`].
pub struct Refresh {
    /// This service's database.
    pub store: Store,
}

#[async_trait]
impl DueHandler for Refresh {
    fn kinds(&self) -> &'static [&'static str] {
        &[REFRESH]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        refresh(&self.store, item.tenant, &item.key).await?;
        // News that came meanwhile have scheduled it anew: that run will see them.
        let work = self.store.begin(item.tenant).await?;
        match item.complete(&work).await {
            Ok(()) => Ok(work.commit().await?),
            Err(StoreError::WorkSuperseded) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes the next version from the whole log, if it differs from the one in use. Counting everything
/// anew makes a reversal or an erasure the same as if the fact had never been.
pub async fn refresh(store: &Store, tenant: TenantId, key: &str) -> Result<(), Error> {
    let work = store.begin(tenant).await?;
    let before = live(&work, key).await?;
    let statistics = learn(&work, key).await?;
    let next = Policy { statistics, ..before.policy.clone() };
    if !before.version.ends_with(&next.version()?) {
        put(&work, key, &before, &next).await?;
    }
    work.commit().await?;
    Ok(())
}

async fn put(work: &Work, key: &str, before: &Live, next: &Policy) -> Result<(), Error> {
    succeed(work, key, before, next).await?;
    tracing::info!(policy = key, trials = next.statistics.total.trials, "policy learned");
    Ok(())
}

async fn learn(work: &Work, key: &str) -> Result<Statistics, Error> {
    let mut statistics = Statistics::default();
    let mut cursor = String::new();
    loop {
        let ids = contact::decisions_carried_out(work, &cursor, BATCH).await?;
        let Some(last) = ids.last() else { return Ok(statistics) };
        cursor.clone_from(last);
        for contact in contacts(work, key, &ids).await? {
            statistics.learn(&contact);
        }
    }
}

/// The contacts of these decisions in the order of their ids. People whose data was erased are left
/// out: nothing of them is learned any more.
async fn contacts(work: &Work, key: &str, ids: &[String]) -> Result<Vec<Contact>, Error> {
    let mut rows = decision::find_all(work, ids).await?;
    rows.retain(|row| row.policy_key == key);
    rows.sort_by(|a, b| a.decision_id.cmp(&b.decision_id));
    let debtors: Vec<DebtorId> = rows
        .iter()
        .map(|row| row.debtor_id.parse())
        .collect::<Result<_, _>>()
        .map_err(StoreError::from)?;
    work.prepare_keys(&debtors).await?;
    let rewards = rewards(work, ids).await?;
    let mut contacts = Vec::with_capacity(rows.len());
    for (row, debtor) in rows.iter().zip(debtors) {
        let Some(levels) = &row.levels else { continue };
        let opened =
            work.open_json::<Context>(debtor, "decision.context", &row.decision_id, &row.context);
        let Some(context) = opened.await? else { continue };
        contacts.push(Contact {
            levels: serde_json::from_str(levels)?,
            segments: context.personas,
            reward: rewards.get(&row.decision_id).copied().unwrap_or(0.0),
        });
    }
    Ok(contacts)
}

async fn rewards(work: &Work, ids: &[String]) -> Result<BTreeMap<String, f64>, Error> {
    let mut events: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for row in outcome::of_decisions(work, ids).await? {
        let event = Event { kind: kind_of(&row.kind)?, minor_units: row.minor_units };
        events.entry(row.decision_id.unwrap_or_default()).or_default().push(event);
    }
    Ok(events.into_iter().map(|(id, events)| (id, reward(&events))).collect())
}
