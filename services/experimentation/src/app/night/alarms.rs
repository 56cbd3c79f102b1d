//! Drift: of the people about whom decisions are made, and of what comes of those that the policy in use made.

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{Objective, Policy};
use kulanz_store::Store;
use kulanz_types::TenantId;

use super::super::story::{Told, told, usual};
use super::promoted;
use crate::domain::drift::{Calibration, People};
use crate::domain::usual::Usual;
use crate::error::Error;
use crate::store::decision::{self, Filter};
use crate::store::policy;

/// The last days, which are held against the time before.
const RECENT: TimeDelta = TimeDelta::days(14);
/// The time before.
const BEFORE: TimeDelta = TimeDelta::days(90);
/// Decisions read at a time.
const PAGE: u64 = 500;
/// A persona counts as a person's from here on.
const MOSTLY: f64 = 0.5;

/// What is out of order; nothing while no policy is in use.
pub async fn raised(store: &Store, tenant: TenantId, key: &str) -> Result<Vec<String>, Error> {
    let work = store.begin(tenant).await?;
    let Some((row, standing)) = promoted(&work, key).await? else { return Ok(Vec::new()) };
    let people = People::by(Policy::read_own(&row.content)?.schema().edges);
    let settled = policy::fixed_names(&work, key).await?;
    let (now, usual) = (work.now(), usual(&work, key).await?);
    drop(work);
    let since = standing.ramp.promoted_at;
    let (before, recent, calibration) = (people.clone(), people, Calibration::default());
    let mut drift = Drift { now, since, usual, before, recent, calibration };
    let from = Some(since.min(now - RECENT - BEFORE));
    let filter = Filter { policy_key: Some(key.to_owned()), from, ..Filter::default() };
    let mut cursor = String::new();
    loop {
        let work = store.begin(tenant).await?;
        let rows = decision::list(&work, &filter, Some(&cursor), PAGE).await?;
        let Some(last) = rows.last() else { break };
        cursor.clone_from(&last.decision_id);
        for told in told(&work, rows).await? {
            drift.add(&told, !settled.contains(&told.logged.policy_version));
        }
    }
    let mut alarms = drift.before.shifted(&drift.recent);
    alarms.extend(drift.calibration.alarms());
    Ok(alarms)
}

struct Drift {
    now: DateTime<Utc>,
    since: DateTime<Utc>,
    usual: Usual,
    before: People,
    recent: People,
    calibration: Calibration,
}

impl Drift {
    fn add(&mut self, told: &Told, promoted: bool) {
        let (logged, known) = (&told.logged, &told.known);
        let age = self.now - logged.decided_at;
        if age < RECENT {
            self.recent.add(known);
        } else if age < RECENT + BEFORE {
            self.before.add(known);
        }
        let story = told.story();
        let counts = promoted && logged.decided_at >= self.since && told.is_sent();
        let predicted = logged.predicted.get(Objective::Paid.name());
        let (true, Some(predicted)) = (counts && story.is_over(self.now), predicted) else {
            return;
        };
        let lessons = story.lessons(self.now, &self.usual);
        let Some(paid) = lessons.iter().find(|lesson| lesson.objective == Objective::Paid) else {
            return;
        };
        let personas = known.personas.iter().filter(|(_, share)| **share >= MOSTLY);
        let about = personas.map(|(persona, _)| format!("persona={persona}"));
        let channel = std::iter::once(format!("channel={}", told.channel()));
        self.calibration.add(channel.chain(about), *predicted, paid.outcome);
    }
}
