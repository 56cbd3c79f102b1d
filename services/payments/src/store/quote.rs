//! Binding offers.

use kulanz_store::{StoreError, Work};
use kulanz_types::{DebtorId, Money, QuoteId};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};

use super::money;
use crate::domain::arrangement::Quote;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quote")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub quote_id: String,
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub kind: String,
    pub currency: String,
    pub options: String,
    pub fixed_debt: i64,
    pub credits: i64,
    pub payment_reference: String,
    pub cost_notice: String,
    pub cost_notice_hash: String,
    pub refusal: String,
    pub created_at: DateTimeUtc,
    pub valid_until: DateTimeUtc,
    pub notice_confirmed_at: Option<DateTimeUtc>,
    pub notice_confirmed_by: Option<String>,
    pub notice_shown_on: Option<String>,
    pub accepted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An option as it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedOption {
    pub id: String,
    pub dues: Vec<OfferedDue>,
    pub instalment: Money,
    pub total: Money,
    pub added_interest: Money,
    pub reasons: Vec<String>,
    pub counterfactual: String,
}

/// A due as it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedDue {
    pub due_on: Date,
    pub amount: Money,
}

impl Model {
    /// The options as they were offered.
    pub fn offered(&self) -> Result<Vec<OfferedOption>, StoreError> {
        serde_json::from_str(&self.options)
            .map_err(|_| StoreError::Unreadable { what: "quote.options" })
    }

    /// The part that decides about acceptance.
    pub fn quote(&self) -> Result<Quote, StoreError> {
        Ok(Quote {
            options: self.offered()?.into_iter().map(|option| option.id).collect(),
            fixed_debt: money(self.fixed_debt, &self.currency)?,
            credits: money(self.credits, &self.currency)?,
            notice_hash: self.cost_notice_hash.clone(),
            valid_until: self.valid_until,
            notice_confirmed_at: self.notice_confirmed_at,
            accepted_at: self.accepted_at,
        })
    }
}

/// The offer of this id.
pub async fn find(work: &Work, quote: QuoteId) -> Result<Option<Model>, StoreError> {
    let key = (work.tenant().to_string(), quote.to_string());
    Ok(Entity::find_by_id(key).one(work.db()).await?)
}

/// The offers made to a debtor.
pub async fn of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::DebtorId.eq(debtor.to_string()));
    Ok(query.order_by_asc(Column::QuoteId).all(work.db()).await?)
}

/// Removes the offers to a debtor that led to nothing.
pub async fn forget_unaccepted(work: &Work, debtor: DebtorId) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .filter(Column::AcceptedAt.is_null())
        .exec(work.db())
        .await?;
    Ok(())
}

/// [`find`] to change it: nobody else changes it until this transaction ends.
pub async fn take(work: &Work, quote: QuoteId) -> Result<Option<Model>, StoreError> {
    let key = (work.tenant().to_string(), quote.to_string());
    Ok(Entity::find_by_id(key).lock_exclusive().one(work.db()).await?)
}

/// Adds an offer.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Keeps that the notice was shown: when, by whom, where.
pub async fn confirm(
    work: &Work,
    row: &Model,
    confirmed_at: Option<DateTimeUtc>,
    (actor, shown_on): (&str, &str),
) -> Result<Model, StoreError> {
    let mut active = row.clone().into_active_model();
    active.notice_confirmed_at = Set(confirmed_at);
    active.notice_confirmed_by = Set(Some(actor.to_owned()));
    active.notice_shown_on = Set(Some(shown_on.to_owned()));
    Ok(Entity::update(active).exec(work.db()).await?)
}

/// Keeps that the offer was accepted.
pub async fn accept(
    work: &Work,
    row: &Model,
    accepted_at: Option<DateTimeUtc>,
) -> Result<(), StoreError> {
    let mut active = row.clone().into_active_model();
    active.accepted_at = Set(accepted_at);
    Entity::update(active).exec(work.db()).await?;
    Ok(())
}
