//! The claim account.

use std::collections::BTreeMap;

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QueryResult, QuerySelect};

use crate::domain::account::chain::Link;

/// An entry; `amount` in minor units of the claim's currency, `inputs` as JSON, `note` sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub entry_id: String,
    pub kind: String,
    pub subject: String,
    pub value_date: Date,
    pub amount: i64,
    pub cause_id: Option<String>,
    pub norm: String,
    pub rule_version: String,
    pub inputs: String,
    pub formula: String,
    pub note: Option<Vec<u8>>,
    pub actor: String,
    pub booked_at: DateTimeUtc,
    pub previous_hash: String,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Everything of it that its hash covers.
    pub fn link<'a>(&'a self, currency: &'a str) -> Link<'a> {
        Link {
            tenant_id: &self.tenant_id,
            claim_id: &self.claim_id,
            currency,
            sequence: self.sequence,
            entry_id: &self.entry_id,
            kind: &self.kind,
            subject: &self.subject,
            value_date: self.value_date,
            amount: self.amount,
            cause_id: self.cause_id.as_deref(),
            norm: &self.norm,
            rule_version: &self.rule_version,
            inputs: &self.inputs,
            formula: &self.formula,
            note: self.note.as_deref(),
            actor: &self.actor,
            booked_at: self.booked_at,
        }
    }
}

/// What replaying an account takes of an entry.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct Fact {
    pub claim_id: String,
    pub entry_id: String,
    pub kind: String,
    pub value_date: Date,
    pub amount: i64,
    pub cause_id: Option<String>,
    pub booked_at: DateTimeUtc,
}

impl Fact {
    /// Whether it is the credit that `cause_id` brought.
    pub fn is_credit_for(&self, cause_id: &str) -> bool {
        self.kind == "credit" && self.cause_id.as_deref() == Some(cause_id)
    }
}

/// What a statement takes of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub entry_id: String,
    pub kind: String,
    pub subject: String,
    pub value_date: Date,
    pub amount: i64,
    pub cause_id: Option<String>,
    pub norm: String,
    pub rule_version: String,
    pub inputs: String,
    pub formula: String,
    pub note: Option<Vec<u8>>,
    pub booked_at: DateTimeUtc,
}

impl Told {
    /// What its amount was computed from.
    pub fn inputs(&self) -> serde_json::Result<BTreeMap<String, String>> {
        match self.inputs.as_str() {
            // Most entries have none.
            "{}" => Ok(BTreeMap::new()),
            some => serde_json::from_str(some),
        }
    }
}

/// By the places of the columns that [`told`] selects: to look hundreds of rows up by name takes longer than
/// to read them.
impl FromQueryResult for Told {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Ok(Self {
            entry_id: row.try_get_by_index(0)?,
            kind: row.try_get_by_index(1)?,
            subject: row.try_get_by_index(2)?,
            value_date: row.try_get_by_index(3)?,
            amount: row.try_get_by_index(4)?,
            cause_id: row.try_get_by_index(5)?,
            norm: row.try_get_by_index(6)?,
            rule_version: row.try_get_by_index(7)?,
            inputs: row.try_get_by_index(8)?,
            formula: row.try_get_by_index(9)?,
            note: row.try_get_by_index(10)?,
            booked_at: row.try_get_by_index(11)?,
        })
    }
}

/// The entries of a claim in the order of their chain, after the one numbered `after`.
pub async fn of_claim(
    work: &Work,
    claim_id: &str,
    after: i64,
    limit: Option<u64>,
) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::Sequence.gt(after))
        .order_by_asc(Column::Sequence)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// What replaying takes of the entries of these claims, each in the order of its chain.
pub async fn facts(work: &Work, claim_ids: Vec<String>) -> Result<Vec<Fact>, StoreError> {
    use Column::{Amount, BookedAt, CauseId, ClaimId, EntryId, Kind, Sequence, ValueDate};
    Ok(work
        .own::<Entity>()
        .select_only()
        .columns([ClaimId, EntryId, Kind, ValueDate, Amount, CauseId, BookedAt])
        .filter(ClaimId.is_in(claim_ids))
        .order_by_asc(ClaimId)
        .order_by_asc(Sequence)
        .into_model()
        .all(work.db())
        .await?)
}

/// What a statement takes of the entries of a claim, in the order of their chain.
pub async fn told(work: &Work, claim_id: &str) -> Result<Vec<Told>, StoreError> {
    use Column::{
        Amount, BookedAt, CauseId, EntryId, Formula, Inputs, Kind, Norm, Note, RuleVersion,
        Sequence, Subject, ValueDate,
    };
    Ok(work
        .own::<Entity>()
        .select_only()
        .columns([EntryId, Kind, Subject, ValueDate, Amount, CauseId, Norm, RuleVersion])
        .columns([Inputs, Formula, Note, BookedAt])
        .filter(Column::ClaimId.eq(claim_id))
        .order_by_asc(Sequence)
        .into_model()
        .all(work.db())
        .await?)
}

/// Whether a claim has an entry of this kind and cause.
pub async fn is_booked(
    work: &Work,
    claim_id: &str,
    kind: &str,
    cause_id: Option<&str>,
) -> Result<bool, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::Kind.eq(kind))
        .filter(Column::CauseId.eq(cause_id));
    Ok(query.one(work.db()).await?.is_some())
}

/// Books entries.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}
