use sea_orm::{ConnectionTrait, Statement};

use crate::House;

impl House {
    /// How many events of `kind` the `service` has published for the test's tenant.
    pub async fn published(&self, service: &str, kind: &str) -> usize {
        let sql = "SELECT COUNT(*) AS n FROM outbox WHERE tenant_id = $1 AND kind = $2";
        self.count(service, sql, kind).await
    }

    /// The `n` that a query of the `service`'s database counts; `$1` is the test's tenant, `$2` is `value`.
    pub async fn count(&self, service: &str, sql: &str, value: &str) -> usize {
        let store = self.constellation().store(service).expect("the service runs");
        let work = store.begin(self.tenant()).await.expect("a transaction");
        let values = [self.tenant().to_string().into(), value.into()];
        let backend = work.db().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let row = work.db().query_one_raw(statement).await.expect("the database answers");
        let counted: i64 = row.expect("a row").try_get("", "n").expect("a number");
        usize::try_from(counted).expect("not below zero")
    }
}
