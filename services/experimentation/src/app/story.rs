//! Decisions of the log with what was known and what came of them.

use std::collections::{BTreeSet, HashMap};

use kulanz_policy::Expectation;
use kulanz_store::{StoreError, Work};
use kulanz_types::DebtorId;
use serde::de::DeserializeOwned;

use super::ask::Logged;
use super::attribute::{kind_name, kind_of};
use super::record::logged;
use super::sealed::{self, Opened};
use crate::domain::agreement::AgreedDue;
use crate::domain::attribution::{Sent, following};
use crate::domain::contact_cost::cost_of;
use crate::domain::evaluation::Reached;
use crate::domain::goals::Terms;
use crate::domain::known::Known;
use crate::domain::lessons::{Event, Next, Story, TELLING};
use crate::domain::outcome::OutcomeKind;
use crate::domain::usual::Usual;
use crate::error::Error;
use crate::store::{contact, decision, outcome, usual};

/// A decision, what was known, and what is booked to it.
pub struct Told {
    /// As logged.
    pub logged: Logged,
    /// What was known.
    pub known: Known,
    /// What came of it: that it was sent, and what tells something.
    pub events: Vec<Event>,
    /// The contact after it, where it was one itself.
    pub next: Option<Next>,
}

impl Told {
    /// Silences and what was never sent begin when they were decided.
    pub fn story(&self) -> Story<'_> {
        let sent = self.events.iter().filter(|event| event.kind == OutcomeKind::Sent);
        let sent_at = sent.map(|event| event.occurred_at).min();
        Story {
            sent_at: sent_at.unwrap_or(self.logged.decided_at),
            channel: self.channel(),
            balance: self.known.minor_units(),
            events: &self.events,
            next: self.next,
        }
    }

    /// Through which channel; empty for silence.
    pub fn channel(&self) -> &str {
        let levels = self.logged.levels.as_ref();
        levels.and_then(|levels| levels.get("channel")).map_or("", String::as_str)
    }

    /// Whether a message was sent.
    pub fn is_sent(&self) -> bool {
        self.events.iter().any(|event| event.kind == OutcomeKind::Sent)
    }

    /// What came of it in the end, once its horizon is over.
    pub fn reached(&self, counts: &Terms, usual: &Usual) -> Reached {
        let story = self.story();
        let contacted = self.is_sent();
        let cost = if contacted { counts.cost * cost_of(self.channel()) } else { 0.0 };
        Reached {
            value: counts.aims.euro_paid * story.brought(usual) - cost,
            harm: story.harmed(usual),
            contacted,
        }
    }
}

/// How it usually goes after a contact, as the last night counted it; as is expected, before the first.
pub async fn usual(work: &Work, key: &str) -> Result<Usual, Error> {
    let kept = usual::find(work, key).await?;
    Ok(kept.map(|kept| serde_json::from_str(&kept)).transpose()?.unwrap_or_default())
}

/// The decisions of these rows, in their order. People whose data was erased are left out.
pub async fn told(work: &Work, rows: Vec<decision::Model>) -> Result<Vec<Told>, Error> {
    let ids: Vec<String> = rows.iter().map(|row| row.decision_id.clone()).collect();
    let kinds = [&TELLING[..], &[OutcomeKind::Sent]].concat();
    let mut events = events(work, &ids, &kinds).await?;
    let next = next(work, &rows).await?;
    let mut told = Vec::with_capacity(rows.len());
    for (row, opened) in opened::<Opened>(work, &rows).await? {
        let events = events.remove(&row.decision_id).unwrap_or_default();
        let next = next.get(&row.decision_id).copied();
        let (known, grounds) = opened.parts(row)?;
        told.push(Told { logged: logged(row, grounds)?, known, events, next });
    }
    Ok(told)
}

/// The next contact after each of these decisions that were carried out.
async fn next(work: &Work, rows: &[decision::Model]) -> Result<HashMap<String, Next>, Error> {
    let debtors: BTreeSet<String> = rows.iter().map(|row| row.debtor_id.clone()).collect();
    let debtors: Vec<String> = debtors.into_iter().collect();
    let messages = contact::of_debtors(work, &debtors).await?;
    let following = |row: &decision::Model| {
        let next = following(messages.get(&row.debtor_id)?, &row.decision_id)?;
        Some((row.decision_id.clone(), next))
    };
    let following: HashMap<String, &Sent> = rows.iter().filter_map(following).collect();
    let ids: Vec<String> = following.values().map(|next| next.decision_id.clone()).collect();
    let rows = decision::find_all(work, &ids).await?;
    let known = known(work, &rows).await?.into_iter();
    let expected: HashMap<&str, Expectation> =
        known.map(|(row, known)| (row.decision_id.as_str(), known.expectation())).collect();
    let next = |(id, sent): (String, &Sent)| {
        let expected = *expected.get(sent.decision_id.as_str())?;
        Some((id, Next { sent_at: sent.sent_at, expected }))
    };
    Ok(following.into_iter().filter_map(next).collect())
}

/// What was known at the decisions of these rows, in their order. People whose data was erased are left out.
pub async fn known<'a>(
    work: &Work,
    rows: &'a [decision::Model],
) -> Result<Vec<(&'a decision::Model, Known)>, Error> {
    opened(work, rows).await
}

async fn opened<'a, T: DeserializeOwned>(
    work: &Work,
    rows: &'a [decision::Model],
) -> Result<Vec<(&'a decision::Model, T)>, Error> {
    let debtors: Vec<DebtorId> = rows
        .iter()
        .map(|row| row.debtor_id.parse())
        .collect::<Result<_, _>>()
        .map_err(StoreError::from)?;
    work.prepare_keys(&debtors).await?;
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        opened.extend(sealed::open(work, row).await?.map(|document| (row, document)));
    }
    Ok(opened)
}

/// What was agreed, as it is kept.
fn agreed(dues: &str) -> Result<Vec<AgreedDue>, Error> {
    Ok(if dues.is_empty() { Vec::new() } else { serde_json::from_str(dues)? })
}

/// What of these kinds is booked to these decisions.
pub async fn events(
    work: &Work,
    ids: &[String],
    kinds: &[OutcomeKind],
) -> Result<HashMap<String, Vec<Event>>, Error> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind_name(*kind)).collect::<Result<_, _>>()?;
    let mut events: HashMap<String, Vec<Event>> = HashMap::new();
    for row in outcome::booked(work, ids, &kinds).await? {
        let event = Event {
            kind: kind_of(&row.kind)?,
            about: row.about,
            minor_units: row.minor_units,
            occurred_at: row.occurred_at,
            toward: row.toward,
            dues: agreed(&row.dues)?,
        };
        events.entry(row.decision_id).or_default().push(event);
    }
    Ok(events)
}
