//! Events of the claims service.

use chrono::NaiveTime;
use kulanz_bus::{Envelope, HandlerError};
use kulanz_proto::claims::v1::ContactPointKind;
use kulanz_proto::events::v1::{
    ChallengeOpened, ChallengeResolved, ClaimOpened, ClaimSettled, ClaimStateChanged,
    ContactPointDisowned, DebtorUpdated, HoldPlaced, HoldReleased, PortalVisited, StatementViewed,
};
use kulanz_store::{Due, Work};
use kulanz_types::{ClaimId, DebtorId, berlin_time};

use super::{id, person_changed};
use crate::app::silence::cancel_scheduled;
use crate::app::{
    ANSWER_CHALLENGE, CONFIRM_CHALLENGE, Messaging, REFRESH_CONTACTS, plan_at, plan_in,
};
use crate::domain::answer::quiet_until;
use crate::store::contacts::{self, PointKind};
use crate::store::people;

/// Views of a statement without payment after which instalments are proposed.
const VIEWS: i64 = 3;

pub(super) async fn handle(
    service: &Messaging,
    work: &Work,
    envelope: &Envelope,
) -> Result<(), HandlerError> {
    match envelope.kind.as_str() {
        "ClaimOpened" => {
            let event: ClaimOpened = envelope.decode()?;
            person_changed(work, id(&event.debtor_id)?, true).await?;
        }
        "DebtorUpdated" => {
            let event: DebtorUpdated = envelope.decode()?;
            person_changed(work, id(&event.debtor_id)?, false).await?;
        }
        "HoldPlaced" => {
            let event: HoldPlaced = envelope.decode()?;
            let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
            silence(work, envelope, ids, "HOLD_PLACED").await?;
        }
        "HoldReleased" => {
            let event: HoldReleased = envelope.decode()?;
            plan_at(work, id(&event.debtor_id)?, work.now()).await?;
        }
        "ClaimSettled" => {
            let event: ClaimSettled = envelope.decode()?;
            let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
            silence(work, envelope, ids, "CLAIM_SETTLED").await?;
        }
        "ClaimStateChanged" => state_changed(work, envelope).await?,
        "ContactPointDisowned" => disowned(work, envelope).await?,
        "ChallengeOpened" => {
            let event: ChallengeOpened = envelope.decode()?;
            // What a creditor passed on with its claim was not said to us.
            if !event.stated_at_intake {
                work.schedule(Due::new(CONFIRM_CHALLENGE, event.challenge_id, work.now())).await?;
            }
        }
        "ChallengeResolved" => decided(work, envelope).await?,
        "StatementViewed" => viewed(service, work, envelope).await?,
        "PortalVisited" => visited(work, &envelope.decode()?).await?,
        _ => {}
    }
    Ok(())
}

/// What is scheduled about the claim has no reason any more; other claims are looked at tomorrow.
pub(super) async fn silence(
    work: &Work,
    envelope: &Envelope,
    (debtor, claim): (DebtorId, ClaimId),
    reason: &str,
) -> Result<(), HandlerError> {
    let since = envelope.occurred_at;
    if cancel_scheduled(work, debtor, Some(claim), since, reason).await? > 0 {
        plan_in(work, debtor, 1).await?;
    }
    Ok(())
}

async fn state_changed(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: ClaimStateChanged = envelope.decode()?;
    if event.to_state().is_pursued() {
        return Ok(());
    }
    let ids = (id(&event.debtor_id)?, id(&event.claim_id)?);
    silence(work, envelope, ids, "CLAIM_STATE").await
}

/// The person is answered, and left alone until the day that the answer names.
async fn decided(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: ChallengeResolved = envelope.decode()?;
    let until = quiet_until(envelope.occurred_at);
    let later = |person: &mut people::Person| {
        let until = berlin_time(until, NaiveTime::MIN);
        person.paused_until = person.paused_until.max(Some(until));
    };
    people::change(work, id(&event.debtor_id)?, later).await?;
    work.schedule(Due::new(ANSWER_CHALLENGE, event.challenge_id, work.now())).await?;
    Ok(())
}

/// Silence first: every address of the kind. The fetch that follows tells which one it was.
async fn disowned(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: ContactPointDisowned = envelope.decode()?;
    let debtor: DebtorId = id(&event.debtor_id)?;
    let kind = match event.kind() {
        ContactPointKind::Email => Some(PointKind::Email),
        ContactPointKind::Mobile => Some(PointKind::Mobile),
        ContactPointKind::Phone | ContactPointKind::Unspecified => None,
    };
    if let Some(kind) = kind {
        contacts::disown(work, debtor, kind).await?;
    }
    let since = envelope.occurred_at;
    cancel_scheduled(work, debtor, None, since, "CONTACT_POINT_DISOWNED").await?;
    work.schedule(Due::new(REFRESH_CONTACTS, debtor, work.now())).await?;
    plan_in(work, debtor, 1).await?;
    Ok(())
}

async fn viewed(service: &Messaging, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: StatementViewed = envelope.decode()?;
    let (debtor, claim) = (id(&event.debtor_id)?, id(&event.claim_id)?);
    seen(work, debtor).await?;
    if event.view_count >= VIEWS {
        service.propose_instalments(work, debtor, claim).await?;
    }
    Ok(())
}

async fn visited(work: &Work, event: &PortalVisited) -> Result<(), HandlerError> {
    seen(work, id(&event.debtor_id)?).await
}

/// Who has opened the portal can be reached there.
async fn seen(work: &Work, debtor: DebtorId) -> Result<(), HandlerError> {
    people::change(work, debtor, |person| person.portal_seen = true).await?;
    Ok(())
}
