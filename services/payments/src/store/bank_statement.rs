//! Bank statements that were taken in.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub bank_statement_id: String,
    pub iban: String,
    pub statement_reference: String,
    pub message_id: String,
    pub currency: String,
    pub source: String,
    pub file_hash: String,
    pub imported_at: DateTimeUtc,
    pub imported_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The statement that an account's bank calls so.
pub async fn find(work: &Work, iban: &str, reference: &str) -> Result<Option<Model>, StoreError> {
    let query = Entity::find()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::Iban.eq(iban))
        .filter(Column::StatementReference.eq(reference));
    Ok(query.one(work.db()).await?)
}

/// When a statement came in.
pub async fn imported_at(work: &Work, id: &str) -> Result<Option<DateTimeUtc>, StoreError> {
    let query = work.own::<Entity>().filter(Column::BankStatementId.eq(id));
    Ok(query.one(work.db()).await?.map(|row| row.imported_at))
}

/// Adds a statement.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}
