//! The end of retention: a person whose claims are all closed is erased when nothing keeps their data any
//! more.

use chrono::{DateTime, NaiveTime, Utc};
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::DebtorId;

use super::erasure::{Order, foresee, order};
use super::today;
use crate::domain::retention::person_may_go;
use crate::error::Error;

/// Due work that erases a person at the end of retention.
pub const END_RETENTION: &str = "end_retention";

/// Notes that a claim of a debtor was closed: the end of retention is counted from the last one.
pub async fn claim_closed(work: &Work, debtor_id: &str) -> Result<(), Error> {
    let today = today(work);
    let at: DateTime<Utc> = person_may_go(today, today).and_time(NaiveTime::MIN).and_utc();
    Ok(work.schedule(Due::new(END_RETENTION, debtor_id, at)).await?)
}

/// Erases a person whose time has come, unless a claim of theirs is open again: its closing counts then.
pub async fn end_retention(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    let id: DebtorId = item.key.parse()?;
    match foresee(&work, id).await {
        Err(Error::ClaimState { .. } | Error::NotFound(_)) => return Ok(work.commit().await?),
        other => drop(other?),
    }
    let actor = "service:claims";
    work.act(actor, "EraseDebtor");
    order(&work, id, &Order { reason: "RETENTION_ENDED", actor }).await?;
    Ok(work.commit().await?)
}
