//! What the channels delivered, as people find it.

use anyhow::Context;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use chrono::{DateTime, SecondsFormat, Utc};
use kulanz_simulator::calendar::{Calendar, Day};
use kulanz_simulator::space::{Action, Factor};
use serde::Deserialize;
use std::collections::BTreeMap;
use tower::ServiceExt;

/// A message that arrived.
#[derive(Debug, Deserialize)]
pub(super) struct Received {
    pub message_id: String,
    pub debtor_id: String,
    pub decision_id: Option<String>,
    pub class: String,
    pub treatment: BTreeMap<String, String>,
}

/// A contact that somebody decided on, as its reader meets it.
#[derive(Debug)]
pub(super) struct Contact {
    /// Whom it reached.
    pub place: usize,
    /// The message.
    pub message_id: String,
    /// What was said, and how.
    pub action: Action,
}

/// What arrived after `after` and until `until`.
pub(super) async fn received(
    inbox: &axum::Router,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> anyhow::Result<Vec<Received>> {
    let text = |instant: DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Micros, true);
    let uri = format!("/inbox/feed?after={}&until={}", text(after), text(until));
    let answer = inbox.clone().oneshot(Request::get(uri).body(Body::empty())?).await?;
    anyhow::ensure!(answer.status().is_success(), "the inbox answers {}", answer.status());
    let body = to_bytes(answer.into_body(), usize::MAX).await?;
    serde_json::from_slice(&body).context("read the inbox")
}

/// The treatment by places. One that went out on a day outside its slot counts as said in the morning.
pub(super) fn action(
    treatment: &BTreeMap<String, String>,
    calendar: &Calendar,
    day: Day,
) -> anyhow::Result<Action> {
    let mut action = Action([0; 6]);
    for factor in Factor::ALL {
        let name = treatment.get(factor.name()).map_or("", String::as_str);
        let level = factor.level(name);
        let level = level.with_context(|| format!("{}: {name} is unknown", factor.name()))?;
        action = action.with(factor, level);
    }
    if calendar.next_in_slot(day, action.of(Factor::Slot)) != day {
        action = action.with(Factor::Slot, calendar.morning_slot(day));
    }
    Ok(action)
}
