//! Claims as far as matching needs them.

use std::collections::BTreeSet;

use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, CreditorId, Currency, DebtorId};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;

use super::currency;

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
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let known = Column::CreditorReference.is_in(references);
    Ok(work.own::<Entity>().filter(known).all(work.db()).await?)
}

/// The claims with one of these reference keys.
pub async fn of_keys(work: &Work, keys: &[String]) -> Result<Vec<Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in keys.chunks(500) {
        found.extend(
            work.own::<Entity>().filter(Column::ReferenceKey.is_in(chunk)).all(work.db()).await?,
        );
    }
    Ok(found)
}

/// The claims of these debtors.
pub async fn of_debtors(work: &Work, debtors: &[String]) -> Result<Vec<Model>, StoreError> {
    if debtors.is_empty() {
        return Ok(Vec::new());
    }
    Ok(work.own::<Entity>().filter(Column::DebtorId.is_in(debtors)).all(work.db()).await?)
}

/// How long the tenant's reference keys are.
pub async fn key_lengths(work: &Work) -> Result<BTreeSet<usize>, StoreError> {
    let query = work.own::<Entity>().select_only().column(Column::ReferenceLength).distinct();
    let lengths: Vec<i64> = query.into_tuple().all(work.db()).await?;
    Ok(lengths.into_iter().filter_map(|length| usize::try_from(length).ok()).collect())
}
