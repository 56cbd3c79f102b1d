//! Experiments.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, QueryOrder, QuerySelect, QueryTrait};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experiment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub experiment_id: String,
    pub key: String,
    pub design: String,
    pub state: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub stopped_at: Option<DateTimeUtc>,
    pub stop_reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The experiment of this id.
pub async fn find(work: &Work, experiment_id: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ExperimentId.eq(experiment_id)).one(work.db()).await?)
}

/// The experiment of this key.
pub async fn find_by_key(work: &Work, key: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::Key.eq(key)).one(work.db()).await?)
}

/// Experiments after `cursor` in the order of their ids.
pub async fn list(work: &Work, cursor: Option<&str>, limit: u64) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .apply_if(cursor.map(str::to_owned), |q, v| q.filter(Column::ExperimentId.gt(v)))
        .order_by_asc(Column::ExperimentId)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// Adds an experiment.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes every column, unless the row was changed since `read_version`; whether it was written.
pub async fn update(work: &Work, row: Model, read_version: i64) -> Result<bool, StoreError> {
    let filter = Column::TenantId
        .eq(row.tenant_id.clone())
        .and(Column::ExperimentId.eq(row.experiment_id.clone()))
        .and(Column::Version.eq(read_version));
    let written = Entity::update_many()
        .set(ActiveModel::from(row).reset_all())
        .filter(filter)
        .exec(work.db())
        .await?;
    Ok(written.rows_affected == 1)
}
