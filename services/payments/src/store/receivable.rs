//! Claims as far as matching needs them.

use std::collections::BTreeSet;

use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, CreditorId, Currency, DebtorId};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::{MOST_KEYS, currency};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "receivable")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub currency: String,
    pub principal: i64,
    pub case_reference: String,
    pub reference_key: String,
    pub reference_length: i64,
    pub creditor_reference: String,
    pub opened_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whose claim and debt it is: what every booking and event of a claim needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    pub claim: ClaimId,
    pub debtor: DebtorId,
    pub creditor: CreditorId,
    pub currency: Currency,
}

impl Model {
    /// Whose claim and debt it is.
    pub fn parties(&self) -> Result<Parties, StoreError> {
        Ok(Parties {
            claim: self.claim_id.parse()?,
            debtor: self.debtor_id.parse()?,
            creditor: self.creditor_id.parse()?,
            currency: currency(&self.currency)?,
        })
    }
}

/// Adds a claim once.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert_once(row, [Column::TenantId, Column::ClaimId]).await
}

/// The claim of this id.
pub async fn find(work: &Work, claim: ClaimId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ClaimId.eq(claim.to_string())).one(work.db()).await?)
}

/// The claims with one of these structured references.
pub async fn of_references(work: &Work, references: &[String]) -> Result<Vec<Model>, StoreError> {
    with(work, Column::CreditorReference, references).await
}

/// The claims with one of these reference keys.
pub async fn of_keys(work: &Work, keys: &[String]) -> Result<Vec<Model>, StoreError> {
    with(work, Column::ReferenceKey, keys).await
}

/// The claims of these debtors.
pub async fn of_debtors(work: &Work, debtors: &[String]) -> Result<Vec<Model>, StoreError> {
    with(work, Column::DebtorId, debtors).await
}

async fn with(work: &Work, column: Column, values: &[String]) -> Result<Vec<Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in values.chunks(MOST_KEYS) {
        found.extend(work.own::<Entity>().filter(column.is_in(chunk)).all(work.db()).await?);
    }
    Ok(found)
}

/// How long the tenant's reference keys are. They are few: each is sought from the one before, so that the
/// index is touched once per length and not once per claim.
pub async fn key_lengths(work: &Work) -> Result<BTreeSet<usize>, StoreError> {
    let mut lengths = BTreeSet::new();
    let mut last = 0_i64;
    loop {
        let next = work
            .own::<Entity>()
            .select_only()
            .column(Column::ReferenceLength)
            .filter(Column::ReferenceLength.gt(last))
            .order_by_asc(Column::ReferenceLength)
            .limit(1);
        let next: Option<i64> = next.into_tuple().one(work.db()).await?;
        let Some(next) = next else { return Ok(lengths) };
        lengths.extend(usize::try_from(next));
        last = next;
    }
}
