//! The claim account.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder};

use super::CHUNK;

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

fn own(work: &Work) -> Select<Entity> {
    Entity::find().filter(Column::TenantId.eq(work.tenant().to_string()))
}

/// The entries of a claim in the order of booking.
pub async fn of_claim(work: &Work, claim_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(own(work)
        .filter(Column::ClaimId.eq(claim_id))
        .order_by_asc(Column::EntryId)
        .all(work.db())
        .await?)
}

/// Books entries.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(Model::into_active_model);
        Entity::insert_many(rows).exec_without_returning(work.db()).await?;
    }
    Ok(())
}
