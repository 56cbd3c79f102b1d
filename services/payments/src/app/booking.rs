//! Books money to a claim and takes it back: ledger, payment, instalments, promise and events in one
//! transaction.

use chrono::NaiveDate;
use kulanz_bus::{Outgoing, publish};
use kulanz_proto::events::v1::{
    ArrangementCompleted, ArrangementEnded, PaymentReceived, PaymentReversed, PromiseKept,
};
use kulanz_store::Work;
use kulanz_types::{Money, PaymentId};

use super::books::Books;
use super::matching::Expectation;
use super::quotes::wire_kind;
use super::{announce, due};
use crate::domain::arrangement::{ArrangementState, InstalmentState};
use crate::domain::ledger::{Account, Transfer};
use crate::domain::plan::Kind;
use crate::error::Error;
use crate::store::arrangement::Stored;
use crate::store::receivable::Parties;
use crate::store::{arrangement, ledger, money, payment, promise};

/// Stored and published name of the way money came.
pub const BANK_TRANSFER: &str = "bank_transfer";

/// Money that belongs to a claim.
pub struct Receipt<'a> {
    /// Whose claim and debt it is.
    pub parties: Parties,
    /// How much, above zero.
    pub amount: Money,
    /// The day on which it counts.
    pub value_on: NaiveDate,
    /// The bank entry that brought it.
    pub bank_entry: &'a str,
}

/// Books money from suspense to the claim's creditor and tells everyone. What is known to be expected of
/// the claim spares looking for an arrangement or a promise that is not there, and is brought up to date.
pub async fn receive(
    work: &Work,
    books: &mut Books,
    receipt: &Receipt<'_>,
    mut expected: Option<&mut Expectation>,
) -> Result<PaymentId, Error> {
    let Receipt { parties, amount, value_on, .. } = receipt;
    let id = PaymentId::generate(work.seeds(), work.now());
    let pair = (Account::Suspense, Account::CreditorPayable(parties.creditor));
    let transfer = Transfer::new(format!("{id}:received"), pair, *amount, *value_on)?;
    books.transfers.push(transfer.for_claim(parties.claim));
    let mut filled = Filled::default();
    if expected.as_ref().is_none_or(|expected| expected.is_arranged) {
        filled = fill_instalments(work, receipt).await?;
    }
    if let Some(expected) = &mut expected {
        expected.open = expected.open.saturating_sub(amount.minor_units());
        (expected.is_arranged, expected.next_due) = (filled.still_runs, filled.next_due);
    }
    let mut promise_id = String::new();
    if expected.as_ref().is_none_or(|expected| expected.promised.is_some()) {
        promise_id = keep_promise(work, parties, *amount, *value_on).await?.unwrap_or_default();
    }
    let row = row(work, id, receipt, &filled);
    let event = received(&row, *amount, promise_id);
    books.events.push(Outgoing::new(id, parties.debtor, 1, &event));
    books.payments.push(row);
    Ok(id)
}

fn received(row: &payment::Model, amount: Money, promise_id: String) -> PaymentReceived {
    PaymentReceived {
        payment_id: row.payment_id.clone(),
        claim_id: row.claim_id.clone(),
        creditor_id: row.creditor_id.clone(),
        debtor_id: row.debtor_id.clone(),
        amount: Some(amount.into()),
        value_date: Some(row.value_on.into()),
        method: row.method.clone(),
        arrangement_id: row.arrangement_id.clone().unwrap_or_default(),
        promise_id,
    }
}

fn row(work: &Work, id: PaymentId, receipt: &Receipt<'_>, filled: &Filled) -> payment::Model {
    let Receipt { parties, amount, value_on, bank_entry } = receipt;
    payment::Model {
        tenant_id: work.tenant().to_string(),
        payment_id: id.to_string(),
        claim_id: parties.claim.to_string(),
        debtor_id: parties.debtor.to_string(),
        creditor_id: parties.creditor.to_string(),
        currency: amount.currency().code().to_owned(),
        amount: amount.minor_units(),
        state: payment::RECEIVED.to_owned(),
        value_on: *value_on,
        method: BANK_TRANSFER.to_owned(),
        bank_entry_id: (*bank_entry).to_owned(),
        arrangement_id: filled.arrangement.clone(),
        arrangement_part: filled.part,
        created_at: work.now(),
        version: 1,
        told: 0,
    }
}

/// Takes a payment back to suspense, as of the day on which it had counted: interest is owed as if
/// it had never come.
pub async fn reverse(work: &Work, row: &payment::Model, reason: &str) -> Result<Money, Error> {
    let amount = money(row.amount, &row.currency)?;
    let creditor = row.creditor_id.parse()?;
    let pair = (Account::CreditorPayable(creditor), Account::Suspense);
    let key = format!("{}:reversed", row.payment_id);
    let transfer = Transfer::new(key, pair, amount, row.value_on)?;
    ledger::post(work, &transfer.for_claim(row.claim_id.parse()?)).await?;
    let version = payment::reverse(work, row).await?;
    empty_instalments(work, row).await?;
    break_promise(work, row).await?;
    let event = PaymentReversed {
        payment_id: row.payment_id.clone(),
        claim_id: row.claim_id.clone(),
        creditor_id: row.creditor_id.clone(),
        debtor_id: row.debtor_id.clone(),
        amount: Some(amount.into()),
        value_date: Some(row.value_on.into()),
        reason: reason.to_owned(),
    };
    publish(work, &row.payment_id, &row.debtor_id, version, &event).await?;
    Ok(amount)
}

/// Takes back what a payment had put into instalments; those are watched again.
async fn empty_instalments(work: &Work, row: &payment::Model) -> Result<(), Error> {
    let Some(id) = &row.arrangement_id else { return Ok(()) };
    let Some(mut stored) = arrangement::take(work, id.parse()?).await? else { return Ok(()) };
    let running = arrangement::running(work, row.claim_id.parse()?).await?;
    let replaced =
        running.is_some_and(|other| other.row.arrangement_id != stored.row.arrangement_id);
    if replaced || row.arrangement_part == 0 {
        return Ok(());
    }
    let was_completed = stored.arrangement.state == ArrangementState::Completed;
    let before = stored.arrangement.instalments.clone();
    stored.arrangement.take_back(money(row.arrangement_part, &row.currency)?)?;
    if was_completed {
        // Everyone was told that it was kept and acted on it: it does not run again, it was not kept
        // after all. The claim is open again, and something new may be agreed about it.
        stored.arrangement.fail();
        due::announce_broken(work, &mut stored, due::RETURNED).await?;
        return Ok(arrangement::save(work, &stored).await?);
    }
    for (was, is) in before.iter().zip(&stored.arrangement.instalments) {
        if was.state == InstalmentState::Paid && is.state != InstalmentState::Paid {
            due::watch_arrival(work, &stored, is).await?;
        }
    }
    Ok(arrangement::save(work, &stored).await?)
}

/// Takes back what a payment had counted for a promise. What came in time and is still there keeps it; where
/// that is too little, it was not kept after all.
async fn break_promise(work: &Work, row: &payment::Model) -> Result<(), Error> {
    let claim = row.claim_id.parse()?;
    let found = promise::take_standing_at(work, claim, row.created_at).await?;
    let Some((mut stored, until)) = found else { return Ok(()) };
    let (from, last_day) = (stored.row.made_at, stored.promise.last_day());
    if row.value_on > last_day || row.currency != stored.row.currency {
        return Ok(());
    }
    let promised = payment::Promised { claim, from, until, last_day };
    let stayed = payment::received_towards(work, promised, &row.currency).await?;
    let before = stored.promise;
    if stored.promise.take_back(money(stayed, &row.currency)?) {
        return due::promise_broken(work, &stored, due::RETURNED).await;
    }
    if stored.promise != before {
        promise::save(work, &stored).await?;
    }
    Ok(())
}

/// What a payment did to the arrangement in force.
#[derive(Default)]
struct Filled {
    arrangement: Option<String>,
    /// What of it filled instalments, in minor units.
    part: i64,
    still_runs: bool,
    next_due: Option<i64>,
}

/// Fills the instalments of the arrangement in force.
async fn fill_instalments(work: &Work, receipt: &Receipt<'_>) -> Result<Filled, Error> {
    let claim = receipt.parties.claim;
    let Some(mut stored) = arrangement::take_running(work, claim).await? else {
        return Ok(Filled::default());
    };
    if stored.kind()? == Kind::Settlement
        && !stored.arrangement.is_in_time(receipt.value_on, due::PATIENCE)
    {
        // The day is over: the full amount stays open, and this counts towards it.
        return Ok(Filled { still_runs: true, ..Filled::default() });
    }
    let applied = stored.arrangement.apply_payment(receipt.amount)?;
    for number in &applied.filled {
        let filled = stored.arrangement.instalments.iter().find(|one| one.number == *number);
        if let Some(filled) = filled {
            due::unwatch(work, filled.id).await?;
        }
    }
    if applied.completed {
        announce_completed(work, &mut stored).await?;
    }
    arrangement::save(work, &stored).await?;
    let mut open = stored.arrangement.instalments.iter().filter(|one| one.paid != one.amount);
    Ok(Filled {
        part: receipt.amount.checked_sub(applied.beyond)?.minor_units(),
        still_runs: stored.arrangement.state.is_running(),
        next_due: open.next().map(|one| one.amount.minor_units()),
        arrangement: Some(stored.row.arrangement_id),
    })
}

/// Tells that an arrangement was kept to the end; of a settlement also for how much, as the rest is waived
/// with it (§ 397 BGB).
pub async fn announce_completed(work: &Work, stored: &mut Stored) -> Result<(), Error> {
    let kind = stored.kind()?;
    let mut instalments = stored.arrangement.instalments.iter();
    let is_paid = kind == Kind::Settlement && instalments.all(|one| one.paid == one.amount);
    let total = money(stored.row.total, &stored.row.currency)?;
    let row = &stored.row;
    let event = ArrangementCompleted {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
        kind: wire_kind(kind).into(),
        settled_for: is_paid.then(|| total.into()),
    };
    announce(work, stored, &event).await
}

/// Tells that an arrangement ended with its claim, neither kept nor broken.
pub async fn announce_ended(work: &Work, stored: &mut Stored) -> Result<(), Error> {
    let row = &stored.row;
    let event = ArrangementEnded {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
    };
    announce(work, stored, &event).await
}

/// Counts money for the promise that waits for it; which one that is.
async fn keep_promise(
    work: &Work,
    parties: &Parties,
    amount: Money,
    value_on: NaiveDate,
) -> Result<Option<String>, Error> {
    let Some(mut stored) = promise::take_waiting(work, parties.claim).await? else {
        return Ok(None);
    };
    if stored.promise.amount.currency() != amount.currency() || !stored.promise.counts(value_on) {
        return Ok(None);
    }
    let is_kept = stored.promise.receive(amount, value_on)?;
    let version = promise::save(work, &stored).await?;
    if is_kept {
        work.unschedule(due::PROMISE_EXPIRY, stored.id()?).await?;
        let row = &stored.row;
        let event = PromiseKept {
            promise_id: row.promise_id.clone(),
            claim_id: row.claim_id.clone(),
            debtor_id: row.debtor_id.clone(),
            amount: Some(stored.promise.amount.into()),
            promised_date: Some(stored.promise.promised_on.into()),
        };
        publish(work, &row.promise_id, &row.debtor_id, version, &event).await?;
    }
    Ok(Some(stored.row.promise_id))
}
