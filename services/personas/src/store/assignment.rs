//! Assignments to the typology.

use kulanz_store::{StoreError, Work};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

#[expect(clippy::struct_field_names, reason = "sea-orm calls every row `Model`")]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub current: bool,
    pub model_version: String,
    pub content: Vec<u8>,
    pub assigned_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The assignments in force of these debtors.
pub async fn current(work: &Work, debtor_ids: &[String]) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::Current.eq(true));
    Ok(query.filter(Column::DebtorId.is_in(debtor_ids)).all(work.db()).await?)
}

/// Every assignment of a debtor, oldest first.
pub async fn history(work: &Work, debtor_id: &str) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::DebtorId.eq(debtor_id));
    Ok(query.order_by_asc(Column::Version).all(work.db()).await?)
}

/// Puts assignments in force, in place of those that were.
pub async fn succeed(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let debtors: Vec<String> = rows.iter().map(|row| row.debtor_id.clone()).collect();
    Entity::update_many()
        .col_expr(Column::Current, Expr::value(false))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::Current.eq(true))
        .filter(Column::DebtorId.is_in(debtors))
        .exec(work.db())
        .await?;
    work.insert_all(rows).await
}
