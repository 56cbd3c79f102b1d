//! What is to be done when business time comes: remind of a due, notice a missed one, see whether a
//! promise was kept.

use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use kulanz_bus::publish;
use kulanz_chassis::Clients;
use kulanz_proto::events::v1::{ArrangementBroken, InstalmentDue, InstalmentMissed, PromiseBroken};
use kulanz_store::{Due, DueHandler, DueItem, Store, StoreError, Work, WorkFailure};
use kulanz_types::{ArrangementId, InstalmentId, berlin_date, berlin_time};

use super::announce;
use super::waiting::{self, WAITING_ENTRY};
use crate::domain::arrangement::{Instalment, InstalmentState, Overdue, Patience};
use crate::domain::plan::Kind;
use crate::error::Error;
use crate::store::arrangement::{self, Stored};
use crate::store::claim_fact::{self, Standing};
use crate::store::promise;

/// An instalment falls due within days.
pub const INSTALMENT_DUE: &str = "instalment_due";
/// An instalment should be there by now.
pub const INSTALMENT_MISSED: &str = "instalment_missed";
/// A promise should be kept by now.
pub const PROMISE_EXPIRY: &str = "promise_expiry";

/// Days before an instalment at which a friendly note may go out.
pub const NOTICE_DAYS: u64 = 3;
/// How long an arrangement waits.
pub const PATIENCE: Patience = Patience { grace_days: 5, break_days: 14, break_after_missed: 2 };
/// How long a settlement waits: its day and the days that transfers take; then the full amount stays open.
const SETTLEMENT_PATIENCE: Patience =
    Patience { break_days: PATIENCE.grace_days, break_after_missed: 1, ..PATIENCE };
/// Days after which a silent claim's dues are looked at again.
const SILENT_DAYS: u64 = 7;

/// Does this service's due work.
pub struct Dues {
    /// This service's database.
    pub store: Store,
    /// The other services.
    pub clients: Clients,
}

#[async_trait]
impl DueHandler for Dues {
    fn kinds(&self) -> &'static [&'static str] {
        &[INSTALMENT_DUE, INSTALMENT_MISSED, PROMISE_EXPIRY, WAITING_ENTRY]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        if item.kind == WAITING_ENTRY {
            return waiting::look(&self.store, &self.clients, item).await;
        }
        let work = self.store.begin(item.tenant).await?;
        let done = match item.kind.as_str() {
            INSTALMENT_DUE => remind(&work, item).await,
            INSTALMENT_MISSED => look_at_instalment(&work, item).await,
            _ => look_at_promise(&work, item).await,
        };
        match done? {
            Next::Done => item.complete(&work).await?,
            Next::Again(day) => item.reschedule(&work, morning(day)).await?,
        }
        work.commit().await?;
        Ok(())
    }
}

/// Watches the instalments of a new arrangement.
pub async fn watch(work: &Work, stored: &Stored) -> Result<(), StoreError> {
    for instalment in &stored.arrangement.instalments {
        let notice = morning(instalment.due_on - Days::new(NOTICE_DAYS)).max(work.now());
        let reminder = Due::new(INSTALMENT_DUE, instalment.id, notice);
        work.schedule(reminder.payload(stored.row.arrangement_id.clone())).await?;
        watch_arrival(work, stored, instalment).await?;
    }
    Ok(())
}

/// Looks after an instalment's money once the days of grace are over, tomorrow at the earliest.
pub async fn watch_arrival(
    work: &Work,
    stored: &Stored,
    instalment: &Instalment,
) -> Result<(), StoreError> {
    let tomorrow = berlin_date(work.now()) + Days::new(1);
    let look = (instalment.due_on + Days::new(PATIENCE.grace_days + 1)).max(tomorrow);
    let look = Due::new(INSTALMENT_MISSED, instalment.id, morning(look));
    work.schedule(look.payload(stored.row.arrangement_id.clone())).await
}

/// No longer watches an instalment.
pub async fn unwatch(work: &Work, instalment: InstalmentId) -> Result<(), StoreError> {
    work.unschedule(INSTALMENT_DUE, instalment).await?;
    work.unschedule(INSTALMENT_MISSED, instalment).await?;
    Ok(())
}

enum Next {
    Done,
    Again(NaiveDate),
}

/// Morning of a civil day, when people may be written to again.
pub fn morning(day: NaiveDate) -> DateTime<Utc> {
    berlin_time(day, NaiveTime::from_hms_opt(9, 0, 0).unwrap_or(NaiveTime::MIN))
}

async fn find(work: &Work, item: &DueItem) -> Result<Option<(Stored, Instalment)>, Error> {
    let id: ArrangementId = std::str::from_utf8(&item.payload).unwrap_or_default().parse()?;
    let instalment: InstalmentId = item.key.parse()?;
    let Some(stored) = arrangement::take(work, id).await? else { return Ok(None) };
    let found = stored.arrangement.instalments.iter().find(|one| one.id == instalment).copied();
    Ok(found.map(|instalment| (stored, instalment)))
}

async fn remind(work: &Work, item: &DueItem) -> Result<Next, Error> {
    let Some((mut stored, instalment)) = find(work, item).await? else { return Ok(Next::Done) };
    let is_open = instalment.state == InstalmentState::Open;
    let standing = claim_fact::standing(work, stored.parties()?.claim).await?;
    if !stored.arrangement.state.is_running() || !is_open || standing != Standing::Open {
        return Ok(Next::Done);
    }
    let row = &stored.row;
    let event = InstalmentDue {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
        instalment_id: instalment.id.to_string(),
        number: instalment.number,
        amount: Some(instalment.amount.checked_sub(instalment.paid)?.into()),
        due_date: Some(instalment.due_on.into()),
    };
    announce(work, &mut stored, &event).await?;
    arrangement::save(work, &stored).await?;
    Ok(Next::Done)
}

async fn look_at_instalment(work: &Work, item: &DueItem) -> Result<Next, Error> {
    let Some((mut stored, instalment)) = find(work, item).await? else { return Ok(Next::Done) };
    let today = berlin_date(work.now());
    match claim_fact::standing(work, stored.parties()?.claim).await? {
        Standing::Closed => return Ok(Next::Done),
        // Nobody is pressed while a claim is disputed or held.
        Standing::Silent => return Ok(Next::Again(today + Days::new(SILENT_DAYS))),
        Standing::Open => {}
    }
    let (patience, reason) = match stored.kind()? {
        Kind::Settlement => (SETTLEMENT_PATIENCE, "SETTLEMENT_NOT_PAID"),
        _ => (PATIENCE, "INSTALMENTS_MISSED"),
    };
    let next = match stored.arrangement.look_at(instalment.number, today, patience) {
        Overdue::Nothing | Overdue::StillMissed => Next::Done,
        Overdue::Missed => {
            announce_missed(work, &mut stored, &instalment).await?;
            let end = instalment.due_on + Days::new(PATIENCE.break_days + 1);
            Next::Again(end.max(today + Days::new(1)))
        }
        Overdue::Broken => {
            announce_broken(work, &mut stored, reason).await?;
            Next::Done
        }
    };
    arrangement::save(work, &stored).await?;
    Ok(next)
}

async fn announce_missed(
    work: &Work,
    stored: &mut Stored,
    instalment: &Instalment,
) -> Result<(), Error> {
    let row = &stored.row;
    let event = InstalmentMissed {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
        instalment_id: instalment.id.to_string(),
        number: instalment.number,
        amount: Some(instalment.amount.into()),
        due_date: Some(instalment.due_on.into()),
        paid: Some(instalment.paid.into()),
    };
    announce(work, stored, &event).await
}

/// Tells that an arrangement was not kept; its dues are not reminded of any more.
pub async fn announce_broken(work: &Work, stored: &mut Stored, reason: &str) -> Result<(), Error> {
    let row = &stored.row;
    let event = ArrangementBroken {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
        reason: reason.to_owned(),
    };
    announce(work, stored, &event).await?;
    for instalment in &stored.arrangement.instalments {
        work.unschedule(INSTALMENT_DUE, instalment.id).await?;
    }
    Ok(())
}

async fn look_at_promise(work: &Work, item: &DueItem) -> Result<Next, Error> {
    let Some(mut stored) = promise::take(work, item.key.parse()?).await? else {
        return Ok(Next::Done);
    };
    if !stored.promise.look_at(berlin_date(work.now())) {
        return Ok(Next::Done);
    }
    promise_broken(work, &stored, NOT_PAID).await?;
    Ok(Next::Done)
}

/// Why a promise or an arrangement is broken: no money came.
const NOT_PAID: &str = "NOT_PAID";
/// Why either is broken: money that had come went back.
pub const RETURNED: &str = "PAYMENT_RETURNED";

/// Keeps that a promise was not kept, and tells it.
pub async fn promise_broken(
    work: &Work,
    stored: &promise::Stored,
    reason: &str,
) -> Result<(), Error> {
    let version = promise::save(work, stored).await?;
    let row = &stored.row;
    let event = PromiseBroken {
        promise_id: row.promise_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        amount: Some(stored.promise.amount.into()),
        promised_date: Some(stored.promise.promised_on.into()),
        reason: reason.to_owned(),
    };
    publish(work, &row.promise_id, &row.debtor_id, version, &event).await?;
    Ok(())
}
