use kulanz_store::Store;
use kulanz_types::TenantId;
use sea_orm::{ConnectionTrait, Statement};

use crate::until;

/// Waits until so many of a service's sessions on PostgreSQL are in a state: a condition on
/// `pg_stat_activity`, such as `wait_event_type = 'Lock'`. Sessions of other tests do not count.
///
/// # Panics
/// As [`until`].
pub async fn until_sessions(
    store: &Store,
    tenant: TenantId,
    what: &str,
    (count, state): (i64, &str),
) {
    let sql = format!(
        "SELECT COUNT(*) AS count FROM pg_stat_activity \
         WHERE application_name = current_setting('application_name') \
         AND query NOT LIKE '%pg_stat_activity%' AND {state}"
    );
    until(what, async || {
        // A transaction for each look: within one PostgreSQL tells the same again and again.
        let work = store.begin(tenant).await.ok()?;
        let statement = Statement::from_string(work.db().get_database_backend(), sql.as_str());
        let row = work.db().query_one_raw(statement).await.ok()??;
        let found: i64 = row.try_get("", "count").ok()?;
        (found >= count).then_some(())
    })
    .await;
}
