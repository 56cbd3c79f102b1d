//! Holds: silence from the same second.

use chrono::{DateTime, Utc};
use kulanz_bus::publish;
use kulanz_proto::events::v1::{HoldPlaced, HoldReleased};
use kulanz_store::{Due, Work};
use kulanz_types::{ClaimId, DisputeId, HoldId, ProtectionId};

use super::change::{Why, follow, locked, locked_open};
use super::disputes;
use super::person::{self, doubts_person};
use super::told;
use crate::domain::lifecycle::HoldKind;
use crate::error::Error;
use crate::store::{claim, hold};

/// Due work that ends holds at their time.
pub const EXPIRE_HOLD: &str = "expire_hold";

/// A hold to be placed.
#[derive(Clone, Copy)]
pub struct NewHold<'a> {
    /// Why the claim is to be silent.
    pub kind: HoldKind,
    /// For staff; not personal.
    pub reason: &'a str,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// The challenge, question or protection that places it, none where a person does.
    pub cause: Option<&'a str>,
}

impl<'a> NewHold<'a> {
    /// A hold that lasts until it is released.
    pub const fn new(kind: HoldKind, reason: &'a str) -> Self {
        Self { kind, reason, expires_at: None, cause: None }
    }

    /// Placed by a challenge, question or protection.
    pub const fn by(self, cause: &'a str) -> Self {
        Self { cause: Some(cause), ..self }
    }
}

/// Places a hold on a claim that is not closed. One for an objection is the hold of a challenge.
pub async fn hold_claim(
    work: &Work,
    claim_id: ClaimId,
    new: NewHold<'_>,
    actor: &str,
) -> Result<(claim::Model, hold::Model), Error> {
    if let Some(kind) = new.kind.objection() {
        return disputes::pass_on(work, claim_id, (kind, new), actor).await;
    }
    let claim = locked_open(work, claim_id).await?;
    place(work, claim, new, Why::new(actor, "HOLD_PLACED").noting(new.reason)).await
}

/// Places a hold on a locked claim.
pub async fn place(
    work: &Work,
    claim: claim::Model,
    new: NewHold<'_>,
    why: Why<'_>,
) -> Result<(claim::Model, hold::Model), Error> {
    let row = row(work, &claim.claim_id, &new, why.actor);
    hold::insert_many(work, vec![row.clone()]).await?;
    if let Some(expires_at) = new.expires_at {
        let payload = row.claim_id.clone().into_bytes();
        work.schedule(Due::new(EXPIRE_HOLD, &row.hold_id, expires_at).payload(payload)).await?;
    }
    let context = [why.context, &[row.hold_id.as_str()]].concat();
    let claim = follow(work, claim, why.by(&context), None).await?;
    let event = placed(&claim, &row, new.kind);
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    Ok((claim, row))
}

/// A hold as it is kept.
pub fn row(work: &Work, claim_id: &str, new: &NewHold<'_>, actor: &str) -> hold::Model {
    hold::Model {
        tenant_id: work.tenant().to_string(),
        hold_id: HoldId::generate(work.seeds(), work.now()).to_string(),
        claim_id: claim_id.to_owned(),
        kind: new.kind.name().to_owned(),
        reason: new.reason.to_owned(),
        placed_at: work.now(),
        placed_by: actor.to_owned(),
        expires_at: new.expires_at,
        released_at: None,
        released_by: None,
        release_reason: None,
        cause: new.cause.map(str::to_owned),
    }
}

/// What is told of a hold.
pub fn placed(claim: &claim::Model, hold: &hold::Model, kind: HoldKind) -> HoldPlaced {
    HoldPlaced {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        hold_id: hold.hold_id.clone(),
        kind: told::hold_kind(kind).into(),
        actor: hold.placed_by.clone(),
    }
}

/// Releases a hold that a person placed, or that of a question; outreach resumes when none is left. What
/// a challenge or a protection silences is released by its decision only.
pub async fn release_claim(
    work: &Work,
    claim_id: ClaimId,
    hold_id: HoldId,
    reason: &str,
    actor: &str,
) -> Result<claim::Model, Error> {
    let claim = locked(work, claim_id).await?;
    let found = hold::find_in_force(work, &claim.claim_id, hold_id).await?;
    let hold = found.ok_or_else(|| Error::not_found(hold_id))?;
    if let Some(cause) = hold.cause.as_ref().filter(|cause| is_decided_elsewhere(cause)) {
        return Err(Error::HoldBound { hold_id: hold.hold_id, cause: cause.clone() });
    }
    release(work, claim, hold, reason, Why::new(actor, "HOLD_RELEASED")).await
}

/// Releases a hold of a locked claim.
pub async fn release(
    work: &Work,
    claim: claim::Model,
    hold: hold::Model,
    reason: &str,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    let kind = hold.hold_kind()?;
    let released = hold::Model {
        released_at: Some(work.now()),
        released_by: Some(why.actor.to_owned()),
        release_reason: Some(reason.to_owned()),
        ..hold
    };
    hold::update(work, released.clone()).await?;
    work.unschedule(EXPIRE_HOLD, &released.hold_id).await?;
    let context = [why.context, &[released.hold_id.as_str()]].concat();
    let claim = follow(work, claim, why.by(&context).noting(reason), None).await?;
    let left = hold::in_force(work, vec![claim.claim_id.clone()]).await?.len();
    let event = HoldReleased {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        hold_id: released.hold_id,
        kind: told::hold_kind(kind).into(),
        holds_left: i32::try_from(left).unwrap_or(i32::MAX),
        actor: why.actor.to_owned(),
    };
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    if doubts_person(kind) {
        person::restate(work, &claim.debtor_id).await?;
    }
    Ok(claim)
}

fn is_decided_elsewhere(cause: &str) -> bool {
    cause.parse::<DisputeId>().is_ok() || cause.parse::<ProtectionId>().is_ok()
}

/// Releases what a challenge, question or protection placed on a locked claim.
pub async fn release_of(
    work: &Work,
    mut claim: claim::Model,
    cause: &str,
    reason: &str,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    let held = hold::of_cause(work, cause).await?.into_iter();
    let own = held.filter(|row| row.claim_id == claim.claim_id && row.released_at.is_none());
    for row in own.collect::<Vec<_>>() {
        claim = release(work, claim, row, reason, why).await?;
    }
    Ok(claim)
}

/// The claims that a challenge, question or protection placed a hold on, in the order of their ids.
pub async fn claims_of(work: &Work, cause: &str) -> Result<Vec<ClaimId>, Error> {
    let mut ids = hold::of_cause(work, cause)
        .await?
        .into_iter()
        .map(|row| row.claim_id.parse())
        .collect::<Result<Vec<ClaimId>, _>>()?;
    ids.dedup();
    Ok(ids)
}

/// Tells that a hold came to its time. In force it is no more by then: this brings the claim along.
pub async fn expire(work: &Work, claim_id: ClaimId, hold_id: HoldId) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    let Some(hold) = hold::find_unreleased(work, &claim.claim_id, hold_id).await? else {
        return Ok(());
    };
    let why = Why::new("service:claims", "HOLD_EXPIRED");
    release(work, claim, hold, "its time is over", why).await?;
    Ok(())
}
