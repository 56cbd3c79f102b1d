use std::time::Duration;

/// Waits until `condition` gives something, looking again every few milliseconds.
///
/// # Panics
/// After five minutes of machine time, naming `what` was waited for: not a measure of speed, but more than a
/// busy machine takes for what comes at all.
pub async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let waited = tokio::time::timeout(Duration::from_mins(5), async {
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited five minutes for {what}"))
}
