//! Money that was booked to claims.

use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, Money, PaymentId};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, Set};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub payment_id: String,
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub currency: String,
    pub amount: i64,
    pub state: String,
    pub value_on: Date,
    pub method: String,
    pub bank_entry_id: String,
    pub arrangement_id: Option<String>,
    pub arrangement_part: i64,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Stored state of money that is there.
pub const RECEIVED: &str = "received";
/// Stored state of money that went back.
pub const REVERSED: &str = "reversed";

/// The payment of this id.
pub async fn find(work: &Work, id: PaymentId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::PaymentId.eq(id.to_string())).one(work.db()).await?)
}

/// The latest payment of a claim with this amount that is still there.
pub async fn latest_of_claim(
    work: &Work,
    claim: ClaimId,
    amount: Money,
) -> Result<Option<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim.to_string()))
        .filter(Column::Amount.eq(amount.minor_units()))
        .filter(Column::Currency.eq(amount.currency().code()))
        .filter(Column::State.eq(RECEIVED))
        .order_by_desc(Column::ValueOn)
        .order_by_desc(Column::PaymentId);
    Ok(query.one(work.db()).await?)
}

/// The payments that these bank entries made, of this amount and still there.
pub async fn of_entries(
    work: &Work,
    entries: &[String],
    amount: Money,
) -> Result<Vec<Model>, StoreError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let query = work
        .own::<Entity>()
        .filter(Column::BankEntryId.is_in(entries))
        .filter(Column::Amount.eq(amount.minor_units()))
        .filter(Column::State.eq(RECEIVED))
        .order_by_desc(Column::PaymentId);
    Ok(query.all(work.db()).await?)
}

/// Adds a payment.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Keeps that a payment went back; its new version.
pub async fn reverse(work: &Work, row: &Model) -> Result<i64, StoreError> {
    let version = row.version + 1;
    let mut active = row.clone().into_active_model();
    active.state = Set(REVERSED.to_owned());
    active.version = Set(version);
    Entity::update(active).exec(work.db()).await?;
    Ok(version)
}
