//! Promises to pay.

use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, DebtorId, PromiseId};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect, Set};

use super::{MOST_KEYS, codes, money};
use crate::domain::promise::Promise;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "promise")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub promise_id: String,
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub currency: String,
    pub amount: i64,
    pub received: i64,
    pub promised_on: Date,
    pub state: String,
    pub made_at: DateTimeUtc,
    pub made_by: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A promise with its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What does not change, and the version.
    pub row: Model,
    /// What does.
    pub promise: Promise,
}

impl Stored {
    /// The id.
    pub fn id(&self) -> Result<PromiseId, StoreError> {
        Ok(self.row.promise_id.parse()?)
    }
}

/// The promise of this id, to change it.
pub async fn take(work: &Work, id: PromiseId) -> Result<Option<Stored>, StoreError> {
    let query = work.own::<Entity>().filter(Column::PromiseId.eq(id.to_string())).lock_exclusive();
    query.one(work.db()).await?.map(stored).transpose()
}

/// Which of these claims wait for promised money, and for how much.
pub async fn promised(work: &Work, claims: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    let mut found = Vec::new();
    for chunk in claims.chunks(MOST_KEYS) {
        let query = work
            .own::<Entity>()
            .select_only()
            .columns([Column::ClaimId, Column::Amount])
            .filter(Column::ClaimId.is_in(chunk))
            .filter(Column::State.eq("created"));
        found.extend(query.into_tuple::<(String, i64)>().all(work.db()).await?);
    }
    Ok(found)
}

/// The promise that waits for a claim's money, to change it: nobody else changes it until this
/// transaction ends.
pub async fn take_waiting(work: &Work, claim: ClaimId) -> Result<Option<Stored>, StoreError> {
    let query = of_claim(work, claim).lock_exclusive();
    query.one(work.db()).await?.map(stored).transpose()
}

/// The promise that stood last when a payment for a claim was booked, to change it, and when the next one was
/// made.
pub async fn take_standing_at(
    work: &Work,
    claim: ClaimId,
    booked_at: DateTimeUtc,
) -> Result<Option<(Stored, Option<DateTimeUtc>)>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim.to_string()))
        .order_by_desc(Column::MadeAt)
        .order_by_desc(Column::PromiseId)
        .lock_exclusive();
    let mut next = None;
    for row in query.all(work.db()).await? {
        if row.made_at <= booked_at {
            return Ok(Some((stored(row)?, next)));
        }
        next = Some(row.made_at);
    }
    Ok(None)
}

fn of_claim(work: &Work, claim: ClaimId) -> Select<Entity> {
    work.own::<Entity>()
        .filter(Column::ClaimId.eq(claim.to_string()))
        .filter(Column::State.eq("created"))
}

/// The promises of a debtor.
pub async fn of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::DebtorId.eq(debtor.to_string()));
    Ok(query.order_by_asc(Column::PromiseId).all(work.db()).await?)
}

/// Removes the promises of a debtor; none of them waits any more.
pub async fn forget(work: &Work, debtor: DebtorId) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Adds a promise.
pub async fn insert(work: &Work, stored: &Stored) -> Result<(), StoreError> {
    work.insert(stored.row.clone()).await
}

/// Keeps state, what was received and the next version, which is given back for the event.
pub async fn save(work: &Work, stored: &Stored) -> Result<i64, StoreError> {
    let version = stored.row.version + 1;
    let mut row = stored.row.clone().into_active_model();
    row.received = Set(stored.promise.received.minor_units());
    row.state = Set(codes::promise_state(stored.promise.state).to_owned());
    row.version = Set(version);
    Entity::update(row).exec(work.db()).await?;
    Ok(version)
}

fn stored(row: Model) -> Result<Stored, StoreError> {
    let promise = Promise {
        amount: money(row.amount, &row.currency)?,
        promised_on: row.promised_on,
        received: money(row.received, &row.currency)?,
        state: codes::read_promise_state(&row.state)?,
    };
    Ok(Stored { row, promise })
}
