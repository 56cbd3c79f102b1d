//! Movements on the collection account and what became of them.

use kulanz_store::{StoreError, Work};
use kulanz_types::{BankEntryId, DebtorId, Money};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MOST_KEYS, payment};

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
    pub overpaid: i64,
    pub undone_by: Option<String>,
    pub waits_for: Option<String>,
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
    /// The end-to-end id; entries kept earlier have it among their references.
    #[serde(default)]
    pub end_to_end: Option<String>,
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

/// The entries that have these identities.
pub async fn of_identities(work: &Work, identities: &[String]) -> Result<Vec<Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in identities.chunks(MOST_KEYS) {
        let query = work.own::<Entity>().filter(Column::Identity.is_in(chunk));
        found.extend(query.all(work.db()).await?);
    }
    Ok(found)
}

/// Accounts with the debtors for whom they have paid before.
pub async fn debtors_of_payers(
    work: &Work,
    payers: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::new();
    for chunk in payers.chunks(MOST_KEYS) {
        let query = work
            .own::<Entity>()
            .select_only()
            .columns([Column::PayerIndex, Column::SealedFor])
            .distinct()
            .filter(Column::PayerIndex.is_in(chunk))
            .filter(Column::State.eq(state::MATCHED));
        found.extend(query.into_tuple::<(String, String)>().all(work.db()).await?);
    }
    Ok(found)
}

/// How an entry that may come back is found again.
pub enum Origin<'a> {
    /// By its end-to-end id's blind index.
    EndToEnd(&'a str),
    /// By its payer's blind index.
    Payer(&'a str),
    /// By what was booked to any of these claims.
    Claims(&'a [String]),
}

/// Entries of exactly this amount that were booked and have not come back, the latest first.
pub async fn returnable(
    work: &Work,
    origin: Origin<'_>,
    amount: Money,
) -> Result<Vec<Model>, StoreError> {
    let standing = Condition::any()
        .add(Expr::exists(payment::received_of_entries()))
        .add(Column::Overpaid.gt(0));
    let by_origin = match origin {
        Origin::EndToEnd(index) => Column::EndToEndIndex.eq(index),
        Origin::Payer(index) => Column::PayerIndex.eq(index),
        Origin::Claims(claims) => {
            let of_claims = payment::Column::ClaimId.is_in(claims);
            let received = payment::received_of_entries().and_where(of_claims).to_owned();
            Column::ClaimId.is_in(claims).or(Expr::exists(received))
        }
    };
    let query = work
        .own::<Entity>()
        .filter(by_origin)
        .filter(Column::State.eq(state::MATCHED))
        .filter(Column::Amount.eq(amount.minor_units()))
        .filter(Column::Currency.eq(amount.currency().code()))
        .filter(Column::UndoneBy.is_null())
        .filter(standing)
        .order_by_desc(Column::ValueOn)
        .order_by_desc(Column::BankEntryId)
        .limit(100);
    Ok(query.all(work.db()).await?)
}

/// Entries that wait until claims has brought a debtor's account up to date.
pub async fn waiting_for(work: &Work, debtor: &str) -> Result<Vec<String>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::BankEntryId)
        .filter(Column::WaitsFor.eq(debtor));
    Ok(query.into_tuple().all(work.db()).await?)
}

/// The entries that were booked to a debtor's claims, or are sealed as theirs.
pub async fn of_debtor(
    work: &Work,
    debtor: DebtorId,
    claims: &[String],
) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(theirs(debtor, claims));
    Ok(query.order_by_asc(Column::BankEntryId).all(work.db()).await?)
}

fn theirs(debtor: DebtorId, claims: &[String]) -> Condition {
    let shares = payment::any_of_entries()
        .and_where(payment::Column::DebtorId.eq(debtor.to_string()))
        .to_owned();
    Condition::any()
        .add(Column::SealedFor.eq(debtor.to_string()))
        .add(Column::ClaimId.is_in(claims))
        .add(Expr::exists(shares))
}

/// The entries from these accounts that wait for a person.
pub async fn unmatched_of_payers(work: &Work, payers: &[String]) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::PayerIndex.is_in(payers))
        .filter(Column::State.eq(state::UNMATCHED))
        .order_by_asc(Column::BankEntryId);
    Ok(query.all(work.db()).await?)
}

/// Takes what names or leads to a person out of their entries. What was sealed is of no use to anyone once
/// the key is destroyed, and is not kept either.
pub async fn forget_person(
    work: &Work,
    debtor: DebtorId,
    claims: &[String],
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::PayerIndex, Expr::value(Option::<String>::None))
        .col_expr(Column::EndToEndIndex, Expr::value(Option::<String>::None))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(theirs(debtor, claims))
        .exec(work.db())
        .await?;
    Entity::update_many()
        .col_expr(Column::Details, Expr::value(Vec::<u8>::new()))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::SealedFor.eq(debtor.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
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
