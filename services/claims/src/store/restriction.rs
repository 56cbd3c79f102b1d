//! Restrictions of processing.

use kulanz_store::{StoreError, Work};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use super::save;

/// A restriction, in force until it is lifted; reasons are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "restriction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub restriction_id: String,
    pub debtor_id: String,
    pub reason: Vec<u8>,
    pub restricted_at: DateTimeUtc,
    pub restricted_by: String,
    pub lifted_at: Option<DateTimeUtc>,
    pub lifted_by: Option<String>,
    pub lift_reason: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The restrictions in force on these debtors.
pub async fn in_force(work: &Work, debtor_ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::DebtorId.is_in(debtor_ids))
        .filter(Column::LiftedAt.is_null())
        .all(work.db())
        .await?)
}

/// Keeps a new restriction.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed restriction.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
