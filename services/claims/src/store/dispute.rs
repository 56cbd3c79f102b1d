//! Objections.

use kulanz_store::{StoreError, Work};
use kulanz_types::DisputeId;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

use super::save;

/// A dispute; texts are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dispute")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub dispute_id: String,
    pub claim_id: String,
    pub debtor_id: String,
    pub hold_id: String,
    pub reason: i64,
    pub explanation: Option<Vec<u8>>,
    pub disputed_amount: Option<i64>,
    pub state: i64,
    pub opened_at: DateTimeUtc,
    pub answer_by: Date,
    pub resolution: Option<Vec<u8>>,
    pub resolved_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The dispute of this id.
pub async fn find(work: &Work, id: DisputeId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::DisputeId.eq(id.to_string())).one(work.db()).await?)
}

/// The ids of a debtor's disputes.
pub async fn ids_of_debtor(work: &Work, debtor_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(work
        .own::<Entity>()
        .select_only()
        .column(Column::DisputeId)
        .filter(Column::DebtorId.eq(debtor_id))
        .into_tuple()
        .all(work.db())
        .await?)
}

/// Keeps a new dispute.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed dispute.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
