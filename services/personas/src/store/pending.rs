//! Debtors to be looked at.

use kulanz_store::{StoreError, Work};
use sea_orm::{ConnectionTrait, Statement, Value};

/// A debtor and how many reasons there were so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The debtor.
    pub debtor_id: String,
    /// Grows with each reason.
    pub generation: i64,
}

/// Notes a reason to look at a debtor.
pub async fn note(work: &Work, debtor_id: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO pending (tenant_id, debtor_id, generation) VALUES ($1, $2, 1) \
               ON CONFLICT (tenant_id, debtor_id) DO UPDATE SET generation = pending.generation + 1";
    execute(work, sql, [work.tenant().to_string().into(), debtor_id.into()]).await?;
    Ok(())
}

/// Up to `limit` debtors that wait.
pub async fn some(work: &Work, limit: i64) -> Result<Vec<Pending>, StoreError> {
    let sql = format!(
        "SELECT debtor_id, generation FROM pending WHERE tenant_id = $1 \
         ORDER BY debtor_id LIMIT {limit}"
    );
    let values: [Value; 1] = [work.tenant().to_string().into()];
    let rows = work.db().query_all_raw(statement(work, &sql, values)).await?;
    let pending = |row: &sea_orm::QueryResult| {
        Ok(Pending {
            debtor_id: row.try_get("", "debtor_id")?,
            generation: row.try_get("", "generation")?,
        })
    };
    rows.iter().map(pending).collect()
}

/// Takes a debtor off the list; false where a new reason came or another replica was faster.
pub async fn take(work: &Work, pending: &Pending) -> Result<bool, StoreError> {
    let sql = "DELETE FROM pending WHERE tenant_id = $1 AND debtor_id = $2 AND generation = $3";
    let values = [
        work.tenant().to_string().into(),
        pending.debtor_id.clone().into(),
        pending.generation.into(),
    ];
    Ok(execute(work, sql, values).await? == 1)
}

async fn execute<const N: usize>(
    work: &Work,
    sql: &str,
    values: [Value; N],
) -> Result<u64, StoreError> {
    Ok(work.db().execute_raw(statement(work, sql, values)).await?.rows_affected())
}

fn statement<const N: usize>(work: &Work, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(work.db().get_database_backend(), sql, values)
}
