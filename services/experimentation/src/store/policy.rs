//! Versions of policies, and the stamp by which those who keep them in memory see a change.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Iterable, QueryOrder, QuerySelect, QueryTrait};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: String,
    pub key: String,
    pub number: i64,
    pub version: String,
    pub kind: String,
    pub state: String,
    pub description: String,
    pub feature_version: String,
    pub share: f64,
    pub health: String,
    pub content: Vec<u8>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Learned or given, not in use.
pub const CANDIDATE: &str = "candidate";
/// In use.
pub const LIVE: &str = "live";
/// No longer in use; kept so that its decisions can be replayed.
pub const RETIRED: &str = "retired";

/// Fixed choices: the yardstick.
pub const STATIC: &str = "static";
/// The same without trying anything out: for the hold-out.
pub const HOLDOUT: &str = "holdout";
/// Follows what is learned.
pub const LEARNED: &str = "learned";
/// Came from elsewhere.
pub const GIVEN: &str = "given";

/// The versions of a key in this state, the newest first.
pub async fn in_state(work: &Work, key: &str, state: &str) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::Key.eq(key)).filter(Column::State.eq(state));
    Ok(query.order_by_desc(Column::Number).all(work.db()).await?)
}

/// The names of all versions of fixed choices, for most people and for the hold-out, in use or not.
pub async fn fixed_names(work: &Work, key: &str) -> Result<Vec<String>, StoreError> {
    let is_fixed = Column::Kind.is_in([STATIC, HOLDOUT]);
    let query = work.own::<Entity>().filter(Column::Key.eq(key)).filter(is_fixed);
    Ok(query.select_only().column(Column::Version).into_tuple().all(work.db()).await?)
}

/// The highest number of a key; 0 where there is none.
pub async fn last_number(work: &Work, key: &str) -> Result<i64, StoreError> {
    let query = work.own::<Entity>().filter(Column::Key.eq(key)).order_by_desc(Column::Number);
    let number = query.select_only().column(Column::Number).into_tuple().one(work.db()).await?;
    Ok(number.unwrap_or(0))
}

/// What was learned last under a key, in use or not.
pub async fn newest_learned(work: &Work, key: &str) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::Key.eq(key)).filter(Column::Kind.eq(LEARNED));
    Ok(query.order_by_desc(Column::Number).one(work.db()).await?)
}

/// The policy version of this id.
pub async fn find(work: &Work, policy_id: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::PolicyId.eq(policy_id)).one(work.db()).await?)
}

/// The version of this name.
pub async fn find_version(
    work: &Work,
    key: &str,
    version: &str,
) -> Result<Option<Model>, StoreError> {
    let query =
        work.own::<Entity>().filter(Column::Key.eq(key)).filter(Column::Version.eq(version));
    Ok(query.one(work.db()).await?)
}

/// Versions after `cursor` in the order of their ids, of this state or of all. Their contents, some hundred KB each, are
/// not read: they come back empty.
pub async fn list(
    work: &Work,
    state: Option<&str>,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let told = Column::iter().filter(|column| !matches!(column, Column::Content));
    let query = work
        .own::<Entity>()
        .select_only()
        .columns(told)
        .expr_as(Expr::value(Vec::<u8>::new()), "content")
        .apply_if(state, |q, v| q.filter(Column::State.eq(v)))
        .apply_if(cursor.map(str::to_owned), |q, v| q.filter(Column::PolicyId.gt(v)))
        .order_by_asc(Column::PolicyId)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// Adds a version unless its number is taken by another replica's.
pub async fn insert_once(work: &Work, row: Model) -> Result<(), StoreError> {
    let columns = [Column::TenantId, Column::Key, Column::Number];
    work.insert_once(row, columns).await
}

/// Moves a version to another state.
pub async fn move_to(work: &Work, policy_id: &str, state: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::PolicyId.eq(policy_id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Writes where a version stands: its state, its share, and how it does.
pub async fn stand(work: &Work, row: &Model) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(row.state.as_str()))
        .col_expr(Column::Share, Expr::value(row.share))
        .col_expr(Column::Health, Expr::value(row.health.as_str()))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::PolicyId.eq(row.policy_id.as_str()))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Takes back a candidate that never decided anything.
pub async fn discard(work: &Work, policy_id: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::PolicyId.eq(policy_id))
        .filter(Column::State.eq(CANDIDATE))
        .exec(work.db())
        .await?;
    Ok(())
}
