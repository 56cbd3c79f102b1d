//! Receipts and answers to what a person says against a claim. They are due work: the event names the
//! challenge, and what it says, and who may read about it, is asked of claims.

use std::collections::BTreeMap;

use kulanz_proto::claims::v1 as claims;
use kulanz_store::{Due, DueItem, Work};
use kulanz_types::{ClaimId, DebtorId, MessageId};

use super::facts::{Snapshot, is_protected, snapshot};
use super::refresh::take_over;
use super::silence::cancel_receipt;
use super::{ANSWER_CHALLENGE, CONFIRM_CHALLENGE, Messaging, dispatch_at};
use crate::domain::answer::{
    CHALLENGE, ChallengeKind, Outcome, READER, REPRESENTATIVE, may_reach_the_person, representative,
};
use crate::domain::catalogue::{Channel, Salutation, Slot, Treatment};
use crate::domain::compose::{Recipient, Topic};
use crate::domain::message::{MessageClass, MessageState};
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::messages::{self, Message};

/// Ways to answer, the first that is open: text form before a pointer to the portal.
const WAYS: [Channel; 4] = [Channel::Email, Channel::Letter, Channel::Sms, Channel::PortalPush];

/// Rules of claims that say that somebody else than whom a message was written for is to read it.
const TO_ANOTHER: [&str; 4] = [
    "claims.debtor.protected",
    "claims.hold.protection",
    "claims.hold.represented",
    "claims.debtor.unrepresented",
];

/// Who is answered.
#[derive(Clone, Copy)]
enum Reader {
    /// The person, by this way.
    Person(Channel),
    /// Whoever acts for the person, by letter.
    Representative,
    /// Nobody, by this rule.
    Nobody(Rule),
}

impl Reader {
    /// The way that the message takes; one that is not sent takes none.
    const fn channel(self) -> Channel {
        match self {
            Self::Person(channel) => channel,
            Self::Representative => Channel::Letter,
            Self::Nobody(_) => Channel::Email,
        }
    }

    /// The state in which the message begins, and why.
    const fn state(self) -> (MessageState, &'static str) {
        match self {
            Self::Person(_) | Self::Representative => (MessageState::Scheduled, ""),
            Self::Nobody(rule) => (MessageState::Blocked, rule.id()),
        }
    }

    const fn is_representative(self) -> bool {
        matches!(self, Self::Representative)
    }
}

/// What a message comes from, so that it is made once, and the facts by which it is written.
fn origin(
    challenge: &claims::Challenge,
    topic: Topic,
    reader: Reader,
) -> (String, BTreeMap<String, String>) {
    let mut cause = format!("{}:{}", topic.name(), challenge.challenge_id);
    let mut facts = BTreeMap::from([(CHALLENGE.to_owned(), challenge.challenge_id.clone())]);
    if reader.is_representative() {
        cause = format!("{cause}:{REPRESENTATIVE}");
        facts.insert(READER.to_owned(), REPRESENTATIVE.to_owned());
    }
    (cause, facts)
}

/// The kind of a challenge; a kind of a newer contract is an objection.
pub fn kind_of(challenge: &claims::Challenge) -> ChallengeKind {
    match challenge.kind() {
        claims::ChallengeKind::WrongPerson => ChallengeKind::WrongPerson,
        claims::ChallengeKind::AlreadyPaid => ChallengeKind::AlreadyPaid,
        claims::ChallengeKind::IdentityTheft => ChallengeKind::IdentityTheft,
        claims::ChallengeKind::Dispute | claims::ChallengeKind::Unspecified => {
            ChallengeKind::Dispute
        }
    }
}

/// How a challenge was decided, none while it is not.
pub fn outcome_of(challenge: &claims::Challenge) -> Option<Outcome> {
    match challenge.state() {
        claims::ChallengeState::Upheld => Some(Outcome::Upheld),
        claims::ChallengeState::PartlyUpheld => Some(Outcome::PartlyUpheld),
        claims::ChallengeState::Rejected => Some(Outcome::Rejected),
        _ => None,
    }
}

/// Who acts for a shielded person and can be written to: the protection that was noted last counts.
pub fn representative_of(debtor: &claims::Debtor) -> Option<Recipient> {
    debtor.protections.iter().rev().find_map(|one| representative(&one.representative))
}

/// The way on which the person is answered, if one is open.
pub fn way(snapshot: &Snapshot) -> Option<Channel> {
    WAYS.into_iter().find(|way| snapshot.is_open(*way))
}

/// Looks again for whom an answer is that claims called back at the last moment: someone acts for the person
/// since it was written, or does so no more.
pub async fn to_another(work: &Work, message: &Message, rule: &str) -> Result<(), Error> {
    let kind = match message.topic {
        Some(Topic::ChallengeReceived) => CONFIRM_CHALLENGE,
        Some(Topic::ChallengeAnswered) => ANSWER_CHALLENGE,
        _ => return Ok(()),
    };
    if let Some(challenge) = message.facts.get(CHALLENGE).filter(|_| TO_ANOTHER.contains(&rule)) {
        work.schedule(Due::new(kind, challenge, work.now())).await?;
    }
    Ok(())
}

impl Messaging {
    /// Due work: schedules the receipt of a challenge, or its answer. Where nobody may be written to, the
    /// message is kept as not sent, with the rule.
    pub async fn answer_challenge(&self, item: &DueItem) -> Result<(), Error> {
        let confirms = item.kind == CONFIRM_CHALLENGE;
        let challenge = self.challenge(item.tenant, &item.key).await?;
        let debtor = match &challenge {
            Some(found) => self.debtor(item.tenant, debtor_of(found)?).await?,
            None => None,
        };
        let work = self.store.begin(item.tenant).await?;
        if let (Some(challenge), Some(debtor)) = (challenge, debtor)
            && confirms == outcome_of(&challenge).is_none()
        {
            let id = debtor_of(&challenge)?;
            take_over(&work, id, &debtor).await?;
            if !confirms {
                cancel_receipt(&work, id, &challenge.challenge_id).await?;
            }
            self.answer(&work, &challenge, &debtor).await?;
        }
        item.complete(&work).await?;
        Ok(work.commit().await?)
    }

    async fn answer(
        &self,
        work: &Work,
        challenge: &claims::Challenge,
        debtor: &claims::Debtor,
    ) -> Result<(), Error> {
        let ids = challenge.claim_ids.iter().map(|id| id.parse());
        let about: Vec<ClaimId> =
            ids.collect::<Result<_, _>>().map_err(|_| Error::Answer("claims"))?;
        let snapshot = snapshot(work, debtor_of(challenge)?, &about).await?;
        if snapshot.person.erased {
            return Ok(());
        }
        let reader = reader(challenge, debtor, &snapshot);
        let message = self.answer_to(work, challenge, about, &snapshot, reader)?;
        let new = messages::insert(work, &message).await?;
        if new && message.state == MessageState::Scheduled {
            dispatch_at(work, message.id, message.scheduled_at).await?;
        }
        Ok(())
    }

    fn answer_to(
        &self,
        work: &Work,
        challenge: &claims::Challenge,
        claims: Vec<ClaimId>,
        snapshot: &Snapshot,
        reader: Reader,
    ) -> Result<Message, Error> {
        let decided = outcome_of(challenge).is_some();
        let topic = if decided { Topic::ChallengeAnswered } else { Topic::ChallengeReceived };
        let (cause, facts) = origin(challenge, topic, reader);
        let (state, state_reason) = reader.state();
        let person = &snapshot.person;
        // Whoever acts for the person is a stranger to us.
        let own = person.salutation.filter(|_| !reader.is_representative());
        let salutation = own.unwrap_or(Salutation::Sie);
        let plain = Treatment::plain(reader.channel(), Slot::EarlyWeekMorning);
        Ok(Message {
            id: MessageId::generate(work.seeds(), work.now()),
            debtor: debtor_of(challenge)?,
            claims,
            class: MessageClass::Answer,
            topic: Some(topic),
            treatment: Treatment { salutation, ..plain },
            language: person.language,
            state,
            state_reason: state_reason.to_owned(),
            decision: None,
            cause,
            facts,
            blocks: Vec::new(),
            evidence: String::new(),
            code: None,
            scheduled_at: snapshot.window(self).next_opening(work.now()),
            sent_at: None,
            created_at: work.now(),
            version: 1,
        })
    }
}

/// Who may read the answer to a challenge now.
fn reader(challenge: &claims::Challenge, debtor: &claims::Debtor, snapshot: &Snapshot) -> Reader {
    // What names a reason about the person is about the person.
    let about_the_person = challenge.person_reason() != claims::WrongPersonReason::Unspecified;
    let kind = kind_of(challenge);
    if let Err(rule) = may_reach_the_person(kind, about_the_person, outcome_of(challenge)) {
        return Reader::Nobody(rule);
    }
    if challenge.claim_ids.is_empty() {
        return Reader::Nobody(Rule::Silenced);
    }
    if is_protected(debtor) {
        let known = representative_of(debtor).is_some();
        return if known { Reader::Representative } else { Reader::Nobody(Rule::Shielded) };
    }
    way(snapshot).map_or(Reader::Nobody(Rule::NoContactPoint), Reader::Person)
}

fn debtor_of(challenge: &claims::Challenge) -> Result<DebtorId, Error> {
    challenge.debtor_id.parse().map_err(|_| Error::Answer("claims"))
}
