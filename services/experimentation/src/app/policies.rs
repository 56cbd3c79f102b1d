//! Versions of policies: the one in use, and the next.

use kulanz_store::{Store, Work};
use kulanz_types::{PolicyId, TenantId};

use super::ask::DEFAULT_POLICY;
use crate::domain::policy::Policy;
use crate::error::Error;
use crate::store::policy::{self, LIVE, Model};

/// A policy version ready to decide.
pub struct Live {
    /// The row's id.
    pub policy_id: String,
    /// Counts versions of the key.
    pub number: i64,
    /// As decisions log it.
    pub version: String,
    /// The content.
    pub policy: Policy,
}

/// The version in use. A tenant starts with one that has seen nothing.
pub async fn live(work: &Work, key: &str) -> Result<Live, Error> {
    if let Some(row) = policy::live(work, key).await? {
        return read(row);
    }
    if key != DEFAULT_POLICY {
        return Err(Error::NotFound(key.to_owned()));
    }
    add(work, key, 1, &Policy::default()).await?;
    let row = policy::live(work, key).await?.ok_or_else(|| Error::NotFound(key.to_owned()))?;
    read(row)
}

/// A version that decided once, in use or not.
pub async fn version(work: &Work, key: &str, version: &str) -> Result<Live, Error> {
    let row = policy::find_version(work, key, version).await?;
    read(row.ok_or_else(|| Error::NotFound(version.to_owned()))?)
}

/// Puts the next version to use in place of `before`.
pub async fn succeed(work: &Work, key: &str, before: &Live, next: &Policy) -> Result<(), Error> {
    policy::retire(work, &before.policy_id).await?;
    add(work, key, before.number + 1, next).await
}

async fn add(work: &Work, key: &str, number: i64, content: &Policy) -> Result<(), Error> {
    let row = Model {
        tenant_id: work.tenant().to_string(),
        policy_id: PolicyId::generate(work.seeds(), work.now()).to_string(),
        key: key.to_owned(),
        number,
        version: format!("{number}-{}", content.version()?),
        state: LIVE.to_owned(),
        content: serde_json::to_string(content)?,
        created_at: work.now(),
    };
    Ok(policy::insert(work, row).await?)
}

fn read(row: Model) -> Result<Live, Error> {
    Ok(Live {
        policy: serde_json::from_str(&row.content)?,
        policy_id: row.policy_id,
        number: row.number,
        version: row.version,
    })
}

/// The version of this id.
pub async fn get(store: &Store, tenant: TenantId, policy_id: &str) -> Result<Model, Error> {
    let work = store.begin(tenant).await?;
    policy::find(&work, policy_id).await?.ok_or_else(|| Error::NotFound(policy_id.to_owned()))
}

/// Versions after `cursor`; the starting version exists from the first look on.
pub async fn list(
    store: &Store,
    tenant: TenantId,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, Error> {
    let work = store.begin(tenant).await?;
    live(&work, DEFAULT_POLICY).await?;
    let rows = policy::list(&work, cursor, limit).await?;
    work.commit().await?;
    Ok(rows)
}
