//! What a policy is to reach: chosen by people, one set per policy key.

use std::collections::BTreeMap;

use kulanz_policy::Doubt;
use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::{night, policies, refresh};
use crate::domain::goals::{Cap, Capped, Goal, Goals};
use crate::error::Error;
use crate::store::aim;

/// What is wanted from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// How much each goal counts.
    pub weights: BTreeMap<Goal, f64>,
    /// Bounds that must not be exceeded.
    pub caps: BTreeMap<Capped, f64>,
    /// Share of decisions drawn evenly from everything permitted; `None` leaves it as it is.
    pub explored_share: Option<f64>,
    /// How much doubt the gate tolerates; `None` leaves it as it is.
    pub doubt: Option<Doubt>,
}

/// Replaces the goals; prices of caps that stay go on from where they are. With another share to try out comes
/// another static policy at once, and another learned one with the coming night.
pub async fn set(work: &Work, key: &str, wanted: Wanted) -> Result<Goals, Error> {
    // First of all: whoever sets others, or learns, waits or has done so.
    policies::ready(work, key).await?;
    aim::stamp(work, key).await?;
    let before = policies::ready(work, key).await?.goals;
    let priced = |(capped, cap): (Capped, f64)| {
        let price = before.caps.get(&capped).map_or(0.0, |known| known.price);
        (capped, Cap { cap, price })
    };
    let goals = Goals {
        weights: wanted.weights,
        caps: wanted.caps.into_iter().map(priced).collect(),
        explored_share: wanted.explored_share.unwrap_or(before.explored_share),
        doubt: wanted.doubt.unwrap_or(before.doubt),
    };
    if policies::explore(work, key, &goals).await? {
        refresh::soon(work).await?;
    }
    aim::put(work, key, &serde_json::to_string(&goals)?).await?;
    if !goals.caps.is_empty() {
        night::watch(work, key).await?;
    }
    Ok(goals)
}

/// The goals in force.
pub async fn get(store: &Store, tenant: TenantId, key: &str) -> Result<Goals, Error> {
    let work = store.begin(tenant).await?;
    let goals = policies::ready(&work, key).await?.goals;
    work.commit().await?;
    Ok(goals)
}
