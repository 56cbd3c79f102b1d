//! What a policy is to reach: chosen by people, one set per policy key.

use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::{night, policies};
use crate::domain::goals::{Cap, Goals};
use crate::error::Error;
use crate::store::aim;

/// Replaces the goals; prices of caps that stay go on from where they are.
pub async fn set(work: &Work, key: &str, mut goals: Goals) -> Result<Goals, Error> {
    let before = policies::ready(work, key).await?.goals;
    for (capped, cap) in &mut goals.caps {
        let price = before.caps.get(capped).map_or(0.0, |known| known.price);
        *cap = Cap { price, ..*cap };
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
