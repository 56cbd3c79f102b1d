//! The decision log.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait};

/// A logged decision; structures are JSON, `context` is sealed. Of the grounds something stands in `grid`, `origin`,
/// `predicted`, `reasons`, `null_reason`, `draw` and `deviations` only in rows from before they were sealed, too.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub decision_id: String,
    pub sequence: i64,
    pub debtor_id: String,
    pub policy_key: String,
    pub policy_version: String,
    pub fingerprint: Vec<u8>,
    pub context: Vec<u8>,
    pub context_hash: String,
    pub grid: String,
    pub origin: String,
    pub levels: Option<String>,
    pub joint_propensity: f64,
    pub null_propensity: f64,
    pub marginals: String,
    pub predicted: String,
    pub reasons: String,
    pub null_reason: String,
    pub reconsider_at: Option<DateTimeUtc>,
    pub claim_ids: String,
    pub decided_at: DateTimeUtc,
    pub chain_hash: String,
    pub terms: String,
    pub feature_version: String,
    pub draw: Option<i32>,
    pub deviations: String,
    pub policy_share: Option<f64>,
    pub experiment_arm: String,
    pub chain_version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What to list; every filter that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub debtor_id: Option<String>,
    pub policy_key: Option<String>,
    pub from: Option<DateTimeUtc>,
    pub until: Option<DateTimeUtc>,
    pub decision_id: Option<String>,
    pub claim_id: Option<String>,
}

/// The decision of this id.
pub async fn find(work: &Work, decision_id: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::DecisionId.eq(decision_id)).one(work.db()).await?)
}

/// The decisions of these ids, in no order.
pub async fn find_all(work: &Work, decision_ids: &[String]) -> Result<Vec<Model>, StoreError> {
    if decision_ids.is_empty() {
        return Ok(Vec::new());
    }
    let among = work.among(Column::DecisionId, decision_ids);
    Ok(work.own::<Entity>().filter(among).all(work.db()).await?)
}

/// Up to `limit` decisions after `cursor` in the order of their ids.
pub async fn list(
    work: &Work,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let quoted = |claim: &String| format!("%\"{claim}\"%");
    let query = work
        .own::<Entity>()
        .apply_if(filter.debtor_id.clone(), |q, v| q.filter(Column::DebtorId.eq(v)))
        .apply_if(filter.policy_key.clone(), |q, v| q.filter(Column::PolicyKey.eq(v)))
        .apply_if(filter.from, |q, v| q.filter(Column::DecidedAt.gte(v)))
        .apply_if(filter.until, |q, v| q.filter(Column::DecidedAt.lt(v)))
        .apply_if(filter.decision_id.clone(), |q, v| q.filter(Column::DecisionId.eq(v)))
        .apply_if(filter.claim_id.as_ref().map(quoted), |q, v| q.filter(Column::ClaimIds.like(v)))
        .apply_if(cursor.map(str::to_owned), |q, v| q.filter(Column::DecisionId.gt(v)));
    Ok(query.order_by_asc(Column::DecisionId).limit(limit).all(work.db()).await?)
}

/// Up to `limit` decisions behind a place in the chain, in their order.
pub async fn after(work: &Work, sequence: i64, limit: u64) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::Sequence.gt(sequence));
    Ok(query.order_by_asc(Column::Sequence).limit(limit).all(work.db()).await?)
}

/// Appends to the log.
pub async fn append(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}
