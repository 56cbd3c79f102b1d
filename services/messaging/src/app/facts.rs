//! The facts about a person on which outreach is decided, from tables and from claims.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use kulanz_proto::claims::v1::{ClaimState, ClaimSummary, Debtor, DebtorState, Hold, HoldKind};
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, berlin_time};

use super::{DAYS_AFTER_MESSAGE, DAYS_AFTER_NOTICE, Messaging};
use crate::domain::blocks::Language;
use crate::domain::catalogue::{Channel, Offer, Slot};
use crate::domain::mask::{OutreachFacts, Reach};
use crate::domain::message::{MessageClass, MessageState};
use crate::domain::slots;
use crate::domain::window::ContactWindow;
use crate::error::Error;
use crate::store::claims::{self, Mark};
use crate::store::contacts;
use crate::store::contacts::preference::{self, Preferences};
use crate::store::messages::{self, Message};
use crate::store::people::{self, Person};

/// What is known about a person at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The person.
    pub person: Person,
    /// Her wishes.
    pub wishes: Preferences,
    /// Contacts that count against the budget.
    pub contacts: Vec<DateTime<Utc>>,
    /// Whether a message of ours already waits for its time.
    pub waiting: bool,
    /// Open claims with what is remembered of them.
    pub claims: Vec<(ClaimId, Mark)>,
    /// Claims of a first notice whose hand-over had no answer, with when that was.
    pub unanswered: BTreeMap<ClaimId, DateTime<Utc>>,
    /// How each channel reaches her.
    pub reach: BTreeMap<Channel, Reach>,
}

/// Reads the facts about a person and her open claims.
pub async fn snapshot(work: &Work, debtor: DebtorId, open: &[ClaimId]) -> Result<Snapshot, Error> {
    let person = people::load(work, debtor).await?;
    let wishes = preference::load(work, debtor).await?;
    let mut claims = Vec::with_capacity(open.len());
    for claim in open {
        claims.push((*claim, claims::load(work, *claim).await?));
    }
    let mut reach = contacts::reach(work, debtor).await?;
    let portal = if person.portal_seen { Reach::Usable } else { Reach::Missing };
    reach.insert(Channel::PortalPush, portal);
    apply_wishes(&mut reach, &wishes);
    let messages = messages::all_of_debtor(work, debtor).await?;
    let (contacts, waiting) = (messages::contacts(&messages), messages.iter().any(waits));
    let unanswered = unanswered_notices(&messages);
    Ok(Snapshot { person, wishes, contacts, waiting, claims, unanswered, reach })
}

fn waits(message: &Message) -> bool {
    matches!(message.state, MessageState::Scheduled | MessageState::Attempted)
        && message.class != MessageClass::Answer
}

fn unanswered_notices(messages: &[Message]) -> BTreeMap<ClaimId, DateTime<Utc>> {
    let unknown = messages.iter().filter(|message| message.state == MessageState::Unknown);
    let notices = unknown.filter(|message| message.class == MessageClass::FirstNotice);
    let told = notices.filter_map(|message| Some((message, message.sent_at?)));
    told.flat_map(|(message, at)| message.claims.iter().map(move |claim| (*claim, at))).collect()
}

/// Takes consent and wishes into account: what is declined is declined, `WhatsApp` needs consent, and
/// where a liked channel is usable the others rest.
fn apply_wishes(reach: &mut BTreeMap<Channel, Reach>, wishes: &Preferences) {
    for (channel, state) in reach.iter_mut().filter(|(_, state)| **state == Reach::Usable) {
        if wishes.refused.contains(channel) {
            *state = Reach::Declined;
        } else if *channel == Channel::Whatsapp && !wishes.consented.contains(channel) {
            *state = Reach::NoConsent;
        }
    }
    let liked = |channel: &Channel| wishes.preferred.contains(channel);
    if reach.iter().any(|(channel, state)| *state == Reach::Usable && liked(channel)) {
        for (_, state) in
            reach.iter_mut().filter(|(channel, state)| **state == Reach::Usable && !liked(channel))
        {
            *state = Reach::Declined;
        }
    }
}

impl Snapshot {
    /// Whether a way leads to her that she does not decline.
    pub fn is_open(&self, channel: Channel) -> bool {
        self.reach.get(&channel) == Some(&Reach::Usable)
    }

    /// Claims whose first notice has not gone out.
    pub fn unnotified(&self) -> Vec<ClaimId> {
        let unnotified = self.claims.iter().filter(|(_, mark)| mark.notified_at.is_none());
        unnotified.map(|(claim, _)| *claim).collect()
    }

    /// Claims whose first notice is to be written: none is given, and none is on its way. One without an
    /// answer may have arrived and is resent as the same mail, so no other is written while it is read.
    pub fn owed_a_notice(&self, now: DateTime<Utc>) -> Vec<ClaimId> {
        let mut owed = self.unnotified();
        owed.retain(|claim| self.unanswered.get(claim).is_none_or(|at| read_by(*at) <= now));
        owed
    }

    /// The facts that the mask reads.
    pub fn facts(&self, service: &Messaging) -> OutreachFacts {
        let mut facts = OutreachFacts::of_tenant(service.switches);
        facts.reach.clone_from(&self.reach);
        facts.first_notice_sent = self.unnotified().is_empty();
        facts.company = self.person.company;
        facts.opted_out = self.person.opted_out;
        facts.vulnerable = self.person.protected;
        facts.committed = self.claims.iter().any(|(_, mark)| mark.promised_on.is_some());
        facts.conceded = false;
        facts.statistic_valid = false;
        facts.dated_consequence = false;
        facts.offers = Offer::ALL.iter().copied().collect();
        facts.salutation = match self.person.language {
            Language::De => self.person.salutation,
            // English has one form of address; the level is then always the formal one.
            Language::En => Some(crate::domain::catalogue::Salutation::Sie),
        };
        facts.slots = self.slots();
        facts
    }

    fn slots(&self) -> std::collections::BTreeSet<Slot> {
        let (from, until) = (self.wishes.from_hour, self.wishes.until_hour);
        if from.is_none() && until.is_none() {
            return std::collections::BTreeSet::new();
        }
        let overlaps = |slot: &Slot| {
            let (first, end) = slots::hours_of_day(*slot);
            first.max(from.unwrap_or(0)) < end.min(until.unwrap_or(24))
        };
        Slot::ALL.iter().copied().filter(overlaps).collect()
    }

    /// The contact window of this person.
    pub fn window(&self, service: &Messaging) -> ContactWindow {
        service.window.within(self.wishes.from_hour, self.wishes.until_hour)
    }

    /// The end of the person's rest, if one lasts: a pause that was asked for, the week after a
    /// payment, or the two weeks after a first notice in which only another first notice is sent.
    pub fn rest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let told = self.claims.iter().filter_map(|(claim, mark)| {
            mark.notified_at.or_else(|| self.unanswered.get(claim).copied())
        });
        let reading = told.max().filter(|_| self.owed_a_notice(now).is_empty()).map(read_by);
        // Money is on its way through the books: nothing is said for a while.
        let paid = self.claims.iter().filter_map(|(_, mark)| mark.paid_at).max();
        let booking = paid.map(|at| at + TimeDelta::days(DAYS_AFTER_MESSAGE));
        let ends = self.pause(now).into_iter().chain(reading).chain(booking);
        ends.filter(|end| *end > now).max()
    }

    /// The end of the person's pause, if one lasts.
    pub fn pause(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        pause(&self.person, &self.wishes, now)
    }
}

/// The end of the pause that a person asked for, promised her way into, or was given by the agency,
/// whichever lasts longest.
pub fn pause(person: &Person, wishes: &Preferences, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let days = [wishes.paused_until, person.agency_paused_until];
    let ends = days.into_iter().flatten().filter_map(|last| {
        let next = last.checked_add_days(Days::new(1))?;
        Some(berlin_time(next, NaiveTime::MIN))
    });
    ends.chain(person.paused_until).filter(|end| *end > now).max()
}

/// Until when a first notice of this instant is given time.
fn read_by(at: DateTime<Utc>) -> DateTime<Utc> {
    at + TimeDelta::days(DAYS_AFTER_NOTICE)
}

/// The claims about which a person may be contacted, as claims told.
pub fn open_claims(debtor: &Debtor) -> Vec<&ClaimSummary> {
    if debtor.state() != DebtorState::Active && debtor.state() != DebtorState::Unspecified {
        return Vec::new();
    }
    debtor.claims.iter().filter(|claim| is_open(claim)).collect()
}

fn is_open(claim: &ClaimSummary) -> bool {
    claim.state().is_pursued() && claim.holds.is_empty()
}

/// Whether the person is shielded, as claims told: by the law as a whole, or by a hold on any of her
/// claims that says something about the person (§ 4a Abs. 2 UWG).
pub fn is_protected(debtor: &Debtor) -> bool {
    let shields = |hold: &Hold| matches!(hold.kind(), HoldKind::Protection | HoldKind::Represented);
    debtor.state() == DebtorState::Protected
        || debtor
            .claims
            .iter()
            .any(|claim| claim.state() == ClaimState::Protected || claim.holds.iter().any(shields))
}
