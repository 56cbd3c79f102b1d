//! What was heard of the contacts of a policy key: all that were made, what came of each, and which came next.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kulanz_policy::Expectation;
use kulanz_store::Work;

use super::recalled::Recalled;
use super::story::events;
use crate::domain::lessons::{Event, Next, Story, TELLING};
use crate::error::Error;
use crate::store::contact;

/// Decisions read at a time.
pub const BATCH: usize = 500;

/// A contact and what was heard of it since: some 300 bytes.
pub struct Heard {
    /// The decision behind it.
    pub decision_id: String,
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

/// Every contact under a policy key, in the order of the decisions.
pub async fn heard(work: &Work, key: &str, recalled: &mut Recalled) -> Result<Vec<Heard>, Error> {
    let mut all = Vec::new();
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    let mut cursor = String::new();
    loop {
        let batch = contact::carried_out(work, &cursor, BATCH as u64).await?;
        let Some((last, _)) = batch.last() else { break };
        cursor.clone_from(last);
        let ids: Vec<String> = batch.iter().map(|(id, _)| id.clone()).collect();
        let known = recalled.contacts(work, key, &ids).await?;
        let mut events = events(work, &ids, &TELLING).await?;
        for ((decision_id, sent_at), contact) in batch.into_iter().zip(known) {
            let Some(contact) = contact else { continue };
            match places.get_mut(&contact.debtor_id) {
                Some(places) => places.push(all.len()),
                None => _ = places.insert(contact.debtor_id.clone(), vec![all.len()]),
            }
            all.push(Heard {
                events: events.remove(&decision_id).unwrap_or_default(),
                decision_id,
                sent_at,
                channel: contact.channel.clone(),
                balance: contact.balance,
                expected: contact.expected,
                next: None,
            });
        }
    }
    for places in places.into_values() {
        follow(&mut all, places);
    }
    Ok(all)
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
