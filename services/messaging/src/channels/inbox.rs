//! The development inbox: a table and a page instead of a provider.

use async_trait::async_trait;
use kulanz_store::Store;

use super::{Adapter, HandOver, Line, Parcel};
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

    async fn receive(&self, parcel: &Parcel) -> Result<(), Error> {
        let work = self.store.begin(parcel.tenant).await?;
        inbox::receive(&work, parcel.message, parcel.debtor, parcel.channel, &parcel.body).await?;
        Ok(work.commit().await?)
    }
}

#[async_trait]
impl Adapter for Inbox {
    fn deduplicates(&self) -> bool {
        true
    }

    async fn open(&self) -> Result<Box<dyn Line>, String> {
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl Line for Inbox {
    async fn hand_over(self: Box<Self>, parcel: &Parcel) -> HandOver {
        match self.receive(parcel).await {
            Ok(()) => HandOver::Accepted,
            Err(error) => {
                tracing::warn!(message = %parcel.message, error = %error, "inbox");
                HandOver::Later("INBOX_UNAVAILABLE".to_owned())
            }
        }
    }
}
