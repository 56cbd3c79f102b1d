//! What people told us that silences claims.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

/// A report; `details` are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: String,
    pub debtor_id: String,
    pub claim_id: Option<String>,
    pub kind: String,
    pub reason: i64,
    pub details: Option<Vec<u8>>,
    pub reported_at: DateTimeUtc,
    pub answer_by: Date,
    pub actor: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Keeps a new report.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}
