//! One transaction of either database. sea-orm's own hides PostgreSQL's connection, which COPY needs.

use async_trait::async_trait;
use kulanz_types::TenantId;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, TransactionTrait, Value,
    sea_query::Values,
    sqlx::{
        self, AssertSqlSafe, Postgres,
        postgres::{PgArguments, PgConnection},
        query::Query,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Mutex, MutexGuard};

use crate::{Backend, Store, StoreError};

/// A transaction, for sea-orm calls. Dropping it undoes it.
pub struct Transaction(Inner);

enum Inner {
    Postgres(Box<Mutex<sqlx::Transaction<'static, Postgres>>>),
    Sqlite(DatabaseTransaction),
}

impl Transaction {
    /// Begins it for one tenant. PostgreSQL learns which in the same breath; the setting ends with the
    /// transaction, so no pooled connection carries it further.
    pub(crate) async fn begin(store: &Store, tenant: TenantId) -> Result<Self, StoreError> {
        Ok(Self(match store.backend() {
            Backend::Postgres => {
                // An id holds letters, digits and underscores only.
                let begin = format!("BEGIN; SET LOCAL app.tenant_id = '{tenant}'");
                let pool = store.app().get_postgres_connection_pool();
                let opened = pool.begin_with(AssertSqlSafe(begin)).await;
                let opened = opened.map_err(|error| DbErr::Conn(failed(error)))?;
                Inner::Postgres(Box::new(Mutex::new(opened)))
            }
            Backend::Sqlite => Inner::Sqlite(store.app().begin().await?),
        }))
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Inner::Postgres(transaction) => {
                transaction
                    .into_inner()
                    .commit()
                    .await
                    .map_err(|error| DbErr::Exec(failed(error)))?;
            }
            Inner::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// The connection, where it is PostgreSQL's.
    pub(crate) async fn postgres(&self) -> Option<Connection<'_>> {
        match &self.0 {
            Inner::Postgres(transaction) => Some(Connection(transaction.lock().await)),
            Inner::Sqlite(_) => None,
        }
    }
}

/// PostgreSQL's connection in one caller's hands.
pub(crate) struct Connection<'a>(MutexGuard<'a, sqlx::Transaction<'static, Postgres>>);

impl Connection<'_> {
    /// Runs statements without parameters; how many rows they changed.
    pub async fn run(&mut self, sql: String) -> Result<u64, StoreError> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(self.raw()).await;
        Ok(done.map_err(|error| DbErr::Exec(failed(error)))?.rows_affected())
    }

    /// Runs one statement, prepared once for each connection; how many rows it changed.
    pub async fn run_with(&mut self, sql: String, with: PgArguments) -> Result<u64, StoreError> {
        let done = sqlx::query_with(AssertSqlSafe(sql), with).execute(self.raw()).await;
        Ok(done.map_err(|error| DbErr::Exec(failed(error)))?.rows_affected())
    }

    /// Sends a COPY statement what `fill` writes, piece by piece until it writes nothing: the server
    /// reads one piece while the next is written.
    pub async fn copy(
        &mut self,
        statement: &str,
        mut fill: impl FnMut(&mut String) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let sending = self.raw().copy_in_raw(statement).await;
        let mut sending = sending.map_err(|error| DbErr::Exec(failed(error)))?;
        let mut piece = String::new();
        loop {
            piece.clear();
            fill(&mut piece)?;
            if piece.is_empty() {
                break;
            }
            let sent = sending.send(piece.as_bytes()).await;
            sent.map_err(|error| DbErr::Exec(failed(error)))?;
        }
        sending.finish().await.map_err(|error| DbErr::Exec(failed(error)))?;
        Ok(())
    }

    fn raw(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Inner::Postgres(_) => DbBackend::Postgres,
            Inner::Sqlite(transaction) => transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Inner::Postgres(transaction) => {
                let done = query(statement).execute(&mut **transaction.lock().await).await;
                done.map(Into::into).map_err(|error| DbErr::Exec(failed(error)))
            }
            Inner::Sqlite(transaction) => transaction.execute_raw(planned_once(statement)).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Inner::Postgres(transaction) => {
                let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
                let done = sql.execute(&mut **transaction.lock().await).await;
                done.map(Into::into).map_err(|error| DbErr::Exec(failed(error)))
            }
            Inner::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Inner::Postgres(transaction) => {
                let found = query(statement).fetch_optional(&mut **transaction.lock().await).await;
                found.map(|row| row.map(Into::into)).map_err(|error| DbErr::Query(failed(error)))
            }
            Inner::Sqlite(transaction) => transaction.query_one_raw(planned_once(statement)).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Inner::Postgres(transaction) => {
                let found = query(statement).fetch_all(&mut **transaction.lock().await).await;
                let rows = found.map_err(|error| DbErr::Query(failed(error)))?;
                Ok(rows.into_iter().map(Into::into).collect())
            }
            Inner::Sqlite(transaction) => transaction.query_all_raw(planned_once(statement)).await,
        }
    }
}

fn query(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

/// The statement with its LIMIT in the text. SQLite plans a statement anew whenever a value is bound to its
/// LIMIT (`sqlite3ExprIsInteger` marks the variable), and sea-orm binds a 1 wherever one row is asked for. Where it
/// would lock that row, it leaves a space behind.
fn planned_once(mut statement: Statement) -> Statement {
    let limit = statement.values.as_ref().and_then(|values| values.0.last());
    if let (Some(text), Some(Value::BigUnsigned(Some(limit)))) =
        (statement.sql.trim_end().strip_suffix(" LIMIT ?"), limit)
    {
        statement.sql = format!("{text} LIMIT {limit}");
        statement.values.iter_mut().for_each(|values| drop(values.0.pop()));
    }
    statement
}

fn failed(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(sql: &str, values: impl IntoIterator<Item = Value>) -> (String, usize) {
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        let planned = planned_once(statement);
        (planned.sql, planned.values.map_or(0, |values| values.0.len()))
    }

    #[test]
    fn a_limit_stands_in_the_text_and_every_other_value_beside_it() {
        for sql in ["SELECT a FROM b WHERE c = ? LIMIT ?", "SELECT a FROM b WHERE c = ? LIMIT ? "] {
            let one = asked(sql, ["x".into(), 1_u64.into()]);
            assert_eq!(one, ("SELECT a FROM b WHERE c = ? LIMIT 1".to_owned(), 1));
        }
        for (sql, last) in
            [("SELECT a FROM b WHERE c = ?", 1_u64.into()), ("c LIMIT ?", "1".into())]
        {
            let values: [Value; 1] = [last];
            assert_eq!(asked(sql, values), (sql.to_owned(), 1));
        }
    }
}
