//! The prices of bounds move by what was seen in the last four weeks.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::super::policies;
use super::super::story::events;
use crate::domain::contact_cost::cost_of;
use crate::domain::outcome::OutcomeKind;
use crate::domain::tally::Tally;
use crate::error::Error;
use crate::store::contact::{self, Cursor};
use crate::store::{aim, history, policy};

const WEEKS: i32 = 4;
/// Contacts read at a time.
const PAGE: u64 = 500;

/// Moves the prices of a key for the coming day.
pub async fn move_on(store: &Store, tenant: TenantId, key: &str) -> Result<(), Error> {
    let work = store.begin(tenant).await?;
    let ready = policies::ready(&work, key).await?;
    if ready.goals.caps.is_empty() {
        return Ok(());
    }
    let upper = tally(&work, key).await?.upper_bounds(f64::from(WEEKS));
    // Locks the goals: whoever sets others waits, or has set them.
    aim::stamp(&work, key).await?;
    let goals = policies::ready(&work, key).await?.goals;
    let next = goals.next(&upper);
    if next == goals {
        return Ok(());
    }
    for (capped, cap) in &next.caps {
        tracing::info!(
            policy_key = key,
            bound = capped.name(),
            price = cap.price,
            "price of a bound"
        );
    }
    aim::put(&work, key, &serde_json::to_string(&next)?).await?;
    work.commit().await?;
    Ok(())
}

/// The contacts of the last weeks. What the static policy does, for most people or for the hold-out, is settled
/// without any thought of harm.
async fn tally(work: &Work, key: &str) -> Result<Tally, Error> {
    let settled = policy::fixed_names(work, key).await?;
    let mut tally = Tally::default();
    let mut cursor = Cursor::from(work.now() - TimeDelta::weeks(WEEKS.into()));
    loop {
        let page = contact::since(work, &cursor, PAGE).await?;
        let Some(last) = page.last() else { return Ok(tally) };
        cursor = Cursor { sent_at: last.sent_at, message_id: last.message_id.clone() };
        let ids: Vec<String> = page.iter().map(|contact| contact.decision_id.clone()).collect();
        let decided = history::decided(work, &ids).await?;
        let harmed = events(work, &ids, &OutcomeKind::HARM).await?;
        for contact in &page {
            let decided = decided.get(&contact.decision_id);
            let levels = decided.and_then(|decided| decided.levels.as_deref());
            let levels: BTreeMap<String, String> =
                levels.map(serde_json::from_str).transpose()?.unwrap_or_default();
            let cost = levels.get("channel").map_or(0.0, |channel| cost_of(channel));
            let answers = decided.is_some_and(|it| !settled.contains(&it.policy_version));
            let harmed = answers.then(|| harmed.contains_key(&contact.decision_id));
            tally.add(&contact.debtor_id, cost, harmed);
        }
    }
}
