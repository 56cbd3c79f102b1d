//! How it usually goes after a contact.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

/// What is usual under a policy key, as JSON; at first that was the delay curve alone.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delay_curve")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub curve: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Keeps what is usual under a key in the place of what was.
pub async fn keep(work: &Work, key: &str, usual: String) -> Result<(), StoreError> {
    let row = Model { tenant_id: work.tenant().to_string(), key: key.to_owned(), curve: usual };
    let mut instead = OnConflict::columns([Column::TenantId, Column::Key]);
    instead.update_column(Column::Curve);
    let insert = Entity::insert(ActiveModel::from(row)).on_conflict(instead);
    insert.exec_without_returning(work.db()).await?;
    Ok(())
}

/// What is usual under a key, if it was counted.
pub async fn find(work: &Work, key: &str) -> Result<Option<String>, StoreError> {
    let row = work.own::<Entity>().filter(Column::Key.eq(key)).one(work.db()).await?;
    Ok(row.map(|row| row.curve))
}
