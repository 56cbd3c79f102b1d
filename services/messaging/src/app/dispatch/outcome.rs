//! What becomes of a message after, or instead of, its hand-over.

use chrono::TimeDelta;
use kulanz_bus::publish;
use kulanz_proto::convert::timestamp;
use kulanz_proto::events::v1::{MessageFailed, MessageSent};
use kulanz_store::{Due, DueItem, Work};

use super::super::bounces;
use super::super::challenges::to_another;
use super::super::outside::{policy_class, wire_channel};
use super::super::{DAYS_AFTER_MESSAGE, DAYS_AFTER_NOTICE, RESOLVE_ATTEMPT, plan_in};
use super::{RESENDS, WAIT, advance};
use crate::channels::HandOver;
use crate::domain::message::{MessageClass, MessageState, Step};
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::claims;
use crate::store::messages::{self, Message};

/// A message that could not be handed over for this long is given up.
const GIVE_UP: TimeDelta = TimeDelta::days(3);

/// Commits what the channel answered about a message to `address`.
pub async fn settle(
    work: &Work,
    item: &DueItem,
    message: Message,
    address: &str,
    answer: &HandOver,
) -> Result<(), Error> {
    match answer {
        HandOver::Accepted => accepted(work, item, message).await,
        HandOver::NoAnswer => unanswered(work, item, message).await,
        HandOver::Refused(code) => {
            let gone = bounces::refused(work, &message, address, code).await?;
            failed(work, item, message, code, gone).await
        }
        HandOver::Later(code) => later(work, item, message, code).await,
    }
}

async fn accepted(work: &Work, item: &DueItem, mut message: Message) -> Result<(), Error> {
    let first = message.sent_at.is_none();
    advance(&mut message, Step::Accept)?;
    message.sent_at.get_or_insert(work.now());
    message.state_reason.clear();
    messages::update(work, &mut message).await?;
    if message.class == MessageClass::FirstNotice {
        for claim in &message.claims {
            let now = work.now();
            claims::change(work, *claim, message.debtor, |mark| {
                mark.notified_at.get_or_insert(now);
            })
            .await?;
        }
    }
    if first {
        publish_sent(work, &message, false).await?;
        plan_next(work, &message).await?;
    }
    Ok(item.complete(work).await?)
}

async fn unanswered(work: &Work, item: &DueItem, mut message: Message) -> Result<(), Error> {
    let first = message.sent_at.is_none();
    advance(&mut message, Step::LoseAnswer)?;
    message.sent_at.get_or_insert(work.now());
    "ANSWER_LOST".clone_into(&mut message.state_reason);
    messages::update(work, &mut message).await?;
    if first {
        publish_sent(work, &message, true).await?;
        plan_next(work, &message).await?;
    }
    item.complete(work).await?;
    resend_later(work, item, &message).await
}

/// A first notice is owed to its reader: it is handed over again under the same Message-ID.
async fn resend_later(work: &Work, item: &DueItem, message: &Message) -> Result<(), Error> {
    let tries = item.payload.first().copied().unwrap_or_default();
    if message.class == MessageClass::FirstNotice && tries < RESENDS {
        let due = Due::new(RESOLVE_ATTEMPT, message.id, work.now() + TimeDelta::hours(1));
        work.schedule(due.payload([tries + 1])).await?;
    }
    Ok(())
}

async fn failed(
    work: &Work,
    item: &DueItem,
    mut message: Message,
    code: &str,
    gone: bool,
) -> Result<(), Error> {
    // What was unknown before stays unknown: the first hand-over may have arrived.
    if message.state != MessageState::Unknown {
        advance(&mut message, Step::Refuse)?;
        end(work, &mut message, code).await?;
        by_another_way(work, &message, gone).await?;
    }
    Ok(item.complete(work).await?)
}

/// A first notice that did not arrive is still owed: by another way at once where the address is gone,
/// else tomorrow.
pub async fn by_another_way(work: &Work, message: &Message, gone: bool) -> Result<(), Error> {
    match message.class {
        MessageClass::FirstNotice => plan_in(work, message.debtor, i64::from(!gone)).await,
        _ => Ok(()),
    }
}

/// Ends a message that the person's wishes or addresses do not allow any more.
pub async fn unwanted(
    work: &Work,
    item: &DueItem,
    mut message: Message,
    rule: Rule,
) -> Result<(), Error> {
    if !rule.is_about_the_address() {
        let class = message.class;
        let debtor = message.debtor;
        withdraw(work, item, message, rule.id()).await?;
        // What the law demands, and what was decided, is planned anew by a way that is wanted.
        return if class == MessageClass::Answer { Ok(()) } else { plan_in(work, debtor, 0).await };
    }
    advance(&mut message, Step::Block)?;
    end(work, &mut message, rule.id()).await?;
    by_another_way(work, &message, true).await?;
    Ok(item.complete(work).await?)
}

async fn later(work: &Work, item: &DueItem, mut message: Message, code: &str) -> Result<(), Error> {
    if message.state == MessageState::Unknown {
        return Ok(item.reschedule(work, work.now() + WAIT).await?);
    }
    advance(&mut message, Step::Postpone)?;
    if work.now() - message.created_at > GIVE_UP + (message.scheduled_at - message.created_at) {
        advance(&mut message, Step::Block)?;
        end(work, &mut message, code).await?;
        return Ok(item.complete(work).await?);
    }
    code.clone_into(&mut message.state_reason);
    messages::update(work, &mut message).await?;
    Ok(item.reschedule(work, work.now() + WAIT).await?)
}

/// Calls a message back because claims said so at the last moment.
pub async fn withdraw(
    work: &Work,
    item: &DueItem,
    mut message: Message,
    rule: &str,
) -> Result<(), Error> {
    if message.state.is_open() {
        advance(&mut message, Step::Cancel)?;
        rule.clone_into(&mut message.state_reason);
        messages::update(work, &mut message).await?;
        to_another(work, &message, rule).await?;
        plan_in(work, message.debtor, 1).await?;
    }
    Ok(item.complete(work).await?)
}

/// Ends a message that a rule refuses.
pub async fn block(
    work: &Work,
    item: &DueItem,
    mut message: Message,
    rule: &str,
) -> Result<(), Error> {
    advance(&mut message, Step::Block)?;
    end(work, &mut message, rule).await?;
    Ok(item.complete(work).await?)
}

/// Keeps a message that ended without arriving, tells it and plans anew.
async fn end(work: &Work, message: &mut Message, reason: &str) -> Result<(), Error> {
    reason.clone_into(&mut message.state_reason);
    messages::update(work, message).await?;
    let event = MessageFailed {
        message_id: message.id.to_string(),
        debtor_id: message.debtor.to_string(),
        claim_ids: message.claims.iter().map(ToString::to_string).collect(),
        decision_id: message.decision.map(|id| id.to_string()).unwrap_or_default(),
        channel: wire_channel(message.treatment.channel).into(),
        reason: reason.to_owned(),
    };
    publish(work, message.id, message.debtor, message.version, &event).await?;
    plan_next(work, message).await
}

async fn publish_sent(work: &Work, message: &Message, unknown: bool) -> Result<(), Error> {
    let event = MessageSent {
        message_id: message.id.to_string(),
        debtor_id: message.debtor.to_string(),
        claim_ids: message.claims.iter().map(ToString::to_string).collect(),
        decision_id: message.decision.map(|id| id.to_string()).unwrap_or_default(),
        channel: wire_channel(message.treatment.channel).into(),
        sent_at: message.sent_at.map(timestamp),
        policy_class: policy_class(message.class).into(),
        unknown,
    };
    publish(work, message.id, message.debtor, message.version, &event).await?;
    Ok(())
}

/// The next look at the person; answers do not change the rhythm.
async fn plan_next(work: &Work, message: &Message) -> Result<(), Error> {
    match message.class {
        MessageClass::Answer => Ok(()),
        MessageClass::FirstNotice => plan_in(work, message.debtor, DAYS_AFTER_NOTICE).await,
        MessageClass::Outreach | MessageClass::Legal => {
            plan_in(work, message.debtor, DAYS_AFTER_MESSAGE).await
        }
    }
}
