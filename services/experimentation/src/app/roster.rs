//! The tenants' experiments in memory, so that assigning a person asks the database nothing; a stop counts
//! in every process within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::experiments::{Experiment, all};
use crate::domain::experiment::State;
use crate::error::Error;
use crate::store::sums;

/// How long (machine time) what is in memory is believed without comparing its stamp.
const BELIEVED: Duration = Duration::from_millis(500);

/// A tenant's experiments as they stood at an instant.
#[derive(Clone)]
pub struct Roll {
    /// By their keys.
    pub by_key: Arc<HashMap<String, Experiment>>,
    /// Those that run and steer decisions, in the order of their ids.
    pub steering: Arc<[Experiment]>,
    stamp: i64,
    seen_at: Instant,
}

impl Roll {
    fn new(experiments: HashMap<String, Experiment>, stamp: i64, seen_at: Instant) -> Self {
        let steers = |it: &&Experiment| {
            it.state == State::Running && it.design.steers(&it.design.policy_key)
        };
        let mut steering: Vec<Experiment> = experiments.values().filter(steers).cloned().collect();
        steering.sort_by(|a, b| a.row.experiment_id.cmp(&b.row.experiment_id));
        Self { by_key: Arc::new(experiments), steering: steering.into(), stamp, seen_at }
    }

    fn is_believed(&self) -> bool {
        self.seen_at.elapsed() < BELIEVED
    }

    /// Whether nothing was changed between the two.
    pub const fn is_same(&self, other: &Self) -> bool {
        self.stamp == other.stamp
    }

    /// The experiments as they stand in this transaction, where these are half a second old.
    pub async fn renewed(&self, work: &Work) -> Result<Self, Error> {
        if self.is_believed() { Ok(self.clone()) } else { read(work, Some(self)).await }
    }
}

/// The experiments as they stand in this transaction: those known, where nothing was changed since.
async fn read(work: &Work, known: Option<&Roll>) -> Result<Roll, Error> {
    let seen_at = Instant::now();
    // Read before the experiments: what changes in between shows at the next comparison.
    let stamp = sums::stamp(work).await?;
    Ok(match known.filter(|roll| roll.stamp == stamp) {
        Some(roll) => Roll { seen_at, ..roll.clone() },
        None => Roll::new(all(work).await?, stamp, seen_at),
    })
}

/// Whoever finds it outdated refreshes it; everyone else of the tenant waits for that.
type Slot = Arc<futures::lock::Mutex<Option<Roll>>>;

/// Experiments in memory.
#[derive(Clone)]
pub struct Roster {
    store: Store,
    slots: Arc<Mutex<HashMap<TenantId, Slot>>>,
}

impl Roster {
    /// An empty one.
    pub fn new(store: Store) -> Self {
        Self { store, slots: Arc::default() }
    }

    /// The tenant's experiments as they stood at most half a second ago.
    pub async fn roll(&self, tenant: TenantId) -> Result<Roll, Error> {
        let slot = self.slot(tenant);
        let mut held = slot.lock().await;
        if let Some(roll) = held.as_ref().filter(|roll| roll.is_believed()) {
            return Ok(roll.clone());
        }
        let work = self.store.begin(tenant).await?;
        let roll = read(&work, held.as_ref()).await?;
        Ok(held.insert(roll).clone())
    }

    /// Believes nothing about the tenant any more: this process has just changed an experiment.
    pub async fn forget(&self, tenant: TenantId) {
        *self.slot(tenant).lock().await = None;
    }

    fn slot(&self, tenant: TenantId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(tenant).or_default())
    }
}
