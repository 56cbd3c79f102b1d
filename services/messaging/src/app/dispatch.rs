//! From a message that is due to its hand-over.
//!
//! Compose; open the dialogue with the channel; commit the attempt under the message's id, if the
//! person's wishes of that moment allow it; ask claims for the last time; hand over at once; commit the
//! result. A crash between attempt and result leaves a message whose fate is unknown; only channels
//! that recognise a message they have seen, and first notices under the same Message-ID, are handed
//! over again.

mod answer;
pub mod letter;
mod outcome;
mod wanted;

pub use outcome::by_another_way;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_store::{DueItem, Work};
use kulanz_types::MessageId;
use sha2::{Digest, Sha256};

use super::Messaging;
use super::outside::Verdict;
use crate::channels::{HandOver, Opened, Parcel};
use crate::domain::message::{MessageClass, MessageState, Step};
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::messages::{self, Body, Message};
use crate::store::{people, tags};
use wanted::Wanted;

/// A hand-over begins at most this long, in machine time, after claims was asked: nothing leaves later
/// than one second after the answer to a call that silences.
const FENCE: Duration = Duration::from_secs(1);
/// An answer of claims that took longer than this leaves too little time to act on it.
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

/// Whether a committed message may be handed over again.
enum Repeat {
    /// As it is.
    Now(Body),
    /// Not before this instant.
    Later(DateTime<Utc>),
    /// Not any more, or not to this address.
    Never,
}

impl Messaging {
    /// Due work: composes a message and hands it over.
    pub async fn dispatch(&self, item: &DueItem) -> Result<(), Error> {
        let id: MessageId = item.key.parse().map_err(|_| Error::Row("due_work.key"))?;
        match self.stage(item, id).await? {
            Stage::Done => Ok(()),
            Stage::Compose(message, address) => self.first_time(item, *message, address).await,
            Stage::HandOver(message, body) => self.again(item, *message, body).await,
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
            match self.repeatable(&work, &message).await? {
                Repeat::Later(at) => {
                    item.reschedule(&work, at).await?;
                    return Ok(work.commit().await?);
                }
                Repeat::Now(body) => {
                    drop(work);
                    return self.again(item, message, body).await;
                }
                Repeat::Never => {}
            }
        }
        item.complete(&work).await?;
        Ok(work.commit().await?)
    }

    async fn stage(&self, item: &DueItem, id: MessageId) -> Result<Stage, Error> {
        let work = self.store.begin(item.tenant).await?;
        let found = messages::find(&work, id).await?.filter(|message| message.state.is_open());
        let Some(mut message) = found else {
            item.complete(&work).await?;
            work.commit().await?;
            return Ok(Stage::Done);
        };
        if message.state == MessageState::Attempted {
            return self.interrupted(item, work, message).await;
        }
        match self.wanted(&work, &mut message).await? {
            Wanted::Now(address) => return Ok(Stage::Compose(Box::new(message), address)),
            Wanted::NotBefore(at) => put_back(work, item, message, at).await?,
            Wanted::No(rule) => {
                outcome::unwanted(&work, item, message, rule).await?;
                work.commit().await?;
            }
        }
        Ok(Stage::Done)
    }

    /// An attempt whose result was never committed: the process ended in between. Only a channel that
    /// recognises what it has seen gets it again; elsewhere it may have arrived.
    async fn interrupted(
        &self,
        item: &DueItem,
        work: Work,
        message: Message,
    ) -> Result<Stage, Error> {
        let adapter = self.adapters.get(message.treatment.channel);
        if adapter.is_some_and(|adapter| adapter.deduplicates()) {
            match self.repeatable(&work, &message).await? {
                Repeat::Now(body) => return Ok(Stage::HandOver(Box::new(message), body)),
                Repeat::Later(at) => {
                    item.reschedule(&work, at).await?;
                    work.commit().await?;
                    return Ok(Stage::Done);
                }
                Repeat::Never => {}
            }
        }
        let address = String::new();
        outcome::settle(&work, item, message, &address, &HandOver::NoAnswer).await?;
        work.commit().await?;
        Ok(Stage::Done)
    }

    /// Whether a message that was composed before may be handed over again, as it is.
    async fn repeatable(&self, work: &Work, message: &Message) -> Result<Repeat, Error> {
        let Some(body) = messages::body(work, message).await? else { return Ok(Repeat::Never) };
        Ok(match self.wanted(work, &mut message.clone()).await? {
            Wanted::Now(address) if address.is_empty() || address == body.address => {
                Repeat::Now(body)
            }
            Wanted::NotBefore(at) => Repeat::Later(at),
            Wanted::Now(_) | Wanted::No(_) => Repeat::Never,
        })
    }

    /// Composes the message, opens the dialogue, commits the attempt and hands it over.
    async fn first_time(
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
        let (blocks, code) = (draft.composed.blocks.clone(), draft.code.compact().to_owned());
        let parcel = parcel(item, &message, draft.into_body(&address));
        let Some(opened) = self.open(item, &message, &parcel).await? else { return Ok(()) };
        let work = self.store.begin(item.tenant).await?;
        people::lock(&work, message.debtor).await?;
        let mut message = message;
        // What the person said meanwhile counts, up to the transaction that commits the attempt.
        match self.wanted(&work, &mut message).await? {
            Wanted::Now(still) if still == address => {}
            Wanted::Now(_) => return put_back(work, item, message, self.now()).await,
            Wanted::NotBefore(at) => return put_back(work, item, message, at).await,
            Wanted::No(rule) => {
                outcome::unwanted(&work, item, message, rule).await?;
                return Ok(work.commit().await?);
            }
        }
        advance(&mut message, Step::Attempt)?;
        message.blocks = blocks;
        message.code = Some(code);
        message.evidence = evidence(&parcel.body);
        messages::update(&work, &mut message).await?;
        messages::set_body(&work, &message, &parcel.body).await?;
        tags::remember(&work).await?;
        work.commit().await?;
        self.hand_over(item, message, &parcel.body.address, opened).await
    }

    /// Hands over again what was committed before, under the same id.
    async fn again(&self, item: &DueItem, message: Message, body: Body) -> Result<(), Error> {
        let parcel = parcel(item, &message, body);
        let Some(opened) = self.open(item, &message, &parcel).await? else { return Ok(()) };
        self.hand_over(item, message, &parcel.body.address, opened).await
    }

    /// Opens the dialogue with the channel. Where that fails the message's fate is settled, and nothing
    /// is left to be done.
    async fn open(
        &self,
        item: &DueItem,
        message: &Message,
        parcel: &Parcel,
    ) -> Result<Option<Box<dyn Opened>>, Error> {
        let opened = match self.adapters.get(parcel.channel) {
            Some(adapter) => adapter.open(parcel).await,
            None => Err(HandOver::Later(Rule::ChannelOff.id().to_owned())),
        };
        match opened {
            Ok(opened) => {
                // The dialogue may have taken half of the lease: nobody else may take the message over
                // while claims is asked and the mail is on its way. A lease that is lost ends it here.
                item.renew(&self.store).await?;
                Ok(Some(opened))
            }
            Err(answer) => {
                let work = self.store.begin(item.tenant).await?;
                let address = &parcel.body.address;
                outcome::settle(&work, item, message.clone(), address, &answer).await?;
                work.commit().await?;
                Ok(None)
            }
        }
    }

    async fn hand_over(
        &self,
        item: &DueItem,
        message: Message,
        address: &str,
        opened: Box<dyn Opened>,
    ) -> Result<(), Error> {
        match self.last_word(item, &message, address).await {
            Ok((Verdict::Allowed, asked)) => {
                let answer = opened.hand_over(asked + FENCE).await;
                let work = self.store.begin(item.tenant).await?;
                outcome::settle(&work, item, message, address, &answer).await?;
                Ok(work.commit().await?)
            }
            Ok((Verdict::Blocked(rule), _)) => {
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

    /// Asks claims until its answer is fresh enough to act on, and when that was. No answer means no.
    async fn last_word(
        &self,
        item: &DueItem,
        message: &Message,
        address: &str,
    ) -> Result<(Verdict, Instant), Error> {
        for _ in 0..CHECKS {
            let asked = Instant::now();
            let verdict = self.check_outreach(item.tenant, message, address).await?;
            if verdict != Verdict::Allowed || asked.elapsed() <= FRESH {
                return Ok((verdict, asked));
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
}

/// The message in the form in which it leaves.
fn parcel(item: &DueItem, message: &Message, body: Body) -> Parcel {
    Parcel {
        tenant: item.tenant,
        message: message.id,
        debtor: message.debtor,
        channel: message.treatment.channel,
        body,
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

/// SHA-256 of exactly what is handed over.
fn evidence(body: &Body) -> String {
    let mut hash = Sha256::new();
    for part in [&body.subject, &body.text, &body.html] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
