use std::collections::HashSet;

use kulanz_store::{Backend, Store, StoreError, Work};
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::{Envelope, EventHandler, HandlerError};

/// An event that a handler refused.
#[derive(Debug)]
pub struct Failure {
    /// Its place in the batch that was given.
    pub index: usize,
    /// What the handler said.
    pub error: HandlerError,
}

/// Hands `batch`, events of one partition, to `handler`: consecutive events of one tenant in one
/// transaction, each remembered in the inbox, those handled before left out.
///
/// # Errors
/// The first event that failed; everything before its run of events is committed, nothing of it or
/// after it. Deliver that one alone next.
pub async fn deliver(
    store: &Store,
    handler: &dyn EventHandler,
    batch: &[Envelope],
) -> Result<(), Failure> {
    let mut first = 0;
    for run in batch.chunk_by(|a, b| a.tenant == b.tenant) {
        deliver_run(store, handler, run)
            .await
            .map_err(|failure| Failure { index: first + failure.index, ..failure })?;
        first += run.len();
    }
    Ok(())
}

async fn deliver_run(
    store: &Store,
    handler: &dyn EventHandler,
    run: &[Envelope],
) -> Result<(), Failure> {
    let at = |index: usize| move |error: HandlerError| Failure { index, error };
    let wanted = |envelope: &Envelope| handler.subscriptions().contains(&envelope.kind.as_str());
    let Some(first) = run.iter().find(|envelope| wanted(envelope)) else { return Ok(()) };
    let work = store.begin(first.tenant).await.map_err(|error| at(0)(error.into()))?;
    let mut fresh = remember(&work, run.iter().filter(|envelope| wanted(envelope)))
        .await
        .map_err(|error| at(0)(error.into()))?;
    for (index, envelope) in run.iter().enumerate() {
        // `remove`, so that an event that stands twice in the batch is handled once.
        if wanted(envelope) && fresh.remove(&envelope.id.to_string()) {
            handler.handle(&work, envelope).await.map_err(at(index))?;
        }
    }
    work.commit().await.map_err(|error| at(0)(error.into()))
}

/// Writes inbox rows and returns the ids that were not there before. The ids are one parameter, a JSON list,
/// so that one statement serves any number of them.
async fn remember<'a>(
    work: &Work,
    envelopes: impl Iterator<Item = &'a Envelope>,
) -> Result<HashSet<String>, StoreError> {
    let ids: Vec<String> = envelopes.map(|envelope| envelope.id.to_string()).collect();
    let each = match work.store().backend() {
        Backend::Postgres => "json_array_elements_text($3::json) AS one (value)",
        Backend::Sqlite => "json_each($3) AS one WHERE TRUE",
    };
    let sql = format!(
        "INSERT INTO inbox (tenant_id, event_id, handled_at) SELECT $1, one.value, $2 FROM {each} \
         ON CONFLICT DO NOTHING RETURNING event_id"
    );
    let list = serde_json::Value::from(ids).to_string();
    let values: [Value; 3] = [work.tenant().to_string().into(), work.now().into(), list.into()];
    let statement = Statement::from_sql_and_values(work.db().get_database_backend(), sql, values);
    let inserted = work.db().query_all_raw(statement).await?;
    inserted.iter().map(|row| Ok(row.try_get("", "event_id")?)).collect()
}
