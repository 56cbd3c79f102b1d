//! Answers to what a person did: friendly notes about instalments and promises, and the offer of
//! instalments to someone who keeps looking at the statement.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, MessageId};

use super::facts::snapshot;
use super::{Messaging, dispatch_at};
use crate::domain::catalogue::{Channel, Motive, Offer, Salutation, Slot, Tone, Treatment};
use crate::domain::compose::Topic;
use crate::domain::mask::Reach;
use crate::domain::message::{MessageClass, MessageState};
use crate::error::Error;
use crate::store::claims;
use crate::store::messages::{self, Message};

/// What a follow-up is about.
pub struct Occasion {
    /// To whom.
    pub debtor: DebtorId,
    /// About which claim.
    pub claim: ClaimId,
    /// What happened.
    pub topic: Topic,
    /// One message per cause.
    pub cause: String,
    /// The day that the text names, by its placeholder.
    pub day: Option<(&'static str, NaiveDate)>,
}

impl Messaging {
    /// Schedules an answer for the next open hour; without a way to reach the person, nothing.
    pub async fn follow_up(&self, work: &Work, occasion: Occasion) -> Result<(), Error> {
        let snapshot = snapshot(work, occasion.debtor, &[occasion.claim]).await?;
        let reachable = |channel: &&Channel| snapshot.reach.get(channel) == Some(&Reach::Usable);
        let Some(channel) = [Channel::Email, Channel::Letter].iter().find(reachable) else {
            return Ok(());
        };
        let offered = occasion.topic == Topic::InstalmentsProposed;
        let class = if offered { MessageClass::Outreach } else { MessageClass::Answer };
        let from = if offered {
            let rested = snapshot.pause(work.now()).unwrap_or(work.now());
            self.budget_of(&snapshot.person).next_free(&snapshot.contacts, rested).unwrap_or(rested)
        } else {
            work.now()
        };
        let day = occasion.day.map(|(name, day)| (name.to_owned(), day.to_string()));
        let message = Message {
            id: MessageId::generate(work.seeds(), work.now()),
            debtor: occasion.debtor,
            claims: vec![occasion.claim],
            class,
            topic: Some(occasion.topic),
            treatment: treatment(*channel, occasion.topic, snapshot.person.salutation),
            language: snapshot.person.language,
            state: MessageState::Scheduled,
            state_reason: String::new(),
            decision: None,
            cause: occasion.cause,
            facts: day.into_iter().collect::<BTreeMap<_, _>>(),
            blocks: Vec::new(),
            evidence: String::new(),
            code: None,
            scheduled_at: snapshot.window(self).next_opening(from),
            sent_at: None,
            created_at: work.now(),
            version: 1,
        };
        if messages::insert(work, &message).await? {
            dispatch_at(work, message.id, message.scheduled_at).await?;
        }
        Ok(())
    }

    /// The third look at a statement without payment: instalments may be what is missing.
    pub async fn propose_instalments(
        &self,
        work: &Work,
        debtor: DebtorId,
        claim: ClaimId,
    ) -> Result<(), Error> {
        let mark = claims::load(work, claim).await?;
        let moving = mark.paid_at.is_some() || mark.arranged || mark.promised_on.is_some();
        if moving || mark.notified_at.is_none() {
            return Ok(());
        }
        let topic = Topic::InstalmentsProposed;
        let cause = format!("{}:{claim}", topic.name());
        self.follow_up(work, Occasion { debtor, claim, topic, cause, day: None }).await
    }
}

fn treatment(channel: Channel, topic: Topic, salutation: Option<Salutation>) -> Treatment {
    let offer = match topic {
        Topic::InstalmentsProposed => Offer::Instalments,
        Topic::PromiseBroken => Offer::Promise,
        Topic::InstalmentMissed => Offer::Conversation,
        Topic::InstalmentDue
        | Topic::PromiseMade
        | Topic::ChallengeReceived
        | Topic::ChallengeAnswered => Offer::Choice,
    };
    Treatment {
        channel,
        tone: Tone::Friendly,
        motive: Motive::Plain,
        slot: Slot::EarlyWeekMorning,
        offer,
        salutation: salutation.unwrap_or(Salutation::Sie),
    }
}
