//! What claims tell and what it means here. Events come in any order and repeatedly: each handler
//! ends in the same state whatever came before.

use async_trait::async_trait;
use kulanz_bus::{Envelope, EventHandler, HandlerError};
use kulanz_proto::claims::v1::ClaimState;
use kulanz_proto::events::v1::{ClaimBalanceChanged, ClaimOpened, ClaimSettled, ClaimStateChanged};
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money};

use crate::app::booking::{announce_completed, announce_ended};
use crate::app::promise::{self, Ending};
use crate::app::{due, excess, options::payment_reference, waiting};
use crate::domain::reference::ReferenceKey;
use crate::error::Error;
use crate::store::claim_fact::Standing;
use crate::store::{arrangement, bank_entry, claim_fact, clue, payment, receivable};

/// Handles the events of other services.
pub struct Events;

#[async_trait]
impl EventHandler for Events {
    fn subscriptions(&self) -> &'static [&'static str] {
        &["ClaimOpened", "ClaimBalanceChanged", "ClaimSettled", "ClaimStateChanged"]
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        let version = envelope.aggregate_version;
        let done = match envelope.kind.as_str() {
            "ClaimOpened" => opened(work, envelope.decode()?).await,
            "ClaimBalanceChanged" => balance_changed(work, envelope.decode()?, version).await,
            "ClaimSettled" => {
                let event: ClaimSettled = envelope.decode()?;
                stand(work, &event.claim_id, Turn::Paid, version).await
            }
            "ClaimStateChanged" => state_changed(work, envelope.decode()?, version).await,
            _ => Ok(()),
        };
        done.map_err(refused)
    }
}

/// Failures of the database may pass; everything else is a fault of the event.
fn refused(error: Error) -> HandlerError {
    match error {
        Error::Store(error) => HandlerError::Store(error),
        other => HandlerError::refused(other),
    }
}

async fn opened(work: &Work, event: ClaimOpened) -> Result<(), Error> {
    let unreadable = Error::Unexpected("an event without a readable amount");
    let principal = event.principal.and_then(|money| Money::try_from(money).ok());
    let principal = principal.ok_or(unreadable)?;
    let reference = payment_reference(&event.case_reference)?;
    let key = ReferenceKey::of(&event.case_reference)
        .ok_or(Error::Unexpected("a case reference is too short to be matched"))?;
    let row = receivable::Model {
        tenant_id: work.tenant().to_string(),
        claim_id: event.claim_id.parse::<ClaimId>()?.to_string(),
        debtor_id: event.debtor_id,
        creditor_id: event.creditor_id,
        currency: principal.currency().code().to_owned(),
        principal: principal.minor_units(),
        case_reference: event.case_reference,
        reference_length: i64::try_from(key.as_str().len()).unwrap_or(0),
        reference_key: key.to_string(),
        creditor_reference: reference.to_string(),
        opened_at: work.now(),
    };
    // What the row says must be readable for matching later.
    row.parties()?;
    let waiting = clue::entries(work, [&row.creditor_reference, &row.reference_key]).await?;
    receivable::insert(work, row).await?;
    waiting::wake(work, waiting).await
}

async fn balance_changed(
    work: &Work,
    event: ClaimBalanceChanged,
    version: i64,
) -> Result<(), Error> {
    let told = match event.cause.as_str() {
        "PAYMENT" => 1,
        "REVERSAL" => 2,
        _ => 0,
    };
    if told > 0 {
        payment::note_told(work, &event.payment_id, told).await?;
        waiting::wake(work, bank_entry::waiting_for(work, &event.debtor_id).await?).await?;
    }
    let Some(total) = event.balance.and_then(|balance| balance.total) else { return Ok(()) };
    let (claim, balance) = (event.claim_id.parse()?, total.minor_units);
    match claim_fact::note_balance(work, claim, balance, version).await? {
        Some(before) => excess::settle(work, &before, (claim, balance), version).await,
        None => Ok(()),
    }
}

async fn state_changed(work: &Work, event: ClaimStateChanged, version: i64) -> Result<(), Error> {
    let turn = match event.to_state() {
        ClaimState::Paid | ClaimState::Settled => Turn::Paid,
        state if state.is_closed() => Turn::Over,
        state if state.is_silent() => Turn::Silent,
        _ => Turn::Open,
    };
    stand(work, &event.claim_id, turn, version).await
}

/// What a claim's change means here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Open,
    Silent,
    /// Over because everything was paid.
    Paid,
    /// Over for another reason.
    Over,
}

/// Notes where a claim stands, by what claims says of its state and nothing else: a hold that ends does not
/// open a claim that was closed meanwhile. A claim that is over ends what is agreed about it; a silent one frees
/// its debtor from promises, not from an arrangement.
async fn stand(work: &Work, claim: &str, turn: Turn, version: i64) -> Result<(), Error> {
    let claim: ClaimId = claim.parse()?;
    let standing = match turn {
        Turn::Open => Standing::Open,
        Turn::Silent => Standing::Silent,
        Turn::Paid | Turn::Over => Standing::Closed,
    };
    if !claim_fact::note_standing(work, claim, standing, version).await? {
        return Ok(());
    }
    // Arrangement before promise, as everywhere: two transactions must not wait for each other.
    if standing == Standing::Closed {
        end_arrangement(work, claim, turn == Turn::Paid).await?;
    }
    match standing {
        Standing::Open => Ok(()),
        Standing::Silent => promise::end(work, claim, Ending::ClaimHeld).await,
        Standing::Closed => promise::end(work, claim, Ending::ClaimClosed).await,
    }
}

async fn end_arrangement(work: &Work, claim: ClaimId, paid: bool) -> Result<(), Error> {
    let Some(mut stored) = arrangement::take_running(work, claim).await? else { return Ok(()) };
    if paid && stored.arrangement.complete() {
        announce_completed(work, &mut stored).await?;
    }
    if stored.arrangement.end() {
        announce_ended(work, &mut stored).await?;
    }
    for instalment in &stored.arrangement.instalments {
        due::unwatch(work, instalment.id).await?;
    }
    Ok(arrangement::save(work, &stored).await?)
}
