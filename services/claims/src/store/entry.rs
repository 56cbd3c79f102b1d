//! The claim account.

use kulanz_store::{StoreError, Work};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

/// An entry; `amount` in minor units of the claim's currency.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: String,
    pub kind: String,
    pub value_date: Date,
    pub amount: i64,
    pub payment_id: Option<String>,
    pub norm: String,
    pub formula: String,
    pub actor: String,
    pub booked_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The entries of a claim in the order of booking.
pub async fn of_claim(work: &Work, claim_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .order_by_asc(Column::EntryId)
        .all(work.db())
        .await?)
}

/// Books entries.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}
