//! How a promoted policy comes to decide for ever more people, and when it must not.
//!
//! At each step the persons below its share get the policy and the others the static one; both are watched
//! from their first decision of the step on. Steps are compared each for itself, since the split is another in
//! each, and weighed together, with what ties them: their people.

mod evidence;

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_statistics::Interval;
use serde::{Deserialize, Serialize};

pub use evidence::{Evidence, POLICY, STATIC};

/// Share of persons that a promoted policy decides for, step by step.
pub const STEPS: [f64; 4] = [0.05, 0.2, 0.5, 0.9];

/// Until a person's outcome counts.
pub const HORIZON: TimeDelta = TimeDelta::days(28);
/// The least time of a step: outcomes come about in 28 days, and more than one day's persons must have come in.
const LEAST: TimeDelta = TimeDelta::days(35);
/// Persons of either side whose outcome of the present step must be known before the next one.
const LEAST_PERSONS: u64 = 100;
/// What the policy may lose against the static one, as a part of what that recovers.
const LOSS: f64 = -0.02;
/// How much more often people may complain under the policy, per person.
pub const HARM_CAP: f64 = 0.002;

/// Where a promoted policy stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ramp {
    /// The version that was promoted; those that are learned from then on follow it.
    pub line: String,
    /// When it was promoted.
    pub promoted_at: DateTime<Utc>,
    /// Position in [`STEPS`].
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
    /// Persons of the smaller side in the present step.
    pub step_units: u64,
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
    pub fn begin(line: &str, now: DateTime<Utc>) -> Self {
        Self { line: line.to_owned(), promoted_at: now, step: 0, since: now }
    }

    /// The share of the present step.
    pub fn share(&self) -> f64 {
        STEPS.get(self.step).copied().unwrap_or(STEPS[STEPS.len() - 1])
    }

    /// Names the comparison of the present step.
    pub fn comparison(&self) -> String {
        comparison(&self.line, self.step)
    }

    /// The comparisons so far, the first first.
    pub fn comparisons(&self) -> Vec<String> {
        (0..=self.step).map(|step| comparison(&self.line, step)).collect()
    }

    /// What follows. A policy that does harm ends at any time; more people come only when the present step has
    /// lasted and is known not to lose.
    pub fn follows(&self, seen: &Seen, now: DateTime<Utc>) -> Move {
        if let Some(value) = seen.value.filter(|value| value.upper < LOSS) {
            return Move::Kill(Harmful::Loss(value));
        }
        if let Some(harm) = seen.harm.filter(|harm| harm.lower > HARM_CAP) {
            return Move::Kill(Harmful::Harm(harm));
        }
        let lasted = now - self.since >= LEAST && seen.step_units >= LEAST_PERSONS;
        let loses_nothing = seen.value.is_some_and(|value| value.lower > LOSS);
        let last = self.step + 1 >= STEPS.len();
        if lasted && loses_nothing && !last { Move::Advance } else { Move::Stay }
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
