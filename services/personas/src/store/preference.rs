//! How people want to be spoken to.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "preference")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub content: Vec<u8>,
    pub stated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What the person stated.
pub async fn find(work: &Work, debtor_id: &str) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>();
    Ok(query.filter(Column::DebtorId.eq(debtor_id)).one(work.db()).await?)
}

/// Writes what the person states now.
pub async fn put(work: &Work, row: Model) -> Result<(), StoreError> {
    let newer = OnConflict::columns([Column::TenantId, Column::DebtorId])
        .update_columns([Column::Content, Column::StatedAt])
        .to_owned();
    Entity::insert(ActiveModel::from(row))
        .on_conflict(newer)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
