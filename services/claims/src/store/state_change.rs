//! The claims' history.

use kulanz_store::{StoreError, Work};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

/// One step.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "state_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub from_state: Option<String>,
    pub to_state: String,
    pub changed_at: DateTimeUtc,
    pub actor: String,
    pub reason: String,
    /// Ids of what led to it, as JSON.
    pub context: String,
    pub note: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The history of a claim, oldest first.
pub async fn of_claim(work: &Work, claim_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .order_by_asc(Column::Version)
        .all(work.db())
        .await?)
}

/// Adds steps.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}
