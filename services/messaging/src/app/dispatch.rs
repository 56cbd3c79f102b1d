//! From a message that is due to its hand-over.
//!
//! Compose and commit the attempt under the message's id; open the line; ask claims for the last
//! time; hand over at once; commit the result. A crash between attempt and result leaves a message
//! whose fate is unknown; only channels that recognise a message they have seen, and first notices
//! under the same Message-ID, are handed over again.

pub mod letter;
mod outcome;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_store::{DueItem, Work};
use kulanz_types::MessageId;
use sha2::{Digest, Sha256};

use super::Messaging;
use super::outside::Verdict;
use crate::channels::{HandOver, Parcel};
use crate::domain::catalogue::Channel;
use crate::domain::message::{MessageClass, MessageState, Step};
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::messages::{self, Body, Message};
use crate::store::{contacts, people, tags};

/// A hand-over begins at most this long, in machine time, after claims was asked: with it nothing
/// leaves later than one second after the answer to a call that silences.
const FRESH: Duration = Duration::from_millis(800);
/// How often claims is asked again when its answer was too slow.
const CHECKS: usize = 3;
/// How long a message that cannot be handed over now waits, in business time.
const WAIT: TimeDelta = TimeDelta::minutes(15);
/// A first notice without an answer is looked at again this often.
const RESENDS: u8 = 3;

/// What a due message needs next.
enum Stage {
    /// Nothing: it was put off or had ended.
    Done,
    /// To be composed.
    Compose(Box<Message>, String),
    /// To be handed over as committed before.
    HandOver(Box<Message>, Body),
}

impl Messaging {
    /// Due work: composes a message and hands it over.
    pub async fn dispatch(&self, item: &DueItem) -> Result<(), Error> {
        let id: MessageId = item.key.parse().map_err(|_| Error::Row("due_work.key"))?;
        match self.stage(item, id).await? {
            Stage::Done => Ok(()),
            Stage::Compose(message, address) => self.attempt(item, *message, address).await,
            Stage::HandOver(message, body) => self.hand_over(item, *message, body).await,
        }
    }

    /// Due work: hands a first notice over again whose first hand-over had no answer.
    pub async fn resolve_attempt(&self, item: &DueItem) -> Result<(), Error> {
        let id: MessageId = item.key.parse().map_err(|_| Error::Row("due_work.key"))?;
        let work = self.store.begin(item.tenant).await?;
        let found = messages::find(&work, id).await?;
        let unknown = found.filter(|message| {
            message.state == MessageState::Unknown && message.class == MessageClass::FirstNotice
        });
        if let Some(message) = unknown {
            if !self.window.is_open(work.now()) {
                item.reschedule(&work, self.window.next_opening(work.now())).await?;
                return Ok(work.commit().await?);
            }
            if let Some(body) = messages::body(&work, &message).await? {
                drop(work);
                return self.hand_over(item, message, body).await;
            }
        }
        item.complete(&work).await?;
        Ok(work.commit().await?)
    }

    async fn stage(&self, item: &DueItem, id: MessageId) -> Result<Stage, Error> {
        let work = self.store.begin(item.tenant).await?;
        let found = messages::find(&work, id).await?.filter(|message| message.state.is_open());
        let Some(message) = found else {
            item.complete(&work).await?;
            work.commit().await?;
            return Ok(Stage::Done);
        };
        if message.state == MessageState::Attempted {
            if !self.window.is_open(work.now()) {
                item.reschedule(&work, self.window.next_opening(work.now())).await?;
                work.commit().await?;
                return Ok(Stage::Done);
            }
            return self.interrupted(item, work, message).await;
        }
        if let Some(at) = self.not_before(&work, &message).await? {
            put_back(work, item, message, at).await?;
            return Ok(Stage::Done);
        }
        if let Some(address) = address(&work, &message).await? {
            return Ok(Stage::Compose(Box::new(message), address));
        }
        outcome::block(&work, item, message, Rule::NoContactPoint.id()).await?;
        work.commit().await?;
        Ok(Stage::Done)
    }

    /// An attempt whose result was never committed: the process ended in between.
    async fn interrupted(
        &self,
        item: &DueItem,
        work: Work,
        message: Message,
    ) -> Result<Stage, Error> {
        let again = message.class == MessageClass::FirstNotice
            || self
                .adapters
                .get(message.treatment.channel)
                .is_some_and(|adapter| adapter.deduplicates());
        if again && let Some(body) = messages::body(&work, &message).await? {
            return Ok(Stage::HandOver(Box::new(message), body));
        }
        outcome::settle(&work, item, message, &HandOver::NoAnswer).await?;
        work.commit().await?;
        Ok(Stage::Done)
    }

    /// When the message may go out, if not now: quiet hours, and the budget of the person.
    async fn not_before(
        &self,
        work: &Work,
        message: &Message,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let now = work.now();
        let mut at = self.window.next_opening(now);
        if message.class.counts() {
            let mut contacts = messages::contacts(work, message.debtor).await?;
            if let Some(own) = contacts.iter().position(|at| *at == message.scheduled_at) {
                contacts.swap_remove(own);
            }
            contacts.retain(|contact| *contact <= now);
            let free = self.budget.next_free(&contacts, at).unwrap_or(at + TimeDelta::days(7));
            at = self.window.next_opening(free);
        }
        Ok((at > now).then_some(at))
    }

    /// Composes the message, commits the attempt and hands it over.
    async fn attempt(
        &self,
        item: &DueItem,
        message: Message,
        address: String,
    ) -> Result<(), Error> {
        let draft = match self.write(item.tenant, &message).await {
            Ok(written) => written,
            Err(letter::Unwritten::Refused(rule)) => {
                let work = self.store.begin(item.tenant).await?;
                outcome::block(&work, item, message, &rule).await?;
                return Ok(work.commit().await?);
            }
            Err(letter::Unwritten::Error(error)) => return Err(error),
        };
        let work = self.store.begin(item.tenant).await?;
        people::lock(&work, message.debtor).await?;
        let mut message = message;
        if let Some(at) = self.not_before(&work, &message).await? {
            return put_back(work, item, message, at).await;
        }
        advance(&mut message, Step::Attempt)?;
        message.blocks.clone_from(&draft.composed.blocks);
        message.code = Some(draft.code.compact().to_owned());
        let body = draft.into_body(address);
        message.evidence = evidence(&body);
        messages::update(&work, &mut message).await?;
        messages::set_body(&work, &message, &body).await?;
        tags::remember(&work).await?;
        work.commit().await?;
        self.hand_over(item, message, body).await
    }

    async fn hand_over(&self, item: &DueItem, message: Message, body: Body) -> Result<(), Error> {
        let channel = message.treatment.channel;
        let Some(adapter) = self.adapters.get(channel) else {
            return self.put_off(item, message, Rule::ChannelOff.id()).await;
        };
        let line = match adapter.open().await {
            Ok(line) => line,
            Err(code) => return self.put_off(item, message, &code).await,
        };
        let parcel = Parcel {
            tenant: item.tenant,
            message: message.id,
            debtor: message.debtor,
            channel,
            body,
        };
        match self.last_word(item, &message).await {
            Ok(Verdict::Allowed) => {
                let answer = line.hand_over(&parcel).await;
                let work = self.store.begin(item.tenant).await?;
                outcome::settle(&work, item, message, &answer).await?;
                Ok(work.commit().await?)
            }
            Ok(Verdict::Blocked(rule)) => {
                let work = self.store.begin(item.tenant).await?;
                outcome::withdraw(&work, item, message, &rule).await?;
                Ok(work.commit().await?)
            }
            Err(error) => {
                self.step_back(item, message).await?;
                Err(error)
            }
        }
    }

    /// Asks claims until its answer is fresh enough to act on. No answer means no.
    async fn last_word(&self, item: &DueItem, message: &Message) -> Result<Verdict, Error> {
        for _ in 0..CHECKS {
            let asked = Instant::now();
            let verdict = self
                .check_outreach(
                    item.tenant,
                    message.debtor,
                    &message.claims,
                    message.treatment.channel,
                    message.class,
                )
                .await?;
            if verdict != Verdict::Allowed || asked.elapsed() <= FRESH {
                return Ok(verdict);
            }
        }
        let slow = tonic::Status::deadline_exceeded("the answer was too slow to act on");
        Err(Error::Upstream("claims", Box::new(slow)))
    }

    /// Nothing was handed over: the message waits again.
    async fn step_back(&self, item: &DueItem, mut message: Message) -> Result<(), Error> {
        if message.state != MessageState::Attempted {
            return Ok(());
        }
        let work = self.store.begin(item.tenant).await?;
        advance(&mut message, Step::Postpone)?;
        messages::update(&work, &mut message).await?;
        Ok(work.commit().await?)
    }

    /// The channel cannot take the message now.
    async fn put_off(&self, item: &DueItem, message: Message, code: &str) -> Result<(), Error> {
        let work = self.store.begin(item.tenant).await?;
        outcome::settle(&work, item, message, &HandOver::Later(code.to_owned())).await?;
        Ok(work.commit().await?)
    }
}

/// The message waits for another time.
async fn put_back(
    work: Work,
    item: &DueItem,
    mut message: Message,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    message.scheduled_at = at;
    messages::update(&work, &mut message).await?;
    item.reschedule(&work, at).await?;
    Ok(work.commit().await?)
}

/// Takes a step of the state machine.
fn advance(message: &mut Message, step: Step) -> Result<(), Error> {
    message.state =
        message.state.after(step).ok_or_else(|| Error::MessageState(message.id.to_string()))?;
    Ok(())
}

/// The address that the channel needs; the portal needs none.
async fn address(work: &Work, message: &Message) -> Result<Option<String>, Error> {
    if message.treatment.channel == Channel::PortalPush {
        let seen = people::load(work, message.debtor).await?.portal_seen;
        return Ok(seen.then(String::new));
    }
    let found = contacts::address(work, message.debtor, message.treatment.channel).await?;
    Ok(found.map(|address| address.value))
}

/// SHA-256 of exactly what is handed over.
fn evidence(body: &Body) -> String {
    let mut hash = Sha256::new();
    for part in [&body.subject, &body.text, &body.html] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
