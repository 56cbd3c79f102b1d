//! Questions to creditors.

use kulanz_store::{StoreError, Work};
use kulanz_types::QuestionId;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use super::save;

/// A question; `asked` and `answer` are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "question")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub question_id: String,
    pub claim_id: String,
    pub creditor_id: String,
    pub debtor_id: String,
    pub challenge_id: Option<String>,
    pub asked: Vec<u8>,
    pub asked_at: DateTimeUtc,
    pub asked_by: String,
    pub answer_by: Date,
    pub overdue: bool,
    pub answer: Option<Vec<u8>>,
    pub answered_at: Option<DateTimeUtc>,
    pub answered_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What to list; every filter that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub creditor_id: Option<String>,
    pub claim_id: Option<String>,
    pub unanswered: bool,
}

/// The question of this id.
pub async fn find(work: &Work, id: QuestionId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::QuestionId.eq(id.to_string())).one(work.db()).await?)
}

/// The questions about a challenge, oldest first.
pub async fn of_challenge(work: &Work, challenge_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ChallengeId.eq(challenge_id))
        .order_by_asc(Column::QuestionId)
        .all(work.db())
        .await?)
}

/// Questions after `cursor` in the order of their ids.
pub async fn list(
    work: &Work,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let mut query = work.own::<Entity>().order_by_asc(Column::QuestionId).limit(limit);
    if let Some(creditor) = &filter.creditor_id {
        query = query.filter(Column::CreditorId.eq(creditor));
    }
    if let Some(claim) = &filter.claim_id {
        query = query.filter(Column::ClaimId.eq(claim));
    }
    if filter.unanswered {
        query = query.filter(Column::AnsweredAt.is_null());
    }
    if let Some(cursor) = cursor {
        query = query.filter(Column::QuestionId.gt(cursor));
    }
    Ok(query.all(work.db()).await?)
}

/// Keeps a new question.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed question, under the lock of its claim.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
