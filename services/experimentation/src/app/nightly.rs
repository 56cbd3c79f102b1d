//! Due work of every night, at a time of its own.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use kulanz_store::{DueItem, StoreError, Work, WorkFailure};
use kulanz_types::{berlin_date, berlin_time};

/// The next time that it is so late (Europe/Berlin).
pub fn next_night(now: DateTime<Utc>, time: NaiveTime) -> DateTime<Utc> {
    let at = |now| berlin_time(berlin_date(now), time);
    let tonight = at(now);
    if tonight > now { tonight } else { at(now + TimeDelta::days(1)) }
}

/// Ends a night's run and commits: it comes again the next night, or is done.
pub async fn end(
    item: &DueItem,
    work: Work,
    again: bool,
    time: NaiveTime,
) -> Result<(), WorkFailure> {
    let ended = if again {
        item.reschedule(&work, next_night(work.now(), time)).await
    } else {
        item.complete(&work).await
    };
    match ended {
        Ok(()) => Ok(work.commit().await?),
        // News that came meanwhile have scheduled it anew: that run will see them.
        Err(StoreError::WorkSuperseded) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
