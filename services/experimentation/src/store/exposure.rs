//! Who is in which arm since when.

use std::collections::HashMap;

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, LockBehavior, LockType, OnConflict};
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exposure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub experiment_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub arm: String,
    pub bucket_version: i64,
    pub exposed_at: DateTimeUtc,
    pub covariate: Option<f64>,
    pub stale: bool,
    pub matured: bool,
    pub counted: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

const KEY: [Column; 3] = [Column::TenantId, Column::ExperimentId, Column::DebtorId];

/// Notes that a person is in, unless they were before; whether it is new.
pub async fn note(work: &Work, row: Model) -> Result<bool, StoreError> {
    let once = OnConflict::columns(KEY).do_nothing().to_owned();
    let insert = Entity::insert(row.into_active_model()).on_conflict(once);
    Ok(insert.exec_without_returning(work.db()).await? == 1)
}

/// Notes that people are in, unless they were before.
pub async fn note_all(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    for chunk in rows.chunks(super::CHUNK) {
        let once = OnConflict::columns(KEY).do_nothing().to_owned();
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).on_conflict(once).exec_without_returning(work.db()).await?;
    }
    Ok(())
}

/// Notes what was predicted of a person before they came in.
pub async fn foresee(
    work: &Work,
    (experiment_id, debtor_id): (&str, &str),
    covariate: f64,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Covariate, Expr::value(covariate))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::ExperimentId.eq(experiment_id))
        .filter(Column::DebtorId.eq(debtor_id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// The arm that a person was given before.
pub async fn arm_of(
    work: &Work,
    experiment_id: &str,
    debtor_id: &str,
) -> Result<Option<String>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::Arm)
        .filter(Column::ExperimentId.eq(experiment_id))
        .filter(Column::DebtorId.eq(debtor_id));
    Ok(query.into_tuple().one(work.db()).await?)
}

/// The arms that people were given before in these experiments, by experiment and person.
pub async fn arms_of(
    work: &Work,
    experiment_ids: &[String],
    debtor_ids: &[String],
) -> Result<HashMap<(String, String), String>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .columns([Column::ExperimentId, Column::DebtorId, Column::Arm])
        .filter(work.among(Column::ExperimentId, experiment_ids))
        .filter(work.among(Column::DebtorId, debtor_ids));
    let rows: Vec<(String, String, String)> = query.into_tuple().all(work.db()).await?;
    Ok(rows.into_iter().map(|(experiment, debtor, arm)| ((experiment, debtor), arm)).collect())
}

/// Notes that something happened to a person: the sums do not hold it yet.
pub async fn outdate(work: &Work, debtor_id: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Stale, Expr::value(true))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::DebtorId.eq(debtor_id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Up to `limit` people whom the sums do not hold as they are, or whose outcome became complete by
/// `matured_by`. They are locked; who is being written about right now is left for the next look.
pub async fn take_uncounted(
    work: &Work,
    experiment_id: &str,
    matured_by: DateTimeUtc,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let ripe =
        Condition::all().add(Column::Matured.eq(false)).add(Column::ExposedAt.lte(matured_by));
    let query = work
        .own::<Entity>()
        .filter(Column::ExperimentId.eq(experiment_id))
        .filter(Condition::any().add(Column::Stale.eq(true)).add(ripe))
        .order_by_asc(Column::DebtorId)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(query.all(work.db()).await?)
}

/// People whom the sums hold in some way, after `cursor` in the order of their ids.
pub async fn counted(
    work: &Work,
    experiment_id: &str,
    cursor: &str,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::ExperimentId.eq(experiment_id))
        .filter(Column::DebtorId.gt(cursor))
        .filter(Column::Counted.is_not_null())
        .order_by_asc(Column::DebtorId)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// Notes what the sums now hold of people.
pub async fn note_counted(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    let columns = [Column::Stale, Column::Matured, Column::Counted];
    let known = OnConflict::columns(KEY).update_columns(columns).to_owned();
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    Entity::insert_many(rows).on_conflict(known).exec_without_returning(work.db()).await?;
    Ok(())
}

/// Notes that the sums hold nobody any more.
pub async fn discount(work: &Work, experiment_id: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Stale, Expr::value(true))
        .col_expr(Column::Counted, Expr::value(Option::<String>::None))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::ExperimentId.eq(experiment_id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// The experiments that a person is in.
pub async fn of_debtor(work: &Work, debtor_id: &str) -> Result<Vec<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::DebtorId.eq(debtor_id));
    Ok(query.order_by_asc(Column::ExperimentId).all(work.db()).await?)
}

/// Takes a person out of an experiment.
pub async fn delete(work: &Work, experiment_id: &str, debtor_id: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::ExperimentId.eq(experiment_id))
        .filter(Column::DebtorId.eq(debtor_id))
        .exec(work.db())
        .await?;
    Ok(())
}
