//! What happened, and which decision it is booked to.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub outcome_id: String,
    pub source: String,
    pub about: String,
    pub debtor_id: String,
    pub claim_id: String,
    pub decision_id: Option<String>,
    pub pinned: bool,
    pub kind: String,
    pub minor_units: i64,
    pub currency: String,
    pub occurred_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub toward: String,
    pub dues: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Books a fact once, however often it is told.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    super::exposure::outdate(work, &row.debtor_id).await?;
    work.insert_once(row, [Column::TenantId, Column::Source]).await
}

/// Everything booked about a debtor.
pub async fn of_debtor(work: &Work, debtor_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::DebtorId.eq(debtor_id)).all(work.db()).await?)
}

/// Everything booked to these decisions, in order of time.
pub async fn of_decisions(work: &Work, decision_ids: &[String]) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(work.among(Column::DecisionId, decision_ids))
        .order_by_asc(Column::OccurredAt)
        .order_by_asc(Column::OutcomeId);
    Ok(query.all(work.db()).await?)
}

/// What is learned from an outcome that is booked to a decision.
#[derive(Debug, FromQueryResult)]
pub struct Booked {
    pub decision_id: String,
    pub kind: String,
    pub about: String,
    pub minor_units: i64,
    pub occurred_at: DateTimeUtc,
    pub toward: String,
    pub dues: String,
}

/// What of these kinds is booked to these decisions, in no order.
pub async fn booked(
    work: &Work,
    decision_ids: &[String],
    kinds: &[String],
) -> Result<Vec<Booked>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .columns([
            Column::DecisionId,
            Column::Kind,
            Column::About,
            Column::MinorUnits,
            Column::OccurredAt,
            Column::Toward,
            Column::Dues,
        ])
        .filter(work.among(Column::DecisionId, decision_ids))
        .filter(Column::Kind.is_in(kinds));
    Ok(query.into_model().all(work.db()).await?)
}

/// Books an outcome to another decision, or to none.
pub async fn move_to(
    work: &Work,
    outcome_id: &str,
    decision_id: Option<String>,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::DecisionId, Expr::value(decision_id))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::OutcomeId.eq(outcome_id))
        .exec(work.db())
        .await?;
    Ok(())
}
