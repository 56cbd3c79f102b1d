//! What people were asked to show.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder};

/// A place for evidence that someone asked for; `wanted` is sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_slot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub challenge_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: String,
    pub wanted: Vec<u8>,
    pub requested_at: DateTimeUtc,
    pub requested_by: String,
    pub wanted_by: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The slots of a challenge, by name.
pub async fn of_challenge(work: &Work, challenge_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ChallengeId.eq(challenge_id))
        .order_by_asc(Column::Slot)
        .all(work.db())
        .await?)
}

/// Keeps a slot; what was asked for under the same name before gives way to it.
pub async fn put(work: &Work, row: Model) -> Result<(), StoreError> {
    let keys = [Column::TenantId, Column::ChallengeId, Column::Slot];
    let told = [Column::Wanted, Column::RequestedAt, Column::RequestedBy, Column::WantedBy];
    Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::columns(keys).update_columns(told).to_owned())
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
