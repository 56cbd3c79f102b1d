//! The development inbox: a table and a page instead of a provider.

use std::time::Instant;

use async_trait::async_trait;
use kulanz_store::Store;

use super::{Adapter, HandOver, Opened, Parcel};
use crate::error::Error;
use crate::store::inbox;

/// Receives every message itself.
#[derive(Clone)]
pub struct Inbox {
    store: Store,
}

impl Inbox {
    /// An inbox in this service's database.
    pub const fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Adapter for Inbox {
    fn deduplicates(&self) -> bool {
        true
    }

    async fn open(&self, parcel: &Parcel) -> Result<Box<dyn Opened>, HandOver> {
        Ok(Box::new(Slot { store: self.store.clone(), parcel: parcel.clone() }))
    }
}

struct Slot {
    store: Store,
    parcel: Parcel,
}

impl Slot {
    async fn receive(&self, latest: Instant) -> Result<HandOver, Error> {
        let parcel = &self.parcel;
        let work = self.store.begin(parcel.tenant).await?;
        if Instant::now() > latest {
            return Ok(HandOver::Later("INBOX_SLOW".to_owned()));
        }
        inbox::receive(&work, parcel.message, parcel.debtor, parcel.channel, &parcel.body).await?;
        work.commit().await?;
        Ok(HandOver::Accepted)
    }
}

#[async_trait]
impl Opened for Slot {
    async fn hand_over(self: Box<Self>, latest: Instant) -> HandOver {
        self.receive(latest).await.unwrap_or_else(|error| {
            let message = &self.parcel.message;
            tracing::warn!(%message, error = %kulanz_chassis::Chain(&error), "inbox");
            HandOver::Later("INBOX_UNAVAILABLE".to_owned())
        })
    }
}
