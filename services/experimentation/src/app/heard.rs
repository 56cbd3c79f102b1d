//! What was heard of the contacts of a policy key: all that were made, what came of each, and which came next.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kulanz_policy::{Context, Expectation};
use kulanz_store::Work;

use super::recalled::Recalled;
use super::story::events;
use crate::domain::halves::Half;
use crate::domain::lessons::{Event, Next, Story, TELLING};
use crate::error::Error;
use crate::store::contact;

/// Decisions read at a time.
pub const BATCH: usize = 500;

/// A contact and what was heard of it since: some 300 bytes.
pub struct Heard {
    /// The decision behind it.
    pub decision_id: String,
    /// In which half of the people it was made.
    pub half: Half,
    sent_at: DateTime<Utc>,
    channel: String,
    balance: i64,
    expected: Expectation,
    events: Vec<Event>,
    next: Option<Next>,
}

impl Heard {
    /// As it is learned from.
    pub fn story(&self) -> Story<'_> {
        Story {
            sent_at: self.sent_at,
            channel: &self.channel,
            balance: self.balance,
            events: &self.events,
            next: self.next,
        }
    }

    /// The instant from which it counts as one of its month.
    pub const fn sent_at(&self) -> DateTime<Utc> {
        self.sent_at
    }
}

/// All contacts under a policy key.
pub struct All {
    /// In the order of the decisions, each with the one that came next.
    pub contacts: Vec<Heard>,
    /// What each person owed at the first of them, in the same order.
    pub portfolio: Vec<Context>,
}

/// The decisions behind contacts.
pub fn ids(heard: &[&Heard]) -> Vec<String> {
    heard.iter().map(|contact| contact.decision_id.clone()).collect()
}

/// Every contact under a policy key as it stands now.
pub async fn heard(work: &Work, key: &str, recalled: &mut Recalled) -> Result<All, Error> {
    let mut hearing = Hearing::until(work.now());
    while hearing.page(work, key, recalled).await? {}
    Ok(hearing.end())
}

/// Contacts as they are heard of, page by page.
pub struct Hearing {
    until: DateTime<Utc>,
    cursor: String,
    all: All,
    /// Where the contacts with a person are.
    places: HashMap<String, Vec<usize>>,
}

impl Hearing {
    /// Hears of nothing that happened later.
    pub fn until(until: DateTime<Utc>) -> Self {
        let all = All { contacts: Vec::new(), portfolio: Vec::new() };
        Self { until, cursor: String::new(), all, places: HashMap::new() }
    }

    /// Hears of the next contacts under a policy key; whether there may be more.
    pub async fn page(
        &mut self,
        work: &Work,
        key: &str,
        recalled: &mut Recalled,
    ) -> Result<bool, Error> {
        let mut batch = contact::carried_out(work, &self.cursor, BATCH as u64).await?;
        let Some((last, _)) = batch.last() else { return Ok(false) };
        self.cursor.clone_from(last);
        batch.retain(|(_, sent_at)| *sent_at <= self.until);
        let ids: Vec<String> = batch.iter().map(|(id, _)| id.clone()).collect();
        let known = recalled.contacts(work, key, &ids).await?;
        let mut events = events(work, &ids, &TELLING).await?;
        for ((decision_id, sent_at), contact) in batch.into_iter().zip(known) {
            let Some(contact) = contact else { continue };
            let place = self.all.contacts.len();
            if let Some(places) = self.places.get_mut(&contact.debtor_id) {
                places.push(place);
            } else {
                self.places.insert(contact.debtor_id.clone(), vec![place]);
                self.all.portfolio.push(contact.context);
            }
            let mut events = events.remove(&decision_id).unwrap_or_default();
            events.retain(|event| event.occurred_at <= self.until);
            self.all.contacts.push(Heard {
                events,
                decision_id,
                half: Half::of(&contact.debtor_id),
                sent_at,
                channel: contact.channel.clone(),
                balance: contact.balance,
                expected: contact.expected,
                next: None,
            });
        }
        Ok(true)
    }

    /// Every contact that was heard of.
    pub fn end(mut self) -> All {
        for places in self.places.into_values() {
            follow(&mut self.all.contacts, places);
        }
        self.all
    }
}

/// Puts the contacts with one person into the order of time.
fn follow(all: &mut [Heard], mut places: Vec<usize>) {
    places.sort_by_key(|place| (all[*place].sent_at, *place));
    for pair in places.windows(2) {
        let &[place, next] = pair else { continue };
        let Heard { sent_at, expected, .. } = all[next];
        all[place].next = Some(Next { sent_at, expected });
    }
}
