//! What people say against claims, or against being asked at all.

use kulanz_store::{StoreError, Work};
use kulanz_types::DisputeId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

use super::{hold, save};

/// A challenge; `explanation`, `details` and `resolution` are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub challenge_id: String,
    pub debtor_id: String,
    pub claim_id: Option<String>,
    pub kind: String,
    pub reason: i64,
    pub explanation: Option<Vec<u8>>,
    pub details: Option<Vec<u8>>,
    pub disputed_amount: Option<i64>,
    pub state: String,
    pub version: i64,
    pub opened_at: DateTimeUtc,
    pub opened_by: String,
    pub answer_by: Date,
    pub overdue: bool,
    pub resolution: Option<Vec<u8>>,
    pub decided_at: Option<DateTimeUtc>,
    pub decided_by: Option<String>,
    pub decision_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What to list; every filter that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub debtor_id: Option<String>,
    pub claim_id: Option<String>,
    pub states: Vec<&'static str>,
    pub overdue: bool,
}

/// The challenge of this id.
pub async fn find(work: &Work, id: DisputeId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ChallengeId.eq(id.to_string())).one(work.db()).await?)
}

/// The challenge of this id, kept from being changed by others until the transaction ends. Claims are
/// locked before their challenges.
pub async fn find_locked(work: &Work, id: DisputeId) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ChallengeId.eq(id.to_string()));
    Ok(query.lock_exclusive().one(work.db()).await?)
}

/// The challenges of a debtor, oldest first.
pub async fn of_debtor(work: &Work, debtor_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor_id))
        .order_by_asc(Column::ChallengeId)
        .all(work.db())
        .await?)
}

/// Challenges after `cursor` in the order of their ids.
pub async fn list(
    work: &Work,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let mut query = work.own::<Entity>().order_by_asc(Column::ChallengeId).limit(limit);
    if let Some(debtor) = &filter.debtor_id {
        query = query.filter(Column::DebtorId.eq(debtor));
    }
    if let Some(claim) = &filter.claim_id {
        let causes = hold::causes_of_claim(work, claim).await?;
        let own = Condition::any().add(Column::ClaimId.eq(claim));
        query = query.filter(own.add(Column::ChallengeId.is_in(causes)));
    }
    if !filter.states.is_empty() {
        query = query.filter(Column::State.is_in(filter.states.iter().copied()));
    }
    if filter.overdue {
        query = query.filter(Column::Overdue.eq(true)).filter(Column::DecidedAt.is_null());
    }
    if let Some(cursor) = cursor {
        query = query.filter(Column::ChallengeId.gt(cursor));
    }
    Ok(query.all(work.db()).await?)
}

/// Keeps a new challenge.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Keeps new challenges.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Marks the undecided challenges that were promised an answer by this day as late.
pub async fn note_late(work: &Work, promised: Date) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Overdue, Expr::value(true))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::AnswerBy.lte(promised))
        .filter(Column::DecidedAt.is_null())
        .filter(Column::Overdue.eq(false))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Writes a changed challenge, read with [`find_locked`].
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
