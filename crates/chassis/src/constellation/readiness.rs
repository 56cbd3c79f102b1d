//! Whether calls are welcome: as long as the databases answer. Redis has no say in it, as calls are
//! answered and silence is kept without it; its events wait in the outbox.

use std::time::Duration;

use kulanz_store::{Backend, Store};
use tokio_util::sync::CancellationToken;

use crate::server::Health;

const LOOK: Duration = Duration::from_secs(2);
/// One slow answer must not send every replica's callers away at once.
const PATIENCE: u32 = 3;

/// Turns health to `NOT_SERVING` when a database is away, and back when it answers again.
pub(super) async fn watch(health: Health, stores: Vec<Store>, stop: CancellationToken) {
    let mut missed = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let answered = all_answer(&stores).await;
        missed = if answered { 0 } else { missed + 1 };
        if missed == PATIENCE {
            tracing::error!("a database does not answer: not ready");
            health.not_ready().await;
        } else if answered {
            health.ready().await;
        }
    }
}

/// On SQLite there is one connection, which long work may hold: waiting for it is no failure.
async fn all_answer(stores: &[Store]) -> bool {
    for store in stores.iter().filter(|store| store.backend() == Backend::Postgres) {
        let answer = tokio::time::timeout(LOOK, store.ping()).await;
        if !matches!(answer, Ok(Ok(()))) {
            return false;
        }
    }
    true
}
