//! What claims last told about a claim.

use kulanz_store::{StoreError, Work};
use kulanz_types::ClaimId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{IntoActiveModel, Set};

use super::MOST_KEYS;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_fact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    pub state: String,
    pub state_version: i64,
    pub balance: Option<i64>,
    pub balance_version: i64,
    pub refundable: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What a claim's state means for dues and promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Being collected.
    Open,
    /// Nobody may press for payment now.
    Silent,
    /// Over.
    Closed,
}

impl Standing {
    const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Silent => "silent",
            Self::Closed => "closed",
        }
    }
}

impl Model {
    /// The standing that the stored state means.
    pub fn standing(&self) -> Standing {
        match self.state.as_str() {
            "silent" => Standing::Silent,
            "closed" => Standing::Closed,
            _ => Standing::Open,
        }
    }
}

/// What is known of a claim.
pub async fn find(work: &Work, claim: ClaimId) -> Result<Option<Model>, StoreError> {
    let key = (work.tenant().to_string(), claim.to_string());
    Ok(Entity::find_by_id(key).one(work.db()).await?)
}

/// What is known of these claims.
pub async fn of_claims(work: &Work, claims: &[String]) -> Result<Vec<Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in claims.chunks(MOST_KEYS) {
        let query = work.own::<Entity>().filter(Column::ClaimId.is_in(chunk));
        found.extend(query.all(work.db()).await?);
    }
    Ok(found)
}

/// The standing of a claim; open where nothing was told yet.
pub async fn standing(work: &Work, claim: ClaimId) -> Result<Standing, StoreError> {
    Ok(find(work, claim).await?.map_or(Standing::Open, |fact| fact.standing()))
}

/// Notes the standing unless a later one is known; whether it was noted.
pub async fn note_standing(
    work: &Work,
    claim: ClaimId,
    standing: Standing,
    version: i64,
) -> Result<bool, StoreError> {
    let fact = find_or_new(work, claim).await?;
    if version < fact.state_version {
        return Ok(false);
    }
    let mut row = fact.into_active_model();
    row.state = Set(standing.code().to_owned());
    row.state_version = Set(version);
    Entity::update(row).exec(work.db()).await?;
    Ok(true)
}

/// Notes the balance unless a later one is known; what was known of the claim before, if it was noted.
pub async fn note_balance(
    work: &Work,
    claim: ClaimId,
    balance: i64,
    version: i64,
) -> Result<Option<Model>, StoreError> {
    let fact = find_or_new(work, claim).await?;
    if version < fact.balance_version {
        return Ok(None);
    }
    let mut row = fact.clone().into_active_model();
    row.balance = Set(Some(balance));
    row.balance_version = Set(version);
    Entity::update(row).exec(work.db()).await?;
    Ok(Some(fact))
}

/// Notes how much of a claim's money is owed back to its payer, in minor units.
pub async fn note_refundable(work: &Work, claim: ClaimId, cents: i64) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Refundable, Expr::val(cents))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::ClaimId.eq(claim.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
}

async fn find_or_new(work: &Work, claim: ClaimId) -> Result<Model, StoreError> {
    if let Some(fact) = find(work, claim).await? {
        return Ok(fact);
    }
    let fact = Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim.to_string(),
        state: Standing::Open.code().to_owned(),
        state_version: 0,
        balance: None,
        balance_version: 0,
        refundable: 0,
    };
    work.insert(fact.clone()).await?;
    Ok(fact)
}
