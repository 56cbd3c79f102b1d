//! Files that people showed.

use kulanz_store::{StoreError, Work};
use kulanz_types::EvidenceId;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

/// A file without its bytes; `file_name` is sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: String,
    pub challenge_id: String,
    pub debtor_id: String,
    pub slot: String,
    pub file_name: Vec<u8>,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub uploaded_at: DateTimeUtc,
    pub uploaded_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The file of this id.
pub async fn find(work: &Work, id: EvidenceId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::EvidenceId.eq(id.to_string())).one(work.db()).await?)
}

/// The files of a challenge, oldest first.
pub async fn of_challenge(work: &Work, challenge_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ChallengeId.eq(challenge_id))
        .order_by_asc(Column::EvidenceId)
        .all(work.db())
        .await?)
}

/// Keeps a file.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}
