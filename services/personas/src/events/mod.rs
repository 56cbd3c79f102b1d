//! News about debtors and claims: each is a reason to look at the debtor.

use async_trait::async_trait;
use kulanz_bus::{Envelope, EventHandler, HandlerError};
use kulanz_proto::events::v1::{ClaimOpened, DebtorUpdated};
use kulanz_store::Work;

use crate::app::assign;

/// Notes whom to look at; claims is asked later, once for all of them.
pub struct Events;

#[async_trait]
impl EventHandler for Events {
    fn subscriptions(&self) -> &'static [&'static str] {
        &["ClaimOpened", "DebtorUpdated"]
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        let debtor_id = match envelope.kind.as_str() {
            "ClaimOpened" => envelope.decode::<ClaimOpened>()?.debtor_id,
            _ => envelope.decode::<DebtorUpdated>()?.debtor_id,
        };
        Ok(assign::soon(work, &debtor_id).await?)
    }
}
