//! Spaces of actions, each kept once.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

/// A space by the hash of its factors, which are JSON.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_space")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub space_hash: String,
    pub factors: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Keeps a space that is new.
pub async fn keep(work: &Work, space_hash: &str, factors: &str) -> Result<(), StoreError> {
    let row = Model {
        tenant_id: work.tenant().to_string(),
        space_hash: space_hash.to_owned(),
        factors: factors.to_owned(),
    };
    work.insert_once(row, [Column::TenantId, Column::SpaceHash]).await
}

/// Every space of the tenant.
pub async fn all(work: &Work) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().all(work.db()).await?)
}
