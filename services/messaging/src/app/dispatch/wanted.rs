//! What the person's wishes, addresses and hours say to a message at this moment. Asked when a message
//! falls due, and again in the transaction that commits its attempt.

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_store::Work;

use super::super::Messaging;
use super::super::challenges::way;
use super::super::facts::{Snapshot, snapshot};
use crate::domain::catalogue::Channel;
use crate::domain::mask::Reach;
use crate::domain::message::{MessageClass, MessageState};
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::contacts;
use crate::store::messages::{self, Message};

/// Whether a message may go out.
pub enum Wanted {
    /// To this address; empty for the portal, and where claims names it: that of a representative.
    Now(String),
    /// Not before this instant: hours, a pause, the contact budget.
    NotBefore(DateTime<Utc>),
    /// Not at all, by this rule.
    No(Rule),
}

impl Messaging {
    /// What stands against a message now. An answer that nobody decided about goes another way where
    /// the person does not want this one.
    pub(super) async fn wanted(&self, work: &Work, message: &mut Message) -> Result<Wanted, Error> {
        let snapshot = snapshot(work, message.debtor, &message.claims).await?;
        let to_the_person = !message.is_for_a_representative();
        if to_the_person {
            reroute(&snapshot, message);
            if let Some(rule) = refusal(&snapshot, message) {
                return Ok(Wanted::No(rule));
            }
        }
        if messages::was_told_since(work, message).await? {
            return Ok(Wanted::No(Rule::NoticeGiven));
        }
        let at = self.not_before(work, &snapshot, message);
        if at > work.now() {
            return Ok(Wanted::NotBefore(at));
        }
        let channel = message.treatment.channel;
        if channel == Channel::PortalPush || !to_the_person {
            return Ok(Wanted::Now(String::new()));
        }
        let found = contacts::address(work, message.debtor, channel).await?;
        Ok(found.map_or(Wanted::No(Rule::NoContactPoint), |address| Wanted::Now(address.value)))
    }

    /// The earliest instant: the person's own hours within ours, her pause, and her budget.
    fn not_before(&self, work: &Work, snapshot: &Snapshot, message: &Message) -> DateTime<Utc> {
        let (now, window) = (work.now(), snapshot.window(self));
        let rests = matches!(message.class, MessageClass::FirstNotice | MessageClass::Outreach);
        let pause = snapshot.pause(now).filter(|_| rests);
        let at = window.next_opening(pause.unwrap_or(now));
        if !message.class.counts() {
            return at;
        }
        let mut contacts = snapshot.contacts.clone();
        if let Some(own) = contacts.iter().position(|at| *at == message.scheduled_at) {
            contacts.swap_remove(own);
        }
        contacts.retain(|contact| *contact <= now);
        let free = self.budget_of(&snapshot.person).next_free(&contacts, at);
        window.next_opening(free.unwrap_or(at + TimeDelta::days(7)))
    }
}

fn refusal(snapshot: &Snapshot, message: &Message) -> Option<Rule> {
    if snapshot.person.opted_out && message.treatment.is_persuasive() {
        return Some(Rule::OptedOut);
    }
    reach(snapshot, message.treatment.channel).rule()
}

/// A message whose way was not decided, but taken because it was open, takes another that is.
fn reroute(snapshot: &Snapshot, message: &mut Message) {
    let undecided = message.decision.is_none() && message.state == MessageState::Scheduled;
    let open = |channel: Channel| reach(snapshot, channel) == Reach::Usable;
    if !undecided || message.class != MessageClass::Answer || open(message.treatment.channel) {
        return;
    }
    let other = match message.topic {
        Some(topic) if topic.is_about_a_challenge() => way(snapshot),
        _ => [Channel::Email, Channel::Letter].into_iter().find(|one| open(*one)),
    };
    message.treatment.channel = other.unwrap_or(message.treatment.channel);
}

fn reach(snapshot: &Snapshot, channel: Channel) -> Reach {
    snapshot.reach.get(&channel).copied().unwrap_or(Reach::Missing)
}
