//! Movements on the collection account and what became of them.

use kulanz_store::{StoreError, Work};
use kulanz_types::{BankEntryId, DebtorId};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub bank_entry_id: String,
    pub bank_statement_id: String,
    pub identity: String,
    pub currency: String,
    pub amount: i64,
    pub returned_amount: i64,
    pub return_reason: Option<String>,
    pub booked_on: Date,
    pub value_on: Date,
    pub state: String,
    pub claim_id: Option<String>,
    pub payment_id: Option<String>,
    pub match_rule: String,
    pub match_score: i64,
    pub match_reasons: String,
    pub payer_index: Option<String>,
    pub end_to_end_index: Option<String>,
    pub sealed_for: String,
    pub details: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Stored states.
pub mod state {
    pub const MATCHED: &str = "matched";
    pub const UNMATCHED: &str = "unmatched";
    pub const RETURNED: &str = "returned";
    pub const IGNORED: &str = "ignored";
}

/// What of an entry names a person; sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub name: String,
    pub iban: String,
    pub text: String,
    pub references: Vec<String>,
}

const SEALED: &str = "bank_entry.details";

/// Under whose key an entry of unknown owner is sealed: a key of the tenant's suspense.
pub fn nobody() -> DebtorId {
    DebtorId::from_uuid(Uuid::nil())
}

/// The entry of this id.
pub async fn find(work: &Work, id: BankEntryId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::BankEntryId.eq(id.to_string())).one(work.db()).await?)
}

/// The entry of this id, to change it.
pub async fn take(work: &Work, id: BankEntryId) -> Result<Option<Model>, StoreError> {
    let query =
        work.own::<Entity>().filter(Column::BankEntryId.eq(id.to_string())).lock_exclusive();
    Ok(query.one(work.db()).await?)
}

/// The entry that has this identity.
pub async fn of_identity(work: &Work, identity: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::Identity.eq(identity)).one(work.db()).await?)
}

/// Debtors for whom this account has paid before.
pub async fn debtors_of_payer(work: &Work, payer: &str) -> Result<Vec<String>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::SealedFor)
        .distinct()
        .filter(Column::PayerIndex.eq(payer))
        .filter(Column::State.eq(state::MATCHED));
    Ok(query.into_tuple().all(work.db()).await?)
}

/// Ids of matched entries with this end-to-end id.
pub async fn of_end_to_end(work: &Work, index: &str) -> Result<Vec<String>, StoreError> {
    ids(work, Column::EndToEndIndex.eq(index)).await
}

/// Ids of matched entries from this account.
pub async fn of_payer(work: &Work, index: &str) -> Result<Vec<String>, StoreError> {
    ids(work, Column::PayerIndex.eq(index)).await
}

async fn ids(
    work: &Work,
    filter: sea_orm::sea_query::SimpleExpr,
) -> Result<Vec<String>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::BankEntryId)
        .filter(filter)
        .filter(Column::State.eq(state::MATCHED))
        .order_by_desc(Column::BankEntryId)
        .limit(100);
    Ok(query.into_tuple().all(work.db()).await?)
}

/// Up to `limit` entries that wait for a person, after `cursor` in the order of their ids.
pub async fn unmatched(
    work: &Work,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::State.eq(state::UNMATCHED))
        .apply_if(cursor.map(str::to_owned), |query, id| query.filter(Column::BankEntryId.gt(id)))
        .order_by_asc(Column::BankEntryId)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// Adds an entry.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Keeps what became of an entry.
pub async fn save(work: &Work, row: &Model) -> Result<(), StoreError> {
    use sea_orm::IntoActiveModel as _;
    let active = row.clone().into_active_model().reset_all();
    Entity::update(active).exec(work.db()).await?;
    Ok(())
}

/// Seals what names a person under a debtor's key.
pub async fn seal(
    work: &Work,
    debtor: DebtorId,
    entry: &str,
    details: &Details,
) -> Result<Vec<u8>, StoreError> {
    work.seal_json(debtor, SEALED, entry, details).await
}

/// Opens what names a person; empty once the person was erased.
pub async fn open(work: &Work, row: &Model) -> Result<Details, StoreError> {
    let debtor = row.sealed_for.parse()?;
    let details = work.open_json(debtor, SEALED, &row.bank_entry_id, &row.details).await?;
    Ok(details.unwrap_or_default())
}
