//! The bytes of files that people showed.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

/// A piece of a file; `bytes` are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_piece")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub bytes: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A piece of a file, counted from 0.
pub async fn find(
    work: &Work,
    evidence_id: &str,
    number: i64,
) -> Result<Option<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::EvidenceId.eq(evidence_id))
        .filter(Column::Number.eq(number))
        .one(work.db())
        .await?)
}

/// Keeps a piece.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}
