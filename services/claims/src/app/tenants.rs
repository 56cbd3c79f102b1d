//! The agency itself.

use kulanz_store::Work;

use crate::domain::agency::TenantProfile;
use crate::error::Error;
use crate::store::tenant;

/// Makes the tenant of this transaction.
pub async fn create(work: &Work, profile: &TenantProfile) -> Result<tenant::Model, Error> {
    if tenant::find(work).await?.is_some() {
        return Err(Error::TenantExists(work.tenant().to_string()));
    }
    let row = tenant::Model {
        tenant_id: work.tenant().to_string(),
        profile: serde_json::to_string(profile)?,
        version: 1,
        created_at: work.now(),
    };
    tenant::insert(work, row.clone()).await?;
    Ok(row)
}

/// The tenant of this transaction.
pub async fn get(work: &Work) -> Result<(tenant::Model, TenantProfile), Error> {
    let row = tenant::find(work).await?.ok_or_else(|| Error::not_found(work.tenant()))?;
    let profile = serde_json::from_str(&row.profile)?;
    Ok((row, profile))
}

/// Writes a changed profile.
pub async fn update(
    work: &Work,
    row: tenant::Model,
    profile: &TenantProfile,
) -> Result<tenant::Model, Error> {
    let row =
        tenant::Model { profile: serde_json::to_string(profile)?, version: row.version + 1, ..row };
    tenant::update(work, row.clone()).await?;
    Ok(row)
}
