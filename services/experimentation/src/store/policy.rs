//! Versions of policies.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "policy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: String,
    pub key: String,
    pub number: i64,
    pub version: String,
    pub state: String,
    pub content: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// In use.
pub const LIVE: &str = "live";
/// No longer in use; kept so that its decisions can be replayed.
pub const RETIRED: &str = "retired";

/// The version in use.
pub async fn live(work: &Work, key: &str) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::Key.eq(key)).filter(Column::State.eq(LIVE));
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

/// Versions after `cursor` in the order of their ids.
pub async fn list(work: &Work, cursor: Option<&str>, limit: u64) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .apply_if(cursor.map(str::to_owned), |q, v| q.filter(Column::PolicyId.gt(v)))
        .order_by_asc(Column::PolicyId)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// Adds a version unless its number is taken by another replica's.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    let columns = [Column::TenantId, Column::Key, Column::Number];
    work.insert_once(row, columns).await
}

/// Takes a version out of use.
pub async fn retire(work: &Work, policy_id: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(RETIRED))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::PolicyId.eq(policy_id))
        .exec(work.db())
        .await?;
    Ok(())
}
