//! The agency itself.

use kulanz_store::{StoreError, Work};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use super::save;

/// A tenant; `profile` is JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    pub profile: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The tenant of this transaction.
pub async fn find(work: &Work) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().one(work.db()).await?)
}

/// Keeps a new tenant.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed tenant.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
