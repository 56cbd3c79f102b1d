//! Books outcomes to the decisions that caused them, whatever the order in which news arrive.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::OutcomeId;

use super::refresh;
use crate::domain::agreement::AgreedDue;
use crate::domain::attribution::{Sent, cause};
use crate::domain::outcome::OutcomeKind;
use crate::error::Error;
use crate::store::contact;
use crate::store::outcome::{self, Model};

/// Something that happened to a debtor.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// Names the fact, so that it is booked once.
    pub source: String,
    /// The payment, promise or arrangement it belongs to; empty where it stands alone.
    pub about: String,
    /// The promise or arrangement that a payment counts for; empty for none.
    pub toward: String,
    /// What was agreed, where something was.
    pub dues: Vec<AgreedDue>,
    /// Whom it is about.
    pub debtor_id: String,
    /// The claim, if it is about one.
    pub claim_id: String,
    /// The decision, where the news names it; it then never moves.
    pub decision_id: Option<String>,
    /// What happened.
    pub kind: OutcomeKind,
    /// Currency and minor units, below zero for money that went back.
    pub amount: Option<(String, i64)>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// The name of an outcome kind in the log.
pub fn kind_name(kind: OutcomeKind) -> Result<String, Error> {
    Ok(serde_json::to_value(kind)?.as_str().unwrap_or_default().to_owned())
}

/// The kind behind its name.
pub fn kind_of(name: &str) -> Result<OutcomeKind, Error> {
    Ok(serde_json::from_value(name.into())?)
}

/// Notes a fact and books it.
pub async fn happened(work: &Work, fact: Happened) -> Result<(), Error> {
    take_turn(work).await?;
    note(work, fact).await
}

/// Notes a message that a decision led to, and that it was sent, and books again what it may have caused.
pub async fn sent(work: &Work, message: contact::Model, fact: Happened) -> Result<(), Error> {
    take_turn(work).await?;
    contact::insert(work, message).await?;
    note(work, fact).await
}

async fn note(work: &Work, fact: Happened) -> Result<(), Error> {
    let debtor_id = fact.debtor_id.clone();
    outcome::insert(work, row(work, fact)?).await?;
    rebook(work, &debtor_id).await
}

/// Schedules the night, which everything that is booked for a tenant does before anything else: it holds the
/// work's row until the end of the transaction. Else a message and a payment that are heard of at once would each
/// be booked without the other, and two transactions could wait for each other's rows.
pub async fn take_turn(work: &Work) -> Result<(), Error> {
    refresh::soon(work).await
}

/// The row of a fact.
pub fn row(work: &Work, fact: Happened) -> Result<Model, Error> {
    let (currency, minor_units) = fact.amount.unwrap_or_default();
    let dues =
        if fact.dues.is_empty() { String::new() } else { serde_json::to_string(&fact.dues)? };
    Ok(Model {
        tenant_id: work.tenant().to_string(),
        outcome_id: OutcomeId::generate(work.seeds(), work.now()).to_string(),
        source: fact.source,
        about: fact.about,
        debtor_id: fact.debtor_id,
        claim_id: fact.claim_id,
        pinned: fact.decision_id.is_some(),
        decision_id: fact.decision_id,
        kind: kind_name(fact.kind)?,
        minor_units,
        currency,
        occurred_at: fact.occurred_at,
        recorded_at: work.now(),
        toward: fact.toward,
        dues,
    })
}

/// Books all outcomes of a debtor anew: the state then depends on what is known and not on the
/// order in which it became known.
async fn rebook(work: &Work, debtor_id: &str) -> Result<(), Error> {
    let messages = contact::of_debtor(work, debtor_id).await?;
    let outcomes = outcome::of_debtor(work, debtor_id).await?;
    let beginnings = beginnings(&outcomes);
    for outcome in outcomes.iter().filter(|outcome| !outcome.pinned) {
        let decision = decision_behind(outcome, &beginnings, &messages);
        if outcome.decision_id != decision {
            outcome::move_to(work, &outcome.outcome_id, decision).await?;
        }
    }
    Ok(())
}

/// When each payment, promise and arrangement began: its first outcome; a payment that counts for a promise or an
/// arrangement, with that.
fn beginnings(outcomes: &[Model]) -> HashMap<&str, DateTime<Utc>> {
    let mut first = HashMap::new();
    for outcome in outcomes.iter().filter(|outcome| !outcome.about.is_empty()) {
        let at: &mut DateTime<Utc> =
            first.entry(outcome.about.as_str()).or_insert(outcome.occurred_at);
        *at = outcome.occurred_at.min(*at);
    }
    for payment in outcomes.iter().filter(|outcome| !outcome.toward.is_empty()) {
        if let Some(agreed) = first.get(payment.toward.as_str()).copied() {
            first.insert(&payment.about, agreed);
        }
    }
    first
}

fn decision_behind(
    outcome: &Model,
    beginnings: &HashMap<&str, DateTime<Utc>>,
    messages: &[Sent],
) -> Option<String> {
    let at = beginnings.get(outcome.about.as_str()).copied().unwrap_or(outcome.occurred_at);
    cause(messages, at).map(|message| message.decision_id.clone())
}
