//! The challenges' history.

use kulanz_store::{StoreError, Work};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

/// One step.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "challenge_step")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub challenge_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub from_state: Option<String>,
    pub to_state: String,
    pub changed_at: DateTimeUtc,
    pub actor: String,
    pub reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The history of a challenge, oldest first.
pub async fn of_challenge(work: &Work, challenge_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ChallengeId.eq(challenge_id))
        .order_by_asc(Column::Version)
        .all(work.db())
        .await?)
}

/// Adds the steps of new challenges.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Adds a step.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}
