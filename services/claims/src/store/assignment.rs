//! To whom claims were sold.

use std::collections::HashMap;

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

/// The assignment of one claim.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    pub buyer_name: String,
    pub assigned_on: Date,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The assignments of these claims by claim.
pub async fn of_claims(
    work: &Work,
    ids: Vec<String>,
) -> Result<HashMap<String, Model>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = work.own::<Entity>().filter(Column::ClaimId.is_in(ids)).all(work.db()).await?;
    Ok(rows.into_iter().map(|row| (row.claim_id.clone(), row)).collect())
}

/// Keeps an assignment.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}
