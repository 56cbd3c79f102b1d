//! Promises to pay.

use chrono::NaiveDate;
use kulanz_bus::publish;
use kulanz_proto::events::v1::{PromiseEnded, PromiseMade};
use kulanz_store::{Begin, Due, Work};
use kulanz_types::{ClaimId, Money, PromiseId, berlin_date};
use prost::Message;

use super::claims::{Owed, owed};
use super::{Desk, Write, due, may_see};
use crate::domain::promise::{Promise, PromiseRefusal};
use crate::error::Error;
use crate::store::promise::{self, Model, Stored};
use crate::store::{arrangement, codes};

/// The debtor says when they will pay; an earlier promise about the claim loses its meaning.
pub async fn make<Request: Message, Reply: Message + Default>(
    desk: &Desk,
    write: Write<'_, Request>,
    claim: ClaimId,
    (amount, promised_on): (Option<Money>, NaiveDate),
    reply: impl FnOnce(&Stored) -> Reply,
) -> Result<Reply, Error> {
    if let Some(earlier) = desk.earlier_answer(&write).await? {
        return Ok(earlier);
    }
    let owed = owed(&desk.clients, write.tenant, claim).await?;
    may_see(write.caller, &owed.parties.debtor.to_string(), claim)?;
    owed.require_collectable()?;
    let work = match desk.begin(&write).await? {
        Begin::Replayed(earlier) => return Ok(earlier),
        Begin::Fresh(work) => work,
    };
    if arrangement::running(&work, claim).await?.is_some() {
        return Err(Error::ClaimArranged { claim_id: claim.to_string() });
    }
    let today = berlin_date(work.now());
    let promise = Promise::make(amount.unwrap_or(owed.total), promised_on, owed.total, today);
    let promise = promise.map_err(|refusal| match refusal {
        PromiseRefusal::Day => Error::field("promised_date", refusal.to_string()),
        PromiseRefusal::Amount => Error::field("amount", refusal.to_string()),
    })?;
    end(&work, claim, Ending::Superseded).await?;
    let stored = keep(&work, &owed, promise, &write.caller.actor()).await?;
    Ok(work.finish(reply(&stored)).await?)
}

/// Why a promise ends without being kept or broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A newer promise or an arrangement takes its place.
    Superseded,
    /// Nobody may be pressed about the claim now.
    ClaimHeld,
    /// The claim is over.
    ClaimClosed,
}

impl Ending {
    /// The published reason.
    const fn code(self) -> &'static str {
        match self {
            Self::Superseded => "SUPERSEDED",
            Self::ClaimHeld => "CLAIM_HELD",
            Self::ClaimClosed => "CLAIM_CLOSED",
        }
    }
}

/// Ends the promise that waits for a claim's money, if there is one, and tells of it.
pub async fn end(work: &Work, claim: ClaimId, ending: Ending) -> Result<(), Error> {
    let Some(mut stored) = promise::take_waiting(work, claim).await? else { return Ok(()) };
    stored.promise.invalidate();
    let version = promise::save(work, &stored).await?;
    work.unschedule(due::PROMISE_EXPIRY, stored.id()?).await?;
    let row = &stored.row;
    let event = PromiseEnded {
        promise_id: row.promise_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        reason: ending.code().to_owned(),
    };
    publish(work, &row.promise_id, &row.debtor_id, version, &event).await?;
    Ok(())
}

async fn keep(work: &Work, owed: &Owed, promise: Promise, actor: &str) -> Result<Stored, Error> {
    let id = PromiseId::generate(work.seeds(), work.now());
    let row = Model {
        tenant_id: work.tenant().to_string(),
        promise_id: id.to_string(),
        claim_id: owed.parties.claim.to_string(),
        debtor_id: owed.parties.debtor.to_string(),
        creditor_id: owed.parties.creditor.to_string(),
        currency: promise.amount.currency().code().to_owned(),
        amount: promise.amount.minor_units(),
        received: 0,
        promised_on: promise.promised_on,
        state: codes::promise_state(promise.state).to_owned(),
        made_at: work.now(),
        made_by: actor.to_owned(),
        version: 1,
    };
    let stored = Stored { row, promise };
    promise::insert(work, &stored).await?;
    let end = promise.last_day().succ_opt().unwrap_or(promise.promised_on);
    work.schedule(Due::new(due::PROMISE_EXPIRY, id, due::morning(end))).await?;
    let event = PromiseMade {
        promise_id: id.to_string(),
        claim_id: stored.row.claim_id.clone(),
        debtor_id: stored.row.debtor_id.clone(),
        amount: Some(promise.amount.into()),
        promised_date: Some(promise.promised_on.into()),
    };
    publish(work, id, &stored.row.debtor_id, 1, &event).await?;
    Ok(stored)
}
