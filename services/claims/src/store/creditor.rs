//! Whose claims are collected.

use std::collections::HashMap;

use kulanz_store::{StoreError, Work};
use kulanz_types::CreditorId;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use super::save;

/// A creditor; `profile` is JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "creditor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub creditor_id: String,
    pub external_ref: Option<String>,
    pub name: String,
    pub profile: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The creditor of this id.
pub async fn find(work: &Work, id: CreditorId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::CreditorId.eq(id.to_string())).one(work.db()).await?)
}

/// The creditor with this number of the agency's own.
pub async fn by_external_ref(work: &Work, external: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ExternalRef.eq(external)).one(work.db()).await?)
}

/// Creditors after `cursor` in the order of their ids.
pub async fn list(
    work: &Work,
    external_ref: &str,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let mut query = work.own::<Entity>().order_by_asc(Column::CreditorId).limit(limit);
    if !external_ref.is_empty() {
        query = query.filter(Column::ExternalRef.eq(external_ref));
    }
    if let Some(cursor) = cursor {
        query = query.filter(Column::CreditorId.gt(cursor));
    }
    Ok(query.all(work.db()).await?)
}

/// The names of these creditors.
pub async fn names(work: &Work, ids: Vec<String>) -> Result<HashMap<String, String>, StoreError> {
    let rows = work.own::<Entity>().filter(Column::CreditorId.is_in(ids)).all(work.db()).await?;
    Ok(rows.into_iter().map(|row| (row.creditor_id, row.name)).collect())
}

/// Keeps a new creditor.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed creditor.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
