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
    /// The debt as it was then.
    pub context: Context,
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

/// The decisions behind contacts.
pub fn ids(heard: &[&Heard]) -> Vec<String> {
    heard.iter().map(|contact| contact.decision_id.clone()).collect()
}

/// Every contact under a policy key as it stands now, in the order of the decisions.
pub async fn heard(work: &Work, key: &str, recalled: &mut Recalled) -> Result<Vec<Heard>, Error> {
    let mut hearing = Hearing::until(work.now());
    while hearing.page(work, key, recalled).await? {}
    Ok(hearing.end())
}

/// Contacts as they are heard of, page by page.
pub struct Hearing {
    until: DateTime<Utc>,
    cursor: String,
    all: Vec<Heard>,
    /// Where the contacts with a person are.
    places: HashMap<String, Vec<usize>>,
}

impl Hearing {
    /// Hears of nothing that happened later.
    pub fn until(until: DateTime<Utc>) -> Self {
        Self { until, cursor: String::new(), all: Vec::new(), places: HashMap::new() }
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
            match self.places.get_mut(&contact.debtor_id) {
                Some(places) => places.push(self.all.len()),
                None => _ = self.places.insert(contact.debtor_id.clone(), vec![self.all.len()]),
            }
            let mut events = events.remove(&decision_id).unwrap_or_default();
            events.retain(|event| event.occurred_at <= self.until);
            self.all.push(Heard {
                events,
                decision_id,
                half: Half::of(&contact.debtor_id),
                context: contact.context,
                sent_at,
                channel: contact.channel.clone(),
                balance: contact.balance,
                expected: contact.expected,
                next: None,
            });
        }
        Ok(true)
    }

    /// Every contact in the order of the decisions, each with the one that came next.
    pub fn end(mut self) -> Vec<Heard> {
        for places in self.places.into_values() {
            follow(&mut self.all, places);
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
