//! Why claims are silent.

use kulanz_store::{StoreError, Work};
use kulanz_types::HoldId;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

use super::save;

/// A hold, in force or released.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub hold_id: String,
    pub claim_id: String,
    pub kind: String,
    pub reason: String,
    pub placed_at: DateTimeUtc,
    pub placed_by: String,
    pub expires_at: Option<DateTimeUtc>,
    pub released_at: Option<DateTimeUtc>,
    pub released_by: Option<String>,
    pub release_reason: Option<String>,
    pub cause: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn in_force_at(work: &Work) -> Condition {
    let lasting =
        Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(work.now()));
    Condition::all().add(Column::ReleasedAt.is_null()).add(lasting)
}

/// The holds in force on these claims, oldest first.
pub async fn in_force(work: &Work, claim_ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ClaimId.is_in(claim_ids))
        .filter(in_force_at(work))
        .order_by_asc(Column::HoldId)
        .all(work.db())
        .await?)
}

/// The hold of this id on this claim, if it is in force.
pub async fn find_in_force(
    work: &Work,
    claim_id: &str,
    id: HoldId,
) -> Result<Option<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::HoldId.eq(id.to_string()))
        .filter(in_force_at(work))
        .one(work.db())
        .await?)
}

/// The hold of this id on this claim, if nobody released it.
pub async fn find_unreleased(
    work: &Work,
    claim_id: &str,
    id: HoldId,
) -> Result<Option<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::HoldId.eq(id.to_string()))
        .filter(Column::ReleasedAt.is_null())
        .one(work.db())
        .await?)
}

/// The holds that a challenge, question or protection placed, oldest first; released ones too.
pub async fn of_cause(work: &Work, cause: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::Cause.eq(cause))
        .order_by_asc(Column::ClaimId)
        .all(work.db())
        .await?)
}

/// Every hold that a claim ever had.
pub async fn of_claim(work: &Work, claim_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ClaimId.eq(claim_id)).all(work.db()).await?)
}

/// The ids of whatever placed holds on a claim.
pub async fn causes_of_claim(work: &Work, claim_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(work
        .own::<Entity>()
        .select_only()
        .column(Column::Cause)
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::Cause.is_not_null())
        .into_tuple()
        .all(work.db())
        .await?)
}

/// Places holds.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Writes a changed hold.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
