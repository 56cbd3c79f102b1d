//! The end of a tenant's chain of decisions.

use kulanz_store::{StoreError, Work};
use sea_orm::{ConnectionTrait, Statement};

/// How long the chain is and the hash of its last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Decisions so far.
    pub length: i64,
    /// Hash of the last one; empty at the beginning.
    pub hash: String,
}

/// Takes the chain: no other transaction of the tenant appends until this one ends.
pub async fn take(work: &Work) -> Result<Head, StoreError> {
    let sql = "INSERT INTO decision_chain (tenant_id, length, head) VALUES ($1, 0, '') \
               ON CONFLICT (tenant_id) DO UPDATE SET length = decision_chain.length \
               RETURNING length, head";
    let row = work.db().query_one_raw(statement(work, sql, [work.tenant().to_string().into()]));
    let row = row.await?.ok_or(StoreError::Unreadable { what: "decision_chain" })?;
    Ok(Head { length: row.try_get("", "length")?, hash: row.try_get("", "head")? })
}

/// Moves the end of the chain.
pub async fn put(work: &Work, head: &Head) -> Result<(), StoreError> {
    let sql = "UPDATE decision_chain SET length = $1, head = $2 WHERE tenant_id = $3";
    let values = [head.length.into(), head.hash.clone().into(), work.tenant().to_string().into()];
    work.db().execute_raw(statement(work, sql, values)).await?;
    Ok(())
}

/// Where the chain ends, and where the log does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The end of the chain.
    pub head: Head,
    /// The highest place in the log; 0 where it is empty.
    pub last: i64,
}

/// Reads both as they were at one instant.
pub async fn end(work: &Work) -> Result<End, StoreError> {
    let sql = "SELECT COALESCE((SELECT length FROM decision_chain WHERE tenant_id = $1), 0) AS length, \
               COALESCE((SELECT head FROM decision_chain WHERE tenant_id = $1), '') AS head, \
               COALESCE((SELECT MAX(sequence) FROM decision WHERE tenant_id = $1), 0) AS last_place";
    let row = work.db().query_one_raw(statement(work, sql, [work.tenant().to_string().into()]));
    let row = row.await?.ok_or(StoreError::Unreadable { what: "decision_chain" })?;
    let head = Head { length: row.try_get("", "length")?, hash: row.try_get("", "head")? };
    Ok(End { head, last: row.try_get("", "last_place")? })
}

fn statement<const N: usize>(work: &Work, sql: &str, values: [sea_orm::Value; N]) -> Statement {
    Statement::from_sql_and_values(work.db().get_database_backend(), sql, values)
}
