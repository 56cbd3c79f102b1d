use prost::{Message, Name};
use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::House;

impl House {
    /// How many events of `kind` the `service` has published for the test's tenant.
    pub async fn published(&self, service: &str, kind: &str) -> usize {
        let sql = "SELECT COUNT(*) AS n FROM outbox WHERE tenant_id = $1 AND kind = $2";
        self.count(service, sql, kind).await
    }

    /// The events of this kind that the `service` has published for the test's tenant, in their order.
    pub async fn events<M: Message + Name + Default>(&self, service: &str) -> Vec<M> {
        let sql = "SELECT payload FROM outbox WHERE tenant_id = $1 AND kind = $2 ORDER BY sequence";
        let read = |row: &QueryResult| {
            let payload: Vec<u8> = row.try_get("", "payload").expect("a payload");
            M::decode(payload.as_slice()).expect("an event of this kind")
        };
        self.rows(service, sql, M::NAME).await.iter().map(read).collect()
    }

    /// The `n` that a query of the `service`'s database counts; `$1` is the test's tenant, `$2` is `value`.
    pub async fn count(&self, service: &str, sql: &str, value: &str) -> usize {
        let rows = self.rows(service, sql, value).await;
        let counted: i64 = rows.first().expect("a row").try_get("", "n").expect("a number");
        usize::try_from(counted).expect("not below zero")
    }

    async fn rows(&self, service: &str, sql: &str, value: &str) -> Vec<QueryResult> {
        let store = self.constellation().store(service).expect("the service runs");
        let work = store.begin(self.tenant()).await.expect("a transaction");
        let values = [self.tenant().to_string().into(), value.into()];
        let backend = work.db().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        work.db().query_all_raw(statement).await.expect("the database answers")
    }
}
