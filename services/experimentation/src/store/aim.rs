//! What a policy is to reach, and the stamp of everything that decides under its key.

use kulanz_store::{StoreError, Work};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

/// What stands of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// Goals as JSON.
    pub goals: String,
    /// Grows with every change of goals, versions, states and shares.
    pub stamp: i64,
}

/// What stands of a key, if anything does.
pub async fn find(work: &Work, key: &str) -> Result<Option<Aim>, StoreError> {
    let sql = "SELECT goals, stamp FROM policy_aim WHERE tenant_id = $1 AND key = $2";
    let row = work.db().query_one_raw(statement(work, sql, own(work, key))).await?;
    row.map(|row| aim(&row)).transpose()
}

/// Sets the first goals, unless another process has.
pub async fn found(work: &Work, key: &str, goals: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO policy_aim (tenant_id, key, goals, stamp) VALUES ($1, $2, $3, 1) \
               ON CONFLICT (tenant_id, key) DO NOTHING";
    let values = own(work, key).into_iter().chain([goals.into()]);
    work.db().execute_raw(statement(work, sql, values)).await?;
    Ok(())
}

/// Sets other goals.
pub async fn put(work: &Work, key: &str, goals: &str) -> Result<(), StoreError> {
    let sql =
        "UPDATE policy_aim SET goals = $3, stamp = stamp + 1 WHERE tenant_id = $1 AND key = $2";
    let values = own(work, key).into_iter().chain([goals.into()]);
    work.db().execute_raw(statement(work, sql, values)).await?;
    Ok(())
}

/// Tells everyone who keeps policies of this key in memory to read them again.
pub async fn stamp(work: &Work, key: &str) -> Result<(), StoreError> {
    let sql = "UPDATE policy_aim SET stamp = stamp + 1 WHERE tenant_id = $1 AND key = $2";
    work.db().execute_raw(statement(work, sql, own(work, key))).await?;
    Ok(())
}

fn own(work: &Work, key: &str) -> [Value; 2] {
    [work.tenant().to_string().into(), key.into()]
}

fn aim(row: &QueryResult) -> Result<Aim, StoreError> {
    Ok(Aim { goals: row.try_get("", "goals")?, stamp: row.try_get("", "stamp")? })
}

fn statement(work: &Work, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(work.db().get_database_backend(), sql, values)
}
