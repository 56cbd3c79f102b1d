//! What experiments came to, and the stamp by which those who keep experiments in memory see a change.

use kulanz_store::{StoreError, Work};
use sea_orm::{ConnectionTrait, Statement, Value};

/// Takes the sums of an experiment: nobody else changes them until this transaction ends. Empty text where
/// there are none yet.
pub async fn take(work: &Work, experiment_id: &str) -> Result<String, StoreError> {
    let sql = "INSERT INTO experiment_sums (tenant_id, experiment_id, sums) VALUES ($1, $2, '') \
               ON CONFLICT (tenant_id, experiment_id) DO UPDATE SET sums = experiment_sums.sums \
               RETURNING sums";
    let values = [work.tenant().to_string().into(), experiment_id.into()];
    let row = work.db().query_one_raw(statement(work, sql, values)).await?;
    let row = row.ok_or(StoreError::Unreadable { what: "experiment_sums" })?;
    Ok(row.try_get("", "sums")?)
}

/// Writes the sums that were taken.
pub async fn put(work: &Work, experiment_id: &str, sums: String) -> Result<(), StoreError> {
    let sql = "UPDATE experiment_sums SET sums = $1 WHERE tenant_id = $2 AND experiment_id = $3";
    let values = [sums.into(), work.tenant().to_string().into(), experiment_id.into()];
    work.db().execute_raw(statement(work, sql, values)).await?;
    Ok(())
}

/// Grows the stamp of the tenant's experiments: whoever changes one waits for the others that do.
pub async fn grow_stamp(work: &Work) -> Result<(), StoreError> {
    let sql = "INSERT INTO experiment_stamp (tenant_id, stamp) VALUES ($1, 1) \
               ON CONFLICT (tenant_id) DO UPDATE SET stamp = experiment_stamp.stamp + 1";
    work.db().execute_raw(statement(work, sql, [work.tenant().to_string().into()])).await?;
    Ok(())
}

/// The stamp of the tenant's experiments; 0 where there are none.
pub async fn stamp(work: &Work) -> Result<i64, StoreError> {
    let sql = "SELECT stamp FROM experiment_stamp WHERE tenant_id = $1";
    let row = work.db().query_one_raw(statement(work, sql, [work.tenant().to_string().into()]));
    Ok(row.await?.map(|row| row.try_get("", "stamp")).transpose()?.unwrap_or(0))
}

fn statement<const N: usize>(work: &Work, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(work.db().get_database_backend(), sql, values)
}
