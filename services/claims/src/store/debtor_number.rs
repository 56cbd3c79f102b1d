//! Creditors' numbers for debtors.

use kulanz_store::{StoreError, Work};
use kulanz_types::CreditorId;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

/// A customer number and whom it stands for.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "debtor_number")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub creditor_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_number: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whom these numbers of a creditor stand for.
pub async fn by_numbers(
    work: &Work,
    creditor: CreditorId,
    numbers: Vec<String>,
) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::CreditorId.eq(creditor.to_string()))
        .filter(work.among(Column::CustomerNumber, &numbers))
        .order_by_asc(Column::DebtorId)
        .all(work.db())
        .await?)
}

/// The numbers of these debtors.
pub async fn of_debtors(work: &Work, ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::DebtorId.is_in(ids)).all(work.db()).await?)
}

/// Keeps new numbers.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}
