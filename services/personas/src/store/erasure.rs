//! The end of everything that is held about a person.

use kulanz_store::{StoreError, Work};
use sea_orm::{ConnectionTrait, Statement};

/// Removes every row about a debtor.
pub async fn remove(work: &Work, debtor_id: &str) -> Result<(), StoreError> {
    for table in ["assignment", "feature", "preference", "pending"] {
        let sql = format!("DELETE FROM {table} WHERE tenant_id = $1 AND debtor_id = $2");
        let values = [work.tenant().to_string().into(), debtor_id.into()];
        let backend = work.db().get_database_backend();
        work.db().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}
