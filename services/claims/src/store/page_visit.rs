//! How often debtors saw a page.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QuerySelect};

/// A count.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "page_visit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub page: String,
    pub visits: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Counts a visit; how many there were, this one included.
pub async fn count(work: &Work, debtor_id: &str, page: &str) -> Result<i64, StoreError> {
    let found = work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor_id))
        .filter(Column::Page.eq(page))
        .lock_exclusive()
        .one(work.db())
        .await?;
    let visits = found.as_ref().map_or(0, |row| row.visits) + 1;
    let row = Model {
        tenant_id: work.tenant().to_string(),
        debtor_id: debtor_id.to_owned(),
        page: page.to_owned(),
        visits,
    };
    let keys = [Column::TenantId, Column::DebtorId, Column::Page];
    Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::columns(keys).update_column(Column::Visits).to_owned())
        .exec_without_returning(work.db())
        .await?;
    Ok(visits)
}
