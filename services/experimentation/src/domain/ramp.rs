//! How a promoted policy comes to decide for ever more people, and when it must not.
//!
//! At each step the persons below its share get the policy and the others the static one; both are watched
//! from their first decision of the step on. Steps are compared each for itself, since the split is another in
//! each, and weighed together, with what ties them: their people. Whether a step is taken says
//! `kulanz_policy::ramp`.

mod evidence;

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::ramp::{LOSS, SHARES, STEP_DAYS, is_shown_to_lose, may_go_on};
use kulanz_statistics::Interval;
use kulanz_types::berlin_date;
use serde::{Deserialize, Serialize};

pub use evidence::{Evidence, POLICY, STATIC};

/// Until a person's outcome counts.
pub const HORIZON: TimeDelta = TimeDelta::days(28);
/// How much more often people may complain under the policy, per person.
pub const HARM_CAP: f64 = 0.002;

/// Where a promoted policy stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    /// The version that was promoted; those that are learned from then on follow it.
    pub line: String,
    /// When it was promoted.
    pub promoted_at: DateTime<Utc>,
    /// What the gate found: how much more it earns, as a share of what the log did.
    #[serde(default)]
    pub gate: Option<Interval>,
    /// Position in [`SHARES`].
    pub step: usize,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What is known of a promoted policy beside the static one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Persons under the policy whose outcome is known.
    pub units: u64,
    /// Persons under the static policy.
    pub static_units: u64,
    /// Recovered amount, relative to the static policy.
    pub value: Option<Interval>,
    /// How much more often people complain, per person.
    pub harm: Option<Interval>,
}

/// What follows from what is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Move {
    /// Nothing yet.
    Stay,
    /// It decides for more people.
    Advance,
    /// It is taken out of use.
    Kill(Harmful),
}

/// Why a policy is taken out of use.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Harmful {
    /// It recovers less.
    #[error("recovers less than the static policy: upper bound {:.4}, {LOSS} allowed", .0.upper)]
    Loss(Interval),
    /// People complain more.
    #[error("does more harm than the static policy: lower bound {:.4}, {HARM_CAP} allowed", .0.lower)]
    Harm(Interval),
}

impl Ramp {
    /// Promoted just now.
    pub fn begin(line: &str, gate: Option<Interval>, now: DateTime<Utc>) -> Self {
        Self { line: line.to_owned(), promoted_at: now, gate, step: 0, since: now }
    }

    /// The share of the present step.
    pub fn share(&self) -> f64 {
        SHARES.get(self.step).copied().unwrap_or(SHARES[SHARES.len() - 1])
    }

    /// Names the comparison of the present step.
    pub fn comparison(&self) -> String {
        comparison(&self.line, self.step)
    }

    /// The comparisons so far, the first first.
    pub fn comparisons(&self) -> Vec<String> {
        (0..=self.step).map(|step| comparison(&self.line, step)).collect()
    }

    /// What follows. A policy that does harm ends at any time; more people come when the present step has lasted, as
    /// long as they put little at risk and people do not seem to complain more.
    pub fn follows(&self, seen: &Seen, now: DateTime<Utc>) -> Move {
        if let Some(value) = seen.value.filter(|value| is_shown_to_lose(*value)) {
            return Move::Kill(Harmful::Loss(value));
        }
        if let Some(harm) = seen.harm.filter(|harm| harm.lower > HARM_CAP) {
            return Move::Kill(Harmful::Harm(harm));
        }
        // By dates: one night begins a little sooner than another, and the clock changes twice a year.
        let lasted = (berlin_date(now) - berlin_date(self.since)).num_days() >= STEP_DAYS.into();
        let annoys = seen.harm.is_some_and(|harm| harm.middle() > HARM_CAP);
        let next = SHARES.get(self.step + 1);
        let goes_on = next.is_some_and(|share| may_go_on(*share, seen.value, self.gate));
        if lasted && goes_on && !annoys { Move::Advance } else { Move::Stay }
    }

    /// The next step.
    #[must_use]
    pub fn advanced(&self, now: DateTime<Utc>) -> Self {
        Self { step: self.step + 1, since: now, ..self.clone() }
    }
}

fn comparison(line: &str, step: usize) -> String {
    format!("ramp_{line}_{step}")
}

#[cfg(test)]
mod tests;
