//! What creditors' systems are told: endpoints, messages in the transaction of what they tell, and their
//! delivery (Standard Webhooks 1.0).

mod courier;
pub mod notices;
mod post;
mod tell;

use kulanz_store::{Due, Work};
use kulanz_types::{CreditorId, WebhookEndpointId};

use super::creditors;
use crate::error::Error;
use crate::store::webhook_delivery::{self, Selection};
use crate::store::webhook_endpoint;

pub use courier::{Courier, SEND_WEBHOOKS};
pub use post::Post;
pub use tell::{Notice, tell};

/// Why a creditor's own staff holds an endpoint back.
pub const BY_REQUEST: &str = "REQUESTED";
/// The endpoint answered that it is gone for good.
pub const GONE: &str = "GONE";

/// An endpoint to be made.
pub struct NewEndpoint {
    /// Whose claims; none for all of the tenant.
    pub creditor_id: Option<CreditorId>,
    /// Where to, checked.
    pub url: String,
    /// Names of types with commas between them; empty for all.
    pub event_types: String,
    /// Made, but held back.
    pub paused: bool,
}

/// Makes an endpoint.
pub async fn create(work: &Work, new: NewEndpoint) -> Result<webhook_endpoint::Model, Error> {
    if let Some(creditor) = new.creditor_id {
        creditors::get(work, creditor).await?;
    }
    let row = webhook_endpoint::Model {
        tenant_id: work.tenant().to_string(),
        webhook_endpoint_id: WebhookEndpointId::generate(work.seeds(), work.now()).to_string(),
        creditor_id: new.creditor_id.map(|id| id.to_string()),
        url: new.url,
        event_types: new.event_types,
        generation: 1,
        rotated_at: None,
        paused: new.paused,
        paused_reason: if new.paused { BY_REQUEST } else { "" }.to_owned(),
        created_at: work.now(),
    };
    webhook_endpoint::insert(work, row.clone()).await?;
    Ok(row)
}

async fn locked(work: &Work, id: WebhookEndpointId) -> Result<webhook_endpoint::Model, Error> {
    webhook_endpoint::find_locked(work, id).await?.ok_or_else(|| Error::not_found(id))
}

/// Holds an endpoint back, or lets what waits for it go.
pub async fn pause(
    work: &Work,
    id: WebhookEndpointId,
    paused: bool,
) -> Result<webhook_endpoint::Model, Error> {
    let mut row = locked(work, id).await?;
    row.paused = paused;
    (if paused { BY_REQUEST } else { "" }).clone_into(&mut row.paused_reason);
    webhook_endpoint::update(work, &row).await?;
    wake(work, &row).await?;
    Ok(row)
}

/// Gives an endpoint a new secret; the one before signs beside it for a while.
pub async fn rotate(work: &Work, id: WebhookEndpointId) -> Result<webhook_endpoint::Model, Error> {
    let mut row = locked(work, id).await?;
    row.generation += 1;
    row.rotated_at = Some(work.now());
    webhook_endpoint::update(work, &row).await?;
    Ok(row)
}

/// Ends an endpoint and drops what waits for it.
pub async fn delete(work: &Work, id: WebhookEndpointId) -> Result<(), Error> {
    let row = locked(work, id).await?;
    webhook_delivery::delete_all(work, &row.webhook_endpoint_id).await?;
    webhook_endpoint::delete(work, &row.webhook_endpoint_id).await?;
    work.unschedule(SEND_WEBHOOKS, &row.webhook_endpoint_id).await?;
    Ok(())
}

/// Sends messages again; how many.
pub async fn replay(
    work: &Work,
    id: WebhookEndpointId,
    selection: &Selection,
) -> Result<u64, Error> {
    let row = locked(work, id).await?;
    let count = webhook_delivery::replay(work, &row.webhook_endpoint_id, selection).await?;
    if let (Selection::One(wanted), 0) = (selection, count) {
        return Err(Error::not_found(wanted));
    }
    wake(work, &row).await?;
    Ok(count)
}

/// Lets the courier look at an endpoint.
async fn wake(work: &Work, row: &webhook_endpoint::Model) -> Result<(), Error> {
    if !row.paused {
        let due = Due::new(SEND_WEBHOOKS, &row.webhook_endpoint_id, work.now());
        work.schedule_by(due).await?;
    }
    Ok(())
}
