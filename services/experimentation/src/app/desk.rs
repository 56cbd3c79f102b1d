//! Policies in memory, and the lines of questions before them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::ask::{Ask, Logged};
use super::catalogue::Catalogue;
use super::line::Line;
use super::policies::{self, Ready};
use super::roster::{Roll, Roster};
use crate::error::Error;
use crate::store::{aim, exposure, space};

/// Spaces that are remembered as kept.
const SPACES: usize = 10_000;
/// People who are remembered as in an experiment: some 20 MB.
const EXPOSED: usize = 100_000;

/// Where questions are answered.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    lines: Arc<Mutex<HashMap<TenantId, Arc<Line>>>>,
    ready: Arc<Mutex<ByKey>>,
    spaces: Arc<Mutex<HashSet<(TenantId, String)>>>,
    roster: Roster,
    exposed: Arc<Mutex<HashSet<(TenantId, String, String)>>>,
}

/// What decides, by tenant and policy key.
type ByKey = HashMap<(TenantId, String), Arc<Ready>>;

impl Desk {
    /// A desk over the service's database.
    pub fn new(store: Store, roster: Roster) -> Self {
        let (lines, ready, spaces) = (Arc::default(), Arc::default(), Arc::default());
        Self { store, lines, ready, spaces, roster, exposed: Arc::default() }
    }

    /// Answers the questions in their order. One asked before gets the answer it got then.
    pub async fn decide(&self, tenant: TenantId, asks: Vec<Ask>) -> Result<Vec<Logged>, Error> {
        self.line(tenant).decide(self, tenant, asks).await
    }

    fn line(&self, tenant: TenantId) -> Arc<Line> {
        Arc::clone(locked(&self.lines).entry(tenant).or_default())
    }

    /// The service's database.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The tenant's experiments as they stood at most half a second ago.
    pub async fn roll(&self, tenant: TenantId) -> Result<Roll, Error> {
        self.roster.roll(tenant).await
    }

    /// Those of whom this process has not noted yet that they are in.
    pub fn newly_exposed(
        &self,
        tenant: TenantId,
        rows: Vec<exposure::Model>,
    ) -> Vec<exposure::Model> {
        let known = locked(&self.exposed);
        let is_new = |row: &exposure::Model| {
            !known.contains(&(tenant, row.experiment_id.clone(), row.debtor_id.clone()))
        };
        rows.into_iter().filter(is_new).collect()
    }

    /// Remembers that it is noted that people are in.
    pub fn exposed(&self, tenant: TenantId, people: Vec<(String, String)>) {
        let mut known = locked(&self.exposed);
        if known.len() > EXPOSED {
            known.clear();
        }
        known.extend(people.into_iter().map(|(experiment, debtor)| (tenant, experiment, debtor)));
    }

    /// Tells the database how long the log has become: until it hears of it, it looks decisions up by any
    /// index that begins with the tenant, and reads them all. Decisions do not fail with it.
    pub async fn know_sizes(&self) {
        if let Err(error) = self.store.refresh_statistics().await {
            tracing::warn!(%error, "refresh the statistics of the decision log");
        }
    }

    /// Keeps the spaces that this process has not seen kept yet.
    pub async fn keep_spaces(
        &self,
        work: &Work,
        catalogues: &BTreeMap<&str, &Catalogue>,
    ) -> Result<(), Error> {
        for (hash, catalogue) in catalogues {
            let known = locked(&self.spaces).contains(&(work.tenant(), (*hash).to_owned()));
            if !known {
                space::keep(work, hash, &catalogue.write()?).await?;
            }
        }
        Ok(())
    }

    /// Remembers that these spaces are kept.
    pub fn kept_spaces<'a>(&self, tenant: TenantId, hashes: impl Iterator<Item = &'a str>) {
        let mut spaces = locked(&self.spaces);
        if spaces.len() > SPACES {
            spaces.clear();
        }
        spaces.extend(hashes.map(|hash| (tenant, hash.to_owned())));
    }

    /// The policies of a key as they stand in this transaction.
    pub async fn ready(&self, work: &Work, key: &str) -> Result<Arc<Ready>, Error> {
        let place = (work.tenant(), key.to_owned());
        let kept = locked(&self.ready).get(&place).cloned();
        let aim = aim::find(work, key).await?;
        if let (Some(kept), Some(aim)) = (kept, &aim)
            && kept.stamp == aim.stamp
        {
            return Ok(kept);
        }
        let ready = Arc::new(policies::ready(work, key).await?);
        locked(&self.ready).insert(place, Arc::clone(&ready));
        Ok(ready)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
