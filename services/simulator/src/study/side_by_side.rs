use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` on each of `items`, on `threads` threads, and tells it the number of its thread; what came of
/// it, in the order of the items.
pub fn side_by_side<I: Sync, R: Send>(
    threads: usize,
    items: &[I],
    work: impl Fn(usize, &I) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for thread in 0..threads.clamp(1, items.len().max(1)) {
            let (next, found, work) = (&next, &found, &work);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { break };
                    let one = work(thread, item);
                    found.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(one);
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}
