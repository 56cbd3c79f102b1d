//! What falls due: costs of finished imports and what they rise to, ends of holds and protections, of periods of limitation and of
//! retention, late answers, waivers that waited, erasures, messages to creditors' systems.

use async_trait::async_trait;
use kulanz_chassis::Clients;
use kulanz_store::{DueHandler, DueItem, Store, WorkFailure};
use kulanz_types::{ClaimId, HoldId};

use crate::api;
use crate::app::challenges::{self, CHALLENGE_LATE, STATED_LATE};
use crate::app::costs::{CHARGE_COSTS, charge};
use crate::app::erasure::ERASE_PERSON;
use crate::app::holds::{EXPIRE_HOLD, expire};
use crate::app::limitation::{WATCH_LIMITATION, watch};
use crate::app::protections::{self, END_PROTECTION};
use crate::app::questions::{self, QUESTION_LATE};
use crate::app::retention::{END_RETENTION, end_retention};
use crate::app::rise::{self, RAISE_COSTS};
use crate::app::settlements::{WAIVE_REST, waive_waiting};
use crate::app::webhooks::{Courier, SEND_WEBHOOKS};
use crate::error::Error;

/// Does the due work of claims.
pub struct Work {
    /// Where everything is kept.
    pub store: Store,
    /// The other services.
    pub clients: Clients,
    /// Sends webhooks.
    pub courier: Courier,
}

#[async_trait]
impl DueHandler for Work {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            CHARGE_COSTS,
            EXPIRE_HOLD,
            CHALLENGE_LATE,
            STATED_LATE,
            QUESTION_LATE,
            END_PROTECTION,
            ERASE_PERSON,
            END_RETENTION,
            SEND_WEBHOOKS,
            WATCH_LIMITATION,
            WAIVE_REST,
            RAISE_COSTS,
        ]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let done = match item.kind.as_str() {
            CHARGE_COSTS => charge(&self.store, item).await,
            EXPIRE_HOLD => self.end_hold(item).await,
            END_RETENTION => end_retention(&self.store, item).await,
            ERASE_PERSON => return api::erasure::run(&self.store, &self.clients, item).await,
            WATCH_LIMITATION => watch(&self.store, item).await,
            RAISE_COSTS => rise::look(&self.store, item).await,
            WAIVE_REST => waive_waiting(&self.store, item).await,
            SEND_WEBHOOKS => self.courier.send(item).await,
            CHALLENGE_LATE => challenges::note_late(&self.store, item).await,
            STATED_LATE => challenges::note_all_late(&self.store, item).await,
            QUESTION_LATE => questions::note_late(&self.store, item).await,
            END_PROTECTION => protections::expire(&self.store, item).await,
            _ => return Err(WorkFailure::new("unknown kind of work")),
        };
        Ok(done?)
    }
}

impl Work {
    async fn end_hold(&self, item: &DueItem) -> Result<(), Error> {
        let work = self.store.begin(item.tenant).await?;
        item.complete(&work).await?;
        let claim_id: ClaimId = String::from_utf8_lossy(&item.payload).parse()?;
        let hold_id: HoldId = item.key.parse()?;
        expire(&work, claim_id, hold_id).await?;
        Ok(work.commit().await?)
    }
}
