//! What other services report of a claim: payments, returns, arrangements, messages. Each fact is noted
//! once, whatever the order and repetition; the claim follows from the facts.

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money, MoneyError, PaymentId};

use super::account::{Draft, book};
use super::change::{Cause, Why, follow};
use super::rise;
use super::settlements::weigh;
use crate::domain::account::{EntryKind, Subject};
use crate::error::Error;
use crate::store::arrangement::Outcome;
use crate::store::{arrangement, claim, contact, entry};

/// Books a payment on the claim that it was matched to; a repetition changes nothing.
pub async fn receive(
    work: &Work,
    claim_id: ClaimId,
    payment: PaymentId,
    amount: Money,
    value_date: NaiveDate,
) -> Result<(), Error> {
    let id = payment.to_string();
    let why = Why::new("service:payments", "PAYMENT_RECEIVED");
    let kind = EntryKind::Payment(payment);
    movement(work, claim_id, kind, (amount, value_date), (why, Cause::Payment(&id))).await
}

/// Books a returned payment; it counts as of its payment's value date, known or not yet.
pub async fn reverse(
    work: &Work,
    claim_id: ClaimId,
    payment: PaymentId,
    amount: Money,
    value_date: NaiveDate,
) -> Result<(), Error> {
    let id = payment.to_string();
    let why = Why::new("service:payments", "PAYMENT_REVERSED");
    let kind = EntryKind::Reversal(payment);
    movement(work, claim_id, kind, (amount, value_date), (why, Cause::Reversal(&id))).await
}

async fn movement(
    work: &Work,
    claim_id: ClaimId,
    kind: EntryKind,
    (amount, value_date): (Money, NaiveDate),
    (why, cause): (Why<'_>, Cause<'_>),
) -> Result<(), Error> {
    let draft = Draft::new(kind, Subject::Money, value_date, amount, why.actor);
    match once(work, claim_id, draft, (why, cause)).await? {
        Some(claim) => weigh(work, rise::weigh(work, claim).await?).await,
        None => Ok(()),
    }
}

/// Books what is not booked yet under its kind and cause.
async fn once(
    work: &Work,
    claim_id: ClaimId,
    draft: Draft<'_>,
    (why, cause): (Why<'_>, Cause<'_>),
) -> Result<Option<claim::Model>, Error> {
    let Some(mut claim) = claim::find_locked(work, claim_id).await? else { return Ok(None) };
    if draft.amount().currency() != claim.currency()? {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let (kind, cause_id) = draft.kind_and_cause();
    let context = cause_id.unwrap_or_default().to_owned();
    if entry::is_booked(work, &claim.claim_id, kind, cause_id).await? {
        return Ok(None);
    }
    book(work, &mut claim, draft).await?;
    Ok(Some(follow(work, claim, why.by(&[&context]), Some(cause)).await?))
}

/// Notes that an arrangement or promise began, or how it ended.
pub async fn arrange(
    work: &Work,
    claim_id: ClaimId,
    arrangement_id: &str,
    outcome: Option<Outcome>,
    reason: &str,
) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    arrangement::note(work, &claim.claim_id, arrangement_id, outcome, None).await?;
    let why = Why::new("service:payments", reason);
    let claim = follow(work, claim, why.by(&[arrangement_id]), None).await?;
    weigh(work, claim).await
}

/// A message about a claim, as messaging tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    /// The message.
    pub message_id: &'a str,
    /// It asks for the claim for the first time, and was handed over for sure.
    pub first_demand: bool,
    /// It goes by post.
    pub by_letter: bool,
}

/// Notes that a message about a claim went out.
pub async fn contacted(work: &Work, claim_id: ClaimId, contact: Contact<'_>) -> Result<(), Error> {
    let Contact { message_id, first_demand, by_letter } = contact;
    let Some(mut claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    let demand =
        if first_demand { Some(rise::demanded(work, &claim, by_letter).await?) } else { None };
    contact::note(work, &claim.claim_id, message_id, demand).await?;
    work.about(&claim.claim_id);
    if claim.contacted {
        return Ok(());
    }
    claim.contacted = true;
    let why = Why::new("service:messaging", "MESSAGE_SENT");
    follow(work, claim, why.by(&[message_id]), None).await?;
    Ok(())
}

/// Notes that a message about a claim did not arrive: a first demand that came back was none.
pub async fn undelivered(work: &Work, claim_id: ClaimId, message_id: &str) -> Result<(), Error> {
    let Some(claim) = claim::find(work, claim_id).await? else { return Ok(()) };
    contact::note_failed(work, &claim.claim_id, message_id).await?;
    Ok(())
}
