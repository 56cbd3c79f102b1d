//! The tenants' experiments in memory, so that assigning a person asks the database nothing; a stop counts
//! in every process within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kulanz_store::Store;
use kulanz_types::TenantId;

use super::experiments::{Experiment, all};
use crate::error::Error;
use crate::store::sums;

/// How long (machine time) what is in memory is believed without comparing its stamp.
const BELIEVED: Duration = Duration::from_millis(500);

/// A tenant's experiments by their keys.
pub type Experiments = Arc<HashMap<String, Experiment>>;

struct Held {
    experiments: Experiments,
    stamp: i64,
    seen_at: Instant,
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
        let slot = self.slot(tenant);
        let mut held = slot.lock().await;
        let seen_at = Instant::now();
        if let Some(held) = held.as_ref().filter(|it| seen_at - it.seen_at < BELIEVED) {
            return Ok(Arc::clone(&held.experiments));
        }
        let work = self.store.begin(tenant).await?;
        // Read before the experiments: what changes in between shows at the next comparison.
        let stamp = sums::stamp(&work).await?;
        let experiments = match held.as_ref().filter(|it| it.stamp == stamp) {
            Some(held) => Arc::clone(&held.experiments),
            None => Arc::new(all(&work).await?),
        };
        *held = Some(Held { experiments: Arc::clone(&experiments), stamp, seen_at });
        Ok(experiments)
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
