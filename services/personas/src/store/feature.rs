//! Recorded features.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feature")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub value: Vec<u8>,
    pub observed_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The column as sealing names it.
pub const VALUE: &str = "feature.value";

/// The row as sealing names it.
pub fn row_id(debtor_id: &str, name: &str) -> String {
    format!("{debtor_id}/{name}")
}

/// What was recorded of these debtors.
pub async fn of_debtors(work: &Work, debtor_ids: &[String]) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>();
    Ok(query.filter(Column::DebtorId.is_in(debtor_ids)).all(work.db()).await?)
}

/// Writes a value in place of an older one.
pub async fn put(work: &Work, row: Model) -> Result<(), StoreError> {
    let newer = OnConflict::columns([Column::TenantId, Column::DebtorId, Column::Name])
        .update_columns([Column::Value, Column::ObservedAt, Column::RecordedAt])
        .to_owned();
    Entity::insert(ActiveModel::from(row))
        .on_conflict(newer)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
