//! Decisions of the log with what was known and what came of them.

use std::collections::BTreeMap;

use kulanz_store::{StoreError, Work};
use kulanz_types::DebtorId;

use super::ask::Logged;
use super::attribute::kind_of;
use super::record::logged;
use crate::domain::contact_cost::cost_of;
use crate::domain::evaluation::Reached;
use crate::domain::goals::Terms;
use crate::domain::known::Known;
use crate::domain::lessons::{Event, Story};
use crate::domain::outcome::OutcomeKind;
use crate::error::Error;
use crate::store::{decision, outcome};

/// A decision, what was known, and what is booked to it.
pub struct Told {
    /// As logged.
    pub logged: Logged,
    /// What was known.
    pub known: Known,
    /// What came of it.
    pub events: Vec<Event>,
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
    pub fn reached(&self, counts: &Terms) -> Reached {
        let story = self.story();
        let contacted = self.is_sent();
        let cost = if contacted { counts.cost * cost_of(self.channel()) } else { 0.0 };
        Reached {
            value: counts.aims.euro_paid * story.recovered() - cost,
            harmed: story.is_harmed(),
            contacted,
        }
    }
}

/// The decisions of these rows, in their order. People whose data was erased are left out.
pub async fn told(work: &Work, rows: Vec<decision::Model>) -> Result<Vec<Told>, Error> {
    let ids: Vec<String> = rows.iter().map(|row| row.decision_id.clone()).collect();
    let mut events = events(work, &ids).await?;
    let mut told = Vec::with_capacity(rows.len());
    for (row, known) in known(work, &rows).await? {
        let events = events.remove(&row.decision_id).unwrap_or_default();
        told.push(Told { logged: logged(row)?, known, events });
    }
    Ok(told)
}

/// What was known at the decisions of these rows, in their order. People whose data was erased are left out.
pub async fn known<'a>(
    work: &Work,
    rows: &'a [decision::Model],
) -> Result<Vec<(&'a decision::Model, Known)>, Error> {
    let debtors: Vec<DebtorId> = rows
        .iter()
        .map(|row| row.debtor_id.parse())
        .collect::<Result<_, _>>()
        .map_err(StoreError::from)?;
    work.prepare_keys(&debtors).await?;
    let mut known = Vec::with_capacity(rows.len());
    for (row, debtor) in rows.iter().zip(debtors) {
        let id = &row.decision_id;
        let opened = work.open_json(debtor, "decision.context", id, &row.context);
        known.extend(opened.await?.map(|opened: Known| (row, opened)));
    }
    Ok(known)
}

/// What is booked to these decisions.
pub async fn events(work: &Work, ids: &[String]) -> Result<BTreeMap<String, Vec<Event>>, Error> {
    let mut events: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for row in outcome::of_decisions(work, ids).await? {
        let (kind, minor_units) = (kind_of(&row.kind)?, row.minor_units);
        let event = Event { kind, minor_units, occurred_at: row.occurred_at };
        events.entry(row.decision_id.unwrap_or_default()).or_default().push(event);
    }
    Ok(events)
}
