//! What other services tell: money, arrangements, messages. No order is assumed, and repetition is
//! harmless: every handler notes a fact under its id, and the claim follows from the facts.

use async_trait::async_trait;
use chrono::NaiveDate;
use kulanz_bus::{Envelope, EventHandler, HandlerError};
use kulanz_proto::events::v1 as wire;
use kulanz_proto::messaging::v1::PolicyClass;
use kulanz_proto::payments::v1::ArrangementKind;
use kulanz_proto::types::v1::{Channel, Date, Money as WireMoney};
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money, berlin_date};

use crate::app::agreement::{Agreed, charge_agreed};
use crate::app::limitation::{deferral_ended, deferred};
use crate::app::money::{Contact, arrange, contacted, receive, reverse, undelivered};
use crate::app::settlements::settle;
use crate::error::Error;
use crate::store::arrangement::Outcome;

/// Handles events.
pub struct Events;

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(store) => Self::Store(store),
            other => Self::refused(other),
        }
    }
}

#[async_trait]
impl EventHandler for Events {
    fn subscriptions(&self) -> &'static [&'static str] {
        &[
            "PaymentReceived",
            "PaymentReversed",
            "ArrangementAccepted",
            "ArrangementCompleted",
            "ArrangementBroken",
            "PromiseMade",
            "PromiseKept",
            "PromiseBroken",
            "PromiseEnded",
            "MessageSent",
            "MessageFailed",
        ]
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        work.act(&format!("service:{}", envelope.producer), &envelope.kind);
        work.fact("event_id", envelope.id);
        match envelope.kind.as_str() {
            "PaymentReceived" => received(work, envelope.decode()?).await,
            "PaymentReversed" => returned(work, envelope.decode()?).await,
            "ArrangementAccepted" => {
                accepted(work, envelope.decode()?, berlin_date(envelope.occurred_at)).await
            }
            "ArrangementCompleted" => completed(work, envelope.decode()?).await,
            "ArrangementBroken" => {
                let event: wire::ArrangementBroken = envelope.decode()?;
                let ids = (event.claim_id.as_str(), event.arrangement_id.as_str());
                ended(work, ids, Outcome::Broken, "ARRANGEMENT_BROKEN").await
            }
            "PromiseMade" => {
                let event: wire::PromiseMade = envelope.decode()?;
                arranged(work, &event.claim_id, &event.promise_id, "PROMISE_MADE").await
            }
            "PromiseKept" => {
                let event: wire::PromiseKept = envelope.decode()?;
                let ids = (event.claim_id.as_str(), event.promise_id.as_str());
                ended(work, ids, Outcome::Kept, "PROMISE_KEPT").await
            }
            "PromiseBroken" => {
                let event: wire::PromiseBroken = envelope.decode()?;
                let ids = (event.claim_id.as_str(), event.promise_id.as_str());
                ended(work, ids, Outcome::Broken, "PROMISE_BROKEN").await
            }
            "PromiseEnded" => {
                let event: wire::PromiseEnded = envelope.decode()?;
                let ids = (event.claim_id.as_str(), event.promise_id.as_str());
                ended(work, ids, Outcome::Lapsed, "PROMISE_ENDED").await
            }
            "MessageSent" => sent(work, envelope.decode()?).await,
            "MessageFailed" => failed(work, envelope.decode()?).await,
            _ => Ok(()),
        }
    }
}

fn claim_id(text: &str) -> Result<ClaimId, HandlerError> {
    text.parse().map_err(HandlerError::refused)
}

fn movement(
    amount: Option<WireMoney>,
    value_date: Option<Date>,
) -> Result<(Money, NaiveDate), HandlerError> {
    let amount: Money = kulanz_proto::convert::required(amount).map_err(HandlerError::refused)?;
    let date = kulanz_proto::convert::required(value_date).map_err(HandlerError::refused)?;
    if !amount.is_positive() {
        return Err(HandlerError::refused("a movement of money is above zero"));
    }
    Ok((amount, date))
}

async fn received(work: &Work, event: wire::PaymentReceived) -> Result<(), HandlerError> {
    let (amount, date) = movement(event.amount, event.value_date)?;
    let payment = event.payment_id.parse().map_err(HandlerError::refused)?;
    Ok(receive(work, claim_id(&event.claim_id)?, payment, amount, date).await?)
}

async fn returned(work: &Work, event: wire::PaymentReversed) -> Result<(), HandlerError> {
    let (amount, date) = movement(event.amount, event.value_date)?;
    let payment = event.payment_id.parse().map_err(HandlerError::refused)?;
    Ok(reverse(work, claim_id(&event.claim_id)?, payment, amount, date).await?)
}

async fn accepted(
    work: &Work,
    event: wire::ArrangementAccepted,
    on: NaiveDate,
) -> Result<(), HandlerError> {
    let kind = event.kind();
    let cost: Option<Money> =
        kulanz_proto::convert::optional(event.arrangement_cost).map_err(HandlerError::refused)?;
    if let Some(cost) = cost.filter(|cost| cost.is_positive()) {
        let agreed = Agreed { arrangement_id: &event.arrangement_id, cost, on };
        charge_agreed(work, claim_id(&event.claim_id)?, agreed).await?;
    }
    let (claim, id) = (event.claim_id.as_str(), event.arrangement_id.as_str());
    arranged(work, claim, id, "ARRANGEMENT_ACCEPTED").await?;
    if kind == ArrangementKind::Deferral {
        let until: Option<NaiveDate> =
            kulanz_proto::convert::optional(event.last_due_date).map_err(HandlerError::refused)?;
        deferred(work, claim_id(claim)?, id, until).await?;
    }
    Ok(())
}

async fn arranged(work: &Work, claim: &str, id: &str, reason: &str) -> Result<(), HandlerError> {
    Ok(arrange(work, claim_id(claim)?, id, None, reason).await?)
}

async fn ended(
    work: &Work,
    (claim, id): (&str, &str),
    outcome: Outcome,
    reason: &str,
) -> Result<(), HandlerError> {
    arrange(work, claim_id(claim)?, id, Some(outcome), reason).await?;
    Ok(deferral_ended(work, claim_id(claim)?, id).await?)
}

async fn completed(work: &Work, event: wire::ArrangementCompleted) -> Result<(), HandlerError> {
    let settled_for: Option<Money> = kulanz_proto::convert::optional(event.settled_for.clone())
        .map_err(HandlerError::refused)?;
    let (claim, id) = (event.claim_id.as_str(), event.arrangement_id.as_str());
    match settled_for.filter(|_| event.kind() == ArrangementKind::Settlement) {
        Some(agreed) => Ok(settle(work, claim_id(claim)?, id, agreed).await?),
        None => ended(work, (claim, id), Outcome::Kept, "ARRANGEMENT_COMPLETED").await,
    }
}

async fn sent(work: &Work, event: wire::MessageSent) -> Result<(), HandlerError> {
    let contact = Contact {
        message_id: &event.message_id,
        first_demand: event.policy_class() == PolicyClass::FirstNotice && !event.unknown,
        by_letter: event.channel() == Channel::Letter,
    };
    for claim in &event.claim_ids {
        contacted(work, claim_id(claim)?, contact).await?;
    }
    Ok(())
}

async fn failed(work: &Work, event: wire::MessageFailed) -> Result<(), HandlerError> {
    for claim in &event.claim_ids {
        undelivered(work, claim_id(claim)?, &event.message_id).await?;
    }
    Ok(())
}
