//! What providers tell about messages that were handed over. Receipts come late, repeatedly and out
//! of order; each is kept once, and only steps that the state machine knows move the message.

use chrono::{DateTime, Utc};
use kulanz_bus::publish;
use kulanz_proto::convert::timestamp;
use kulanz_proto::events::v1::{MessageDelivered, MessageFailed, MessageOpened};
use kulanz_store::Work;
use kulanz_types::MessageId;

use super::bounces;
use super::dispatch::by_another_way;
use super::outside::wire_channel;
use crate::domain::message::{MessageState, Step};
use crate::error::Error;
use crate::store::messages::{self, Message, receipt};
use crate::store::people;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It arrived.
    Delivered,
    /// It did not arrive, for good.
    Failed,
    /// It was opened.
    Opened,
    /// The person complained to the provider.
    Complained,
}

impl Receipt {
    const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Opened => "opened",
            Self::Complained => "complained",
        }
    }
}

/// Takes a receipt; `false` when it was known already.
pub async fn take(
    work: &Work,
    id: MessageId,
    kind: Receipt,
    occurred_at: DateTime<Utc>,
    provider_code: &str,
) -> Result<bool, Error> {
    let mut message = known(work, id).await?;
    if message.state == MessageState::Attempted {
        // The channel is faster than our own commit: the provider comes again.
        return Err(Error::HandOverRunning);
    }
    if !receipt::record(work, id, kind.name(), provider_code, occurred_at).await? {
        return Ok(false);
    }
    match kind {
        Receipt::Delivered => delivered(work, &mut message, occurred_at).await?,
        Receipt::Failed => failed(work, &mut message, provider_code).await?,
        Receipt::Opened => opened(work, &message).await?,
        Receipt::Complained => complained(work, &message).await?,
    }
    Ok(true)
}

/// The message, held together with its person until the transaction ends.
async fn known(work: &Work, id: MessageId) -> Result<Message, Error> {
    let unknown = || Error::NotFound(id.to_string());
    let found = messages::find(work, id).await?.ok_or_else(unknown)?;
    people::lock(work, found.debtor).await?;
    messages::find(work, id).await?.ok_or_else(unknown)
}

/// Takes the step; whether the state changed.
async fn step(work: &Work, message: &mut Message, step: Step) -> Result<bool, Error> {
    match message.state.after(step) {
        Some(state) if state != message.state => {
            message.state = state;
            messages::update(work, message).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

async fn delivered(work: &Work, message: &mut Message, at: DateTime<Utc>) -> Result<(), Error> {
    let failed_before = message.state == MessageState::Failed;
    if !step(work, message, Step::ConfirmDelivery).await? {
        return Ok(());
    }
    bounces::count_notices(work, message).await?;
    if failed_before {
        bounces::arrived(work, message).await?;
    }
    let event = MessageDelivered {
        message_id: message.id.to_string(),
        debtor_id: message.debtor.to_string(),
        claim_ids: message.claims.iter().map(ToString::to_string).collect(),
        decision_id: message.decision.map(|id| id.to_string()).unwrap_or_default(),
        channel: wire_channel(message.treatment.channel).into(),
        delivered_at: Some(timestamp(at)),
    };
    publish(work, message.id, message.debtor, message.version, &event).await?;
    Ok(())
}

async fn failed(work: &Work, message: &mut Message, code: &str) -> Result<(), Error> {
    if message.state.after(Step::Bounce) != Some(MessageState::Failed) {
        return Ok(());
    }
    code.clone_into(&mut message.state_reason);
    if !step(work, message, Step::Bounce).await? {
        return Ok(());
    }
    bounces::count_notices(work, message).await?;
    let gone = bounces::bounced(work, message, code).await?;
    by_another_way(work, message, gone).await?;
    let event = MessageFailed {
        message_id: message.id.to_string(),
        debtor_id: message.debtor.to_string(),
        claim_ids: message.claims.iter().map(ToString::to_string).collect(),
        decision_id: message.decision.map(|id| id.to_string()).unwrap_or_default(),
        channel: wire_channel(message.treatment.channel).into(),
        reason: code.to_owned(),
    };
    publish(work, message.id, message.debtor, message.version, &event).await?;
    Ok(())
}

async fn opened(work: &Work, message: &Message) -> Result<(), Error> {
    let event = MessageOpened {
        message_id: message.id.to_string(),
        debtor_id: message.debtor.to_string(),
        claim_ids: message.claims.iter().map(ToString::to_string).collect(),
        decision_id: message.decision.map(|id| id.to_string()).unwrap_or_default(),
        channel: wire_channel(message.treatment.channel).into(),
    };
    publish(work, message.id, message.debtor, message.version, &event).await?;
    Ok(())
}

/// A complaint ends persuasion at once, and the use of the address by anyone.
async fn complained(work: &Work, message: &Message) -> Result<(), Error> {
    bounces::complained(work, message).await?;
    people::change(work, message.debtor, |person| person.opted_out = true).await?;
    let now = work.now();
    super::silence::cancel_scheduled(work, message.debtor, None, now, "COMPLAINT").await?;
    Ok(())
}
