//! Imports.

use kulanz_store::{StoreError, Work};
use kulanz_types::ImportId;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

use super::save;

/// An import and its counts.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: String,
    pub request_id: String,
    pub creditor_id: String,
    pub source_name: String,
    pub dry_run: bool,
    pub state: String,
    pub accepted: i64,
    pub unchanged: i64,
    pub warned: i64,
    pub rejected: i64,
    pub claims: i64,
    pub debtors: i64,
    pub merged: i64,
    pub last_row: i64,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The import of this id.
pub async fn find(work: &Work, id: ImportId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ImportId.eq(id.to_string())).one(work.db()).await?)
}

/// The import that was begun with this request id.
pub async fn by_request(work: &Work, request_id: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::RequestId.eq(request_id)).one(work.db()).await?)
}

/// The import, kept from being carried on by another stream until the transaction ends.
pub async fn find_locked(work: &Work, id: &str) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ImportId.eq(id)).lock_exclusive();
    Ok(query.one(work.db()).await?)
}

/// Keeps a new import.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed import.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
