//! What other services report of a claim: payments, returns, arrangements, messages. Each fact is noted
//! once, whatever the order and repetition; the claim follows from the facts.

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money, MoneyError, PaymentId};

use super::change::{Cause, Why, book_as, follow};
use super::today;
use crate::domain::account::EntryKind;
use crate::error::Error;
use crate::store::record::entry_columns;
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
    let why = Why { actor: "service:payments", reason: "PAYMENT_RECEIVED" };
    let kind = EntryKind::Payment(payment);
    movement(work, claim_id, kind, (amount, value_date), why, Cause::Payment(&id)).await
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
    let why = Why { actor: "service:payments", reason: "PAYMENT_REVERSED" };
    let kind = EntryKind::Reversal(payment);
    movement(work, claim_id, kind, (amount, value_date), why, Cause::Reversal(&id)).await
}

async fn movement(
    work: &Work,
    claim_id: ClaimId,
    kind: EntryKind,
    (amount, value_date): (Money, NaiveDate),
    why: Why<'_>,
    cause: Cause<'_>,
) -> Result<(), Error> {
    let columns = entry_columns(kind);
    let note = (why.actor, "§ 362 Abs. 1 BGB", "");
    once(work, claim_id, columns, (amount, value_date), note, (why, cause)).await
}

/// Books the cost of an arrangement that the debtor agreed to bear.
pub async fn charge_arrangement(
    work: &Work,
    claim_id: ClaimId,
    arrangement_id: &str,
    amount: Money,
    norm: &str,
) -> Result<(), Error> {
    let why = Why { actor: "service:payments", reason: "ARRANGEMENT_ACCEPTED" };
    let columns = ("cost", Some(arrangement_id.to_owned()));
    let note = (why.actor, norm, "");
    once(work, claim_id, columns, (amount, today(work)), note, (why, Cause::Cost)).await
}

async fn once(
    work: &Work,
    claim_id: ClaimId,
    columns: (&'static str, Option<String>),
    (amount, value_date): (Money, NaiveDate),
    note: (&str, &str, &str),
    (why, cause): (Why<'_>, Cause<'_>),
) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    if amount.currency() != claim.currency()? {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let known = entry::of_claim(work, &claim.claim_id).await?;
    if known.iter().any(|row| row.kind == columns.0 && row.payment_id == columns.1) {
        return Ok(());
    }
    book_as(work, &claim, columns, (value_date, amount), note).await?;
    follow(work, claim, why, Some(cause)).await?;
    Ok(())
}

/// Notes that an arrangement or promise began or ended.
pub async fn arrange(
    work: &Work,
    claim_id: ClaimId,
    arrangement_id: &str,
    ended: bool,
    reason: &str,
) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    arrangement::note(work, &claim.claim_id, arrangement_id, ended).await?;
    follow(work, claim, Why { actor: "service:payments", reason }, None).await?;
    Ok(())
}

/// Notes that a message about a claim went out.
pub async fn contacted(work: &Work, claim_id: ClaimId, message_id: &str) -> Result<(), Error> {
    let Some(mut claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    contact::note(work, &claim.claim_id, message_id).await?;
    if claim.contacted {
        return Ok(());
    }
    claim.contacted = true;
    follow(work, claim, Why { actor: "service:messaging", reason: "MESSAGE_SENT" }, None).await?;
    Ok(())
}
