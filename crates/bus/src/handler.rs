use async_trait::async_trait;
use kulanz_store::{StoreError, Work};

use crate::Envelope;

/// Why an event could not be handled. After repeated failures it goes to the dead letters.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The payload is not the message that its type names.
    #[error("the payload does not decode: {0}")]
    Payload(#[from] prost::DecodeError),
    /// The event says what this service cannot accept; told without personal data.
    #[error("{0}")]
    Refused(String),
}

impl HandlerError {
    /// An event that this service cannot accept.
    pub fn refused(reason: impl ToString) -> Self {
        Self::Refused(reason.to_string())
    }

    /// Whether it says nothing about the event: the database is away or two transactions collided.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}

impl From<sea_orm::DbErr> for HandlerError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// What a service does with events of others. It changes rows and schedules due work; it never calls
/// another service, and ends in the same state whatever the order and repetition of events.
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Short names of the events it wants: `ClaimOpened`.
    fn subscriptions(&self) -> &'static [&'static str];

    /// Handles one event in the transaction that also remembers it as handled.
    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError>;
}
