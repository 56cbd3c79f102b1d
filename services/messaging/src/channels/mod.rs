//! The ways out of the house. A channel first opens the dialogue about a message, which may take its
//! time and delivers nothing; only then is claims asked for the last time, and what was opened hands
//! the message over at once.

pub mod inbox;
pub mod smtp;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use kulanz_chassis::config::{ChannelSettings, Settings};
use kulanz_store::Store;
use kulanz_types::{DebtorId, MessageId, TenantId};

use crate::domain::catalogue::Channel;
use crate::store::messages::Body;

/// A message in the form in which it leaves.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Whose message.
    pub tenant: TenantId,
    /// Fixes the identity of the message outside, too.
    pub message: MessageId,
    /// To whom.
    pub debtor: DebtorId,
    /// By which way.
    pub channel: Channel,
    /// What.
    pub body: Body,
}

/// What a channel answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOver {
    /// It took the message.
    Accepted,
    /// It refused the message for good, with its own code.
    Refused(String),
    /// It did not take the message now; certainly nothing was delivered.
    Later(String),
    /// There was no answer: the message may have been delivered.
    NoAnswer,
}

/// A way out of the house.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// Whether handing the same message over twice delivers it once.
    fn deduplicates(&self) -> bool;

    /// Opens the dialogue about a message, up to where nothing is left but to hand it over. Dropping
    /// what was opened delivers nothing; the error says what became of the message instead.
    async fn open(&self, parcel: &Parcel) -> Result<Box<dyn Opened>, HandOver>;
}

/// A hand-over of which nothing is missing but the message itself.
#[async_trait]
pub trait Opened: Send {
    /// Hands the message over, if that can begin by `latest` in machine time.
    async fn hand_over(self: Box<Self>, latest: Instant) -> HandOver;
}

/// The adapters by channel.
#[derive(Clone)]
pub struct Adapters(BTreeMap<Channel, Arc<dyn Adapter>>);

impl Adapters {
    /// The adapters that the settings name. Channels without a provider end in the inbox; a mail
    /// server whose settings cannot be used is told once, and e-mail then waits.
    pub fn from_settings(settings: &Settings, store: &Store) -> Self {
        let inbox: Arc<dyn Adapter> = Arc::new(inbox::Inbox::new(store.clone()));
        let textual = [Channel::Sms, Channel::Letter, Channel::PortalPush];
        let mut adapters: BTreeMap<Channel, Arc<dyn Adapter>> =
            textual.into_iter().map(|channel| (channel, Arc::clone(&inbox))).collect();
        let email: Option<Arc<dyn Adapter>> = match settings.channels.email {
            ChannelSettings::Inbox => Some(inbox),
            ChannelSettings::Smtp => mail_server(settings),
        };
        adapters.extend(email.map(|adapter| (Channel::Email, adapter)));
        Self(adapters)
    }

    /// Adapters made by hand.
    pub fn of(adapters: impl IntoIterator<Item = (Channel, Arc<dyn Adapter>)>) -> Self {
        Self(adapters.into_iter().collect())
    }

    /// The adapter of a channel, if it has one.
    pub fn get(&self, channel: Channel) -> Option<Arc<dyn Adapter>> {
        self.0.get(&channel).cloned()
    }
}

fn mail_server(settings: &Settings) -> Option<Arc<dyn Adapter>> {
    match smtp::Smtp::from_settings(&settings.channels.smtp) {
        Ok(server) => Some(Arc::new(server)),
        Err(error) => {
            tracing::error!(%error, "the mail server's settings cannot be used");
            None
        }
    }
}
