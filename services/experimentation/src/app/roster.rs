//! The tenants' experiments in memory, so that assigning a person asks the database nothing; a stop counts
//! in every process within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kulanz_store::Store;
use kulanz_types::TenantId;

use super::experiments::{Experiment, all};
use crate::domain::experiment::State;
use crate::error::Error;
use crate::store::sums;

/// How long (machine time) what is in memory is believed without comparing its stamp.
const BELIEVED: Duration = Duration::from_millis(500);

/// A tenant's experiments by their keys.
pub type Experiments = Arc<HashMap<String, Experiment>>;

/// A tenant's experiments that run and steer decisions, in the order of their ids.
pub type Steering = Arc<[Experiment]>;

struct Held {
    experiments: Experiments,
    steering: Steering,
    stamp: i64,
    seen_at: Instant,
}

impl Held {
    fn of(experiments: HashMap<String, Experiment>, stamp: i64, seen_at: Instant) -> Self {
        let steers = |it: &&Experiment| {
            it.state == State::Running && it.design.steers(&it.design.policy_key)
        };
        let mut steering: Vec<Experiment> = experiments.values().filter(steers).cloned().collect();
        steering.sort_by(|a, b| a.row.experiment_id.cmp(&b.row.experiment_id));
        Self { experiments: Arc::new(experiments), steering: steering.into(), stamp, seen_at }
    }
}

/// Whoever finds it outdated refreshes it; everyone else of the tenant waits for that.
type Slot = Arc<futures::lock::Mutex<Option<Held>>>;

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
    pub async fn experiments(&self, tenant: TenantId) -> Result<Experiments, Error> {
        self.read(tenant, |held| Arc::clone(&held.experiments)).await
    }

    /// Those that steer decisions, as they stood at most half a second ago.
    pub async fn steering(&self, tenant: TenantId) -> Result<Steering, Error> {
        self.read(tenant, |held| Arc::clone(&held.steering)).await
    }

    async fn read<T>(&self, tenant: TenantId, of: impl Fn(&Held) -> T) -> Result<T, Error> {
        let slot = self.slot(tenant);
        let mut held = slot.lock().await;
        let seen_at = Instant::now();
        if let Some(held) = held.as_ref().filter(|it| seen_at - it.seen_at < BELIEVED) {
            return Ok(of(held));
        }
        let work = self.store.begin(tenant).await?;
        // Read before the experiments: what changes in between shows at the next comparison.
        let stamp = sums::stamp(&work).await?;
        let now = match held.take().filter(|it| it.stamp == stamp) {
            Some(held) => Held { seen_at, ..held },
            None => Held::of(all(&work).await?, stamp, seen_at),
        };
        Ok(of(held.insert(now)))
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
