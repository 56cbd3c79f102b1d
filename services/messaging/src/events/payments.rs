//! Events of the payments service.

use chrono::{Days, NaiveDate, NaiveTime};
use kulanz_bus::{Envelope, HandlerError};
use kulanz_proto::events::v1::{
    ArrangementAccepted, ArrangementBroken, ArrangementCompleted, InstalmentDue, InstalmentMissed,
    PaymentReceived, PaymentReversed, PromiseBroken, PromiseKept, PromiseMade,
};
use kulanz_proto::types::v1::Date;
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, berlin_time};

use super::claims::silence;
use super::id;
use crate::app::follow_up::Occasion;
use crate::app::{DAYS_AFTER_MESSAGE, Messaging, plan_at, plan_in};
use crate::domain::compose::Topic;
use crate::store::{claims, people};

/// Days after a promised date before anything else is said.
const PROMISE_GRACE_DAYS: u64 = 4;
/// Why a promise is broken that was kept before.
const RETURNED: &str = "PAYMENT_RETURNED";

/// Handles an event of payments; `false` when it is not one.
pub(super) async fn handle(
    service: &Messaging,
    work: &Work,
    envelope: &Envelope,
) -> Result<bool, HandlerError> {
    match envelope.kind.as_str() {
        "PaymentReceived" => received(work, envelope).await?,
        "PaymentReversed" => reversed(work, envelope).await?,
        "ArrangementAccepted" => accepted(work, envelope).await?,
        "ArrangementCompleted" => {
            let event: ArrangementCompleted = envelope.decode()?;
            arranged(work, (id(&event.debtor_id)?, id(&event.claim_id)?), false).await?;
        }
        "ArrangementBroken" => {
            let event: ArrangementBroken = envelope.decode()?;
            let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
            arranged(work, ids, false).await?;
            plan_in(work, ids.0, 1).await?;
        }
        "InstalmentDue" => {
            let event: InstalmentDue = envelope.decode()?;
            let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
            let (topic, key) = (Topic::InstalmentDue, &event.instalment_id);
            let day = day(event.due_date)?.map(|day| ("due_on", day));
            service.follow_up(work, occasion(ids, topic, key, day)).await?;
        }
        "InstalmentMissed" => {
            let event: InstalmentMissed = envelope.decode()?;
            let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
            let (topic, key) = (Topic::InstalmentMissed, &event.instalment_id);
            let day = day(event.due_date)?.map(|day| ("due_on", day));
            service.follow_up(work, occasion(ids, topic, key, day)).await?;
        }
        "PromiseMade" => promise_made(work, envelope).await?,
        "PromiseKept" => {
            let event: PromiseKept = envelope.decode()?;
            let (debtor, claim): (DebtorId, ClaimId) =
                (id(&event.debtor_id)?, id(&event.claim_id)?);
            claims::change(work, claim, debtor, |mark| mark.promised_on = None).await?;
        }
        "PromiseBroken" => promise_broken(service, work, envelope).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn occasion(
    (debtor, claim): (DebtorId, ClaimId),
    topic: Topic,
    key: &str,
    day: Option<(&'static str, NaiveDate)>,
) -> Occasion {
    Occasion { debtor, claim, topic, cause: format!("{}:{key}", topic.name()), day }
}

fn day(date: Option<Date>) -> Result<Option<NaiveDate>, HandlerError> {
    let read = |date| NaiveDate::try_from(date).map_err(HandlerError::refused);
    date.map(read).transpose()
}

async fn received(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: PaymentReceived = envelope.decode()?;
    let (debtor, claim) = (id(&event.debtor_id)?, id(&event.claim_id)?);
    let at = envelope.occurred_at;
    claims::change(work, claim, debtor, |mark| mark.paid_at = mark.paid_at.max(Some(at))).await?;
    silence(work, envelope, (debtor, claim), "PAYMENT_RECEIVED").await?;
    plan_in(work, debtor, DAYS_AFTER_MESSAGE).await?;
    Ok(())
}

async fn reversed(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: PaymentReversed = envelope.decode()?;
    plan_in(work, id(&event.debtor_id)?, 3).await?;
    Ok(())
}

async fn accepted(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: ArrangementAccepted = envelope.decode()?;
    let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
    arranged(work, ids, true).await?;
    silence(work, envelope, ids, "ARRANGEMENT_ACCEPTED").await
}

async fn arranged(
    work: &Work,
    (debtor, claim): (DebtorId, ClaimId),
    arranged: bool,
) -> Result<(), HandlerError> {
    Ok(claims::change(work, claim, debtor, |mark| mark.arranged = arranged).await?)
}

/// Until the promised day, and some days for the bank, nothing is said.
async fn promise_made(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: PromiseMade = envelope.decode()?;
    let (debtor, claim) = (id(&event.debtor_id)?, id(&event.claim_id)?);
    let promised = day(event.promised_date)?;
    claims::change(work, claim, debtor, |mark| mark.promised_on = promised).await?;
    silence(work, envelope, (debtor, claim), "PROMISE_MADE").await?;
    let quiet = promised.and_then(|day| day.checked_add_days(Days::new(PROMISE_GRACE_DAYS)));
    if let Some(quiet) = quiet {
        let until = berlin_time(quiet, NaiveTime::MIN);
        let later = |person: &mut people::Person| {
            person.paused_until = person.paused_until.max(Some(until));
        };
        people::change(work, debtor, later).await?;
        plan_at(work, debtor, until.max(work.now())).await?;
    }
    Ok(())
}

async fn promise_broken(
    service: &Messaging,
    work: &Work,
    envelope: &Envelope,
) -> Result<(), HandlerError> {
    let event: PromiseBroken = envelope.decode()?;
    let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
    let day = day(event.promised_date)?.map(|day| ("promised_on", day));
    // Whoever kept a promise whose money went back is told of the return, not of a day that may not have come yet.
    if event.reason != RETURNED {
        let occasion = occasion(ids, Topic::PromiseBroken, &event.promise_id, day);
        service.follow_up(work, occasion).await?;
    }
    plan_in(work, ids.0, DAYS_AFTER_MESSAGE).await?;
    Ok(())
}
