//! What other services report of a claim: payments, returns, arrangements, messages. Each fact is noted
//! once, whatever the order and repetition; the claim follows from the facts.

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money, MoneyError, PaymentId};

use super::change::{Cause, Why, book_as, follow};
use super::today;
use crate::domain::account::{Entry, EntryKind};
use crate::domain::settlement::{paid, rest_on};
use crate::error::Error;
use crate::store::arrangement::Outcome;
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
    let why = Why::new("service:payments", "PAYMENT_RECEIVED");
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
    let why = Why::new("service:payments", "PAYMENT_REVERSED");
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
    let payment = columns.1.clone().unwrap_or_default();
    let note = (why.actor, "§ 362 Abs. 1 BGB", "");
    let context = [payment.as_str()];
    let booked =
        once(work, claim_id, columns, (amount, value_date), note, (why.by(&context), cause));
    match booked.await? {
        Some(claim) => waive_settled(work, claim).await,
        None => Ok(()),
    }
}

/// Books the cost of an arrangement that the debtor agreed to bear.
pub async fn charge_arrangement(
    work: &Work,
    claim_id: ClaimId,
    arrangement_id: &str,
    amount: Money,
    norm: &str,
) -> Result<(), Error> {
    let why = Why::new("service:payments", "ARRANGEMENT_ACCEPTED");
    let columns = ("cost", Some(arrangement_id.to_owned()));
    let note = (why.actor, norm, "");
    let why = why.by(std::slice::from_ref(&arrangement_id));
    once(work, claim_id, columns, (amount, today(work)), note, (why, Cause::Cost)).await?;
    Ok(())
}

async fn once(
    work: &Work,
    claim_id: ClaimId,
    columns: (&'static str, Option<String>),
    (amount, value_date): (Money, NaiveDate),
    note: (&str, &str, &str),
    (why, cause): (Why<'_>, Cause<'_>),
) -> Result<Option<claim::Model>, Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(None) };
    if amount.currency() != claim.currency()? {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let known = entry::of_claim(work, &claim.claim_id).await?;
    if known.iter().any(|row| row.kind == columns.0 && row.payment_id == columns.1) {
        return Ok(None);
    }
    book_as(work, &claim, columns, (value_date, amount), note).await?;
    Ok(Some(follow(work, claim, why, Some(cause)).await?))
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
    follow(work, claim, why.by(&[arrangement_id]), None).await?;
    Ok(())
}

/// Notes that a settlement was kept: what was agreed is paid, the rest is waived.
pub async fn settle(
    work: &Work,
    claim_id: ClaimId,
    arrangement_id: &str,
    settled_for: Money,
) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    if settled_for.currency() != claim.currency()? {
        return Err(MoneyError::CurrencyMismatch.into());
    }
    let agreed = Some(settled_for.minor_units());
    arrangement::note(work, &claim.claim_id, arrangement_id, Some(Outcome::Kept), agreed).await?;
    let why = Why::new("service:payments", "ARRANGEMENT_COMPLETED");
    let claim = follow(work, claim, why.by(&[arrangement_id]), None).await?;
    waive_settled(work, claim).await
}

/// Waives the rest of a claim whose settlement was kept, by an entry of today (§ 397 Abs. 1 BGB). Where
/// the news of the payments come after that of the settlement it waits for them: else it would waive
/// what the payments cover.
async fn waive_settled(work: &Work, mut claim: claim::Model) -> Result<(), Error> {
    let settlements = arrangement::of_claim(work, &claim.claim_id).await?;
    let kept = settlements.into_iter().find_map(|row| Some((row.arrangement_id, row.settled_for?)));
    let Some((arrangement_id, agreed)) = kept.filter(|_| !claim.settled) else { return Ok(()) };
    let (currency, rows) = (claim.currency()?, entry::of_claim(work, &claim.claim_id).await?);
    let explained =
        rows.iter().map(|row| row.explained(currency)).collect::<Result<Vec<_>, _>>()?;
    let entries: Vec<Entry> = explained.into_iter().map(|explained| explained.entry).collect();
    if paid(currency, &entries)?.minor_units() < agreed {
        return Ok(());
    }
    let rest = rest_on(currency, &claim.terms()?, &entries, today(work))?;
    if !rest.is_positive() {
        return Ok(());
    }
    let why = Why::new("service:payments", "ARRANGEMENT_COMPLETED");
    let columns = ("credit", Some(arrangement_id.clone()));
    let note = (why.actor, "§ 397 Abs. 1 BGB", "");
    book_as(work, &claim, columns, (today(work), rest), note).await?;
    claim.settled = true;
    follow(work, claim, why.by(&[&arrangement_id]), Some(Cause::Credit)).await?;
    Ok(())
}

/// Notes that a message about a claim went out.
pub async fn contacted(work: &Work, claim_id: ClaimId, message_id: &str) -> Result<(), Error> {
    let Some(mut claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    contact::note(work, &claim.claim_id, message_id).await?;
    work.about(&claim.claim_id);
    if claim.contacted {
        return Ok(());
    }
    claim.contacted = true;
    let why = Why::new("service:messaging", "MESSAGE_SENT");
    follow(work, claim, why.by(&[message_id]), None).await?;
    Ok(())
}
