//! What the machinery remembers has an end too: answers to requests, events that were sent or handled.

use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::{Backend, Store, StoreError, Work};

/// For how long a repeated `request_id` gets its first answer: longer than anyone goes on repeating a
/// call, a person who redrives parked due work included.
const ANSWERS: TimeDelta = TimeDelta::days(30);
/// For how long a sent event can be sent again.
pub const SENT: TimeDelta = TimeDelta::days(30);
/// For how long a handled event is known: past the end of [`SENT`], so that one that is sent again is
/// never handled twice.
const HANDLED: TimeDelta = TimeDelta::days(90);
/// How often old rows are looked for, in business time.
const EVERY: TimeDelta = TimeDelta::hours(6);
/// What removes rows that are past their time, and after how long.
const PURGES: [(&str, TimeDelta); 3] = [
    ("DELETE FROM request WHERE created_at < $1", ANSWERS),
    ("DELETE FROM outbox WHERE occurred_at < $1 AND sent_at < $1", SENT),
    ("DELETE FROM inbox WHERE handled_at < $1", HANDLED),
];
/// Ids looked for in one statement.
const IDS: usize = 50;

impl Store {
    /// Removes what is past its time from the tables of the machinery, at most every few hours; how many
    /// rows.
    pub async fn purge_if_due(&self) -> Result<u64, StoreError> {
        let now = self.clock().now();
        {
            let mut last = self.purged().lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| now - last < EVERY) {
                return Ok(0);
            }
            *last = Some(now);
        }
        self.purge(now).await
    }

    /// Removes what is past its time at `now`.
    pub async fn purge(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut removed = 0;
        for (sql, span) in PURGES {
            let db = self.system();
            let before = Value::from(now - span);
            let statement =
                Statement::from_sql_and_values(db.get_database_backend(), sql, [before]);
            removed += db.execute_raw(statement).await?.rows_affected();
        }
        Ok(removed)
    }
}

impl Work {
    /// Forgets every remembered answer that names one of `ids`: what was told about a person goes with
    /// the person. Give the ids of the debtor and of everything of theirs that an answer shows. A look
    /// through the answers of [`ANSWERS`], for the rare case of an erasure.
    pub async fn forget_answers(&self, ids: &[String]) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for some in ids.chunks(IDS) {
            let mut values: Vec<Value> = vec![self.tenant().to_string().into()];
            values.extend(some.iter().map(|id| Value::from(id.clone().into_bytes())));
            let holds = |place: usize| match self.store().backend() {
                Backend::Postgres => format!("position(${place}::bytea in reply) > 0"),
                Backend::Sqlite => format!("instr(reply, ${place}) > 0"),
            };
            let found: Vec<_> = (2..=some.len() + 1).map(holds).collect();
            let sql = format!(
                "DELETE FROM request WHERE tenant_id = $1 AND reply IS NOT NULL AND ({})",
                found.join(" OR ")
            );
            forgotten += self.execute(&sql, values).await?;
        }
        Ok(forgotten)
    }

    /// Removes all scheduled work under one of `keys`, whatever its kind, but for `kept` kinds.
    pub async fn unschedule_all(
        &self,
        keys: &[String],
        kept: &[&'static str],
    ) -> Result<u64, StoreError> {
        let mut removed = 0;
        for key in keys {
            let kept: Vec<_> = kept.iter().map(|kind| format!("'{kind}'")).collect();
            let sql = format!(
                "DELETE FROM due_work WHERE tenant_id = $1 AND key = $2 AND kind NOT IN ({})",
                if kept.is_empty() { "''".to_owned() } else { kept.join(", ") }
            );
            let values = [self.tenant().to_string().into(), key.clone().into()];
            removed += self.execute(&sql, values).await?;
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, Database, DbBackend};

    use super::*;
    use crate::audit::UNSEALED;
    use crate::migration::embedded;

    /// What is asked at every step must cost the same however much has been kept.
    #[tokio::test]
    async fn on_sqlite_what_is_old_or_unsealed_is_found_by_an_index() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let db = Database::connect(options).await.unwrap();
        embedded(&db).await.unwrap();
        for sql in PURGES.map(|(sql, _)| sql).into_iter().chain([UNSEALED]) {
            let plan = format!("EXPLAIN QUERY PLAN {}", sql.replace("$1", "''"));
            let plan = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, plan)).await;
            let steps: Vec<String> =
                plan.unwrap().iter().map(|row| row.try_get("", "detail").unwrap()).collect();
            let sought = |step: &String| step.starts_with("SEARCH") && step.contains("INDEX");
            assert!(steps.iter().all(sought), "{sql}: {steps:?}");
        }
    }
}
