//! What messaging does with events of others. Handlers change rows and schedule due work; what
//! needs another service is done when that work is run.

mod claims;
mod payments;

use async_trait::async_trait;
use kulanz_bus::{Envelope, EventHandler, HandlerError};
use kulanz_proto::events::v1::{PersonaAssigned, PropensityChanged};
use kulanz_store::{Due, Work};
use kulanz_types::DebtorId;

use crate::app::{Messaging, PLAN_OUTREACH, REFRESH_CONTACTS};
use crate::error::Error;
use crate::store::people;

const SUBSCRIPTIONS: &[&str] = &[
    "ClaimOpened",
    "DebtorUpdated",
    "HoldPlaced",
    "HoldReleased",
    "ContactPointDisowned",
    "ChallengeOpened",
    "ChallengeResolved",
    "ClaimStateChanged",
    "ClaimSettled",
    "StatementViewed",
    "PortalVisited",
    "PersonaAssigned",
    "PropensityChanged",
    "PaymentReceived",
    "PaymentReversed",
    "ArrangementAccepted",
    "ArrangementCompleted",
    "ArrangementBroken",
    "InstalmentDue",
    "InstalmentMissed",
    "PromiseMade",
    "PromiseKept",
    "PromiseBroken",
];

/// The handler of all events that messaging consumes.
pub struct Events(pub Messaging);

#[async_trait]
impl EventHandler for Events {
    fn subscriptions(&self) -> &'static [&'static str] {
        SUBSCRIPTIONS
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        if is_erased(work, envelope).await? {
            return Ok(());
        }
        match envelope.kind.as_str() {
            "PersonaAssigned" => persona_assigned(work, &envelope.decode()?).await?,
            "PropensityChanged" => propensity_changed(work, &envelope.decode()?).await?,
            _ if payments::handle(&self.0, work, envelope).await? => {}
            _ => claims::handle(&self.0, work, envelope).await?,
        }
        Ok(())
    }
}

/// Whatever is told about an erased person must not bring her back. Holds the person: what is planned
/// for her meanwhile sees what this event changes, or is seen by it.
async fn is_erased(work: &Work, envelope: &Envelope) -> Result<bool, Error> {
    let Ok(debtor) = envelope.partition_key.parse::<DebtorId>() else { return Ok(false) };
    Ok(people::lock(work, debtor).await?.erased)
}

/// An id inside an event.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, HandlerError> {
    text.parse().map_err(|_| HandlerError::refused("an id of the event cannot be read"))
}

async fn persona_assigned(work: &Work, event: &PersonaAssigned) -> Result<(), HandlerError> {
    let debtor: DebtorId = id(&event.debtor_id)?;
    let personas = event.probabilities.clone().into_iter().collect();
    let before = people::change(work, debtor, |person| person.personas = personas).await?;
    if before.personas.is_empty() {
        work.schedule(Due::new(PLAN_OUTREACH, debtor, work.now())).await?;
    }
    Ok(())
}

async fn propensity_changed(work: &Work, event: &PropensityChanged) -> Result<(), HandlerError> {
    let debtor: DebtorId = id(&event.debtor_id)?;
    let probability = Some(event.probability);
    people::change(work, debtor, |person| person.propensity = probability).await?;
    Ok(())
}

/// Fetches a person's contact points soon, and plans at once when the person is known already.
async fn person_changed(work: &Work, debtor: DebtorId, new_claim: bool) -> Result<(), Error> {
    work.schedule(Due::new(REFRESH_CONTACTS, debtor, work.now())).await?;
    if new_claim && !people::load(work, debtor).await?.personas.is_empty() {
        work.schedule(Due::new(PLAN_OUTREACH, debtor, work.now())).await?;
    }
    Ok(())
}
