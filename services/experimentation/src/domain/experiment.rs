//! A randomised experiment: its definition, its life, and who gets which arm.
//!
//! The unit is the person: nobody with several claims sees two arms.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::DEFAULT_POLICY;
use super::bucket::{BucketRange, bucket_ranges, choose_variation, in_namespace};
use super::effect::Effect;
use super::hash::{HashVersion, hash_to_unit};
use super::holdout::held_out;
use super::measure::Measure;
use super::targeting::Condition;

/// One variant and its share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Name, unique within the experiment.
    pub key: String,
    /// Share of the covered people, 0..=1; the shares sum to 1.
    pub weight: f64,
    /// What it does to decisions about its people.
    #[serde(default)]
    pub effect: Effect,
}

/// A slice of a namespace: experiments of one namespace with disjoint slices never share a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamespaceSlice {
    /// The namespace.
    pub name: String,
    /// Inclusive start, 0..1.
    pub start: f64,
    /// Exclusive end, above the start, at most 1.
    pub end: f64,
}

impl NamespaceSlice {
    fn range(&self) -> BucketRange {
        BucketRange { start: self.start, end: self.end }
    }

    /// Whether somebody could be in both slices.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.name == other.name && self.range().overlaps(other.range())
    }

    /// What begins with `__` is the house's own: the hold-out.
    fn flaw(&self) -> Option<Flaw> {
        if self.name.is_empty() || self.name.starts_with("__") {
            return flaw("namespace", "needs a name that does not begin with __");
        }
        let sound = 0.0 <= self.start && self.start < self.end && self.end <= 1.0;
        if sound { None } else { flaw("namespace_start", "0 <= start < end <= 1") }
    }
}

/// A measure that must not get worse, and by how much at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The measure.
    pub measure: Measure,
    /// The most that it may get worse, absolute, not below 0.
    pub margin: f64,
}

/// What the primary measure is without treatment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its mean per person.
    pub mean: f64,
    /// Its standard deviation; `None` for a share, whose deviation follows from its mean.
    pub deviation: Option<f64>,
}

/// What an experiment is about; fixed once it runs, but for coverage and weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Tracking key, unique within the tenant; the seed of the hash.
    pub key: String,
    /// What is expected, in a sentence.
    pub hypothesis: String,
    /// What decides.
    pub primary_metric: Measure,
    /// What must not get worse; those of the contract's plain list have the margin 0.
    pub guardrails: Vec<Bound>,
    /// At least two; the first is the control.
    pub arms: Vec<Arm>,
    /// Share of each arm that takes part, 0..=1.
    pub coverage: f64,
    /// The slice of people, if the experiment shares them with others.
    pub namespace: Option<NamespaceSlice>,
    /// Who takes part; every condition holds.
    pub targeting: Vec<Condition>,
    /// Days in which a person's outcome comes about, 1..=365.
    pub maturity_days: u32,
    /// Needed to start.
    pub baseline: Option<Baseline>,
    /// Persons who are expected over the whole time; needed to start.
    pub planned_units: u64,
    /// The weights that were changed, the oldest first.
    pub earlier_weights: Vec<Vec<f64>>,
    /// Which decisions its arms steer.
    #[serde(default = "usual_policy")]
    pub policy_key: String,
}

/// Of experiments from before arms did anything.
fn usual_policy() -> String {
    DEFAULT_POLICY.to_owned()
}

/// Where an experiment stands. Stopped is final: what was seen after a restart would not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being prepared; assigns nobody.
    Draft,
    /// Assigns.
    Running,
    /// Assigns nobody any more.
    Stopped,
}

/// Why a person takes no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// Takes part in nothing, for ever.
    Holdout,
    /// The experiment does not run.
    NotRunning,
    /// Belongs to another slice of the namespace.
    Namespace,
    /// A condition does not hold, or the person is protected.
    Targeting,
    /// Outside the share that is taken in.
    Coverage,
}

impl Exclusion {
    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holdout => "holdout",
            Self::NotRunning => "not_running",
            Self::Namespace => "namespace",
            Self::Targeting => "targeting",
            Self::Coverage => "coverage",
        }
    }
}

/// A field of the design and what is wrong with it.
pub type Flaw = (String, &'static str);

#[expect(clippy::unnecessary_wraps, reason = "flaws are collected from options")]
fn flaw(field: &str, description: &'static str) -> Option<Flaw> {
    Some((field.to_owned(), description))
}

impl Design {
    /// Every flaw, not only the first.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut keys: Vec<&str> = self.arms.iter().map(|arm| arm.key.as_str()).collect();
        keys.sort_unstable();
        let named = keys.iter().all(|key| !key.is_empty())
            && keys.windows(2).all(|pair| pair[0] != pair[1]);
        let of_plain = [
            (!self.key.is_empty(), ("key", "must not be empty")),
            (!self.hypothesis.is_empty(), ("hypothesis", "must not be empty")),
            (self.arms.len() >= 2, ("arms", "at least two are needed")),
            (named, ("arms.key", "every arm needs a name of its own")),
            (
                weights_add_up(&self.weights()),
                ("arms.weight", "weights are not negative and sum to 1"),
            ),
            ((0.0..=1.0).contains(&self.coverage), ("coverage", "lies between 0 and 1")),
            ((1..=365).contains(&self.maturity_days), ("maturity_days", "lies between 1 and 365")),
        ];
        let flawed = of_plain.into_iter().filter(|(sound, _)| !sound);
        let plain = flawed.map(|(_, (field, text))| (field.to_owned(), text));
        let of_slice = self.namespace.as_ref().and_then(NamespaceSlice::flaw);
        let of_conditions = self.targeting.iter().enumerate().filter_map(|(place, condition)| {
            condition.flaw().map(|(field, text)| (format!("targeting[{place}].{field}"), text))
        });
        let of_bounds = self.guardrails.iter().enumerate().filter_map(|(place, bound)| {
            let sound = bound.margin >= 0.0 && bound.margin.is_finite();
            let text = "must be a number above 0";
            (!sound).then(|| (format!("guardrails[{place}].margin"), text))
        });
        plain
            .chain(of_slice)
            .chain(of_conditions)
            .chain(of_bounds)
            .chain(self.plan_flaw())
            .chain(self.flaws_of_arms())
            .collect()
    }

    /// The arms by name, the control first.
    pub fn arm_keys(&self) -> Vec<String> {
        self.arms.iter().map(|arm| arm.key.clone()).collect()
    }

    /// The share of each arm.
    pub fn weights(&self) -> Vec<f64> {
        self.arms.iter().map(|arm| arm.weight).collect()
    }

    /// 1, and one more for each time the weights were changed.
    pub fn bucket_version(&self) -> i64 {
        i64::try_from(self.earlier_weights.len()).unwrap_or(i64::MAX - 1) + 1
    }

    /// The shares under a version.
    pub fn weights_of(&self, bucket_version: i64) -> Vec<f64> {
        let place = usize::try_from(bucket_version - 1).unwrap_or(usize::MAX);
        self.earlier_weights.get(place).cloned().unwrap_or_else(|| self.weights())
    }

    /// How long a person's outcome takes.
    pub fn horizon(&self) -> TimeDelta {
        TimeDelta::days(self.maturity_days.into())
    }

    /// The person's place in [0, 1). The seed is the key, as `GrowthBook` has it; once weights were changed
    /// it is another one: whoever comes later is split anew, and so exactly by the new weights, although
    /// those who came before keep their arm.
    pub fn bucket(&self, person: &str) -> f64 {
        match self.bucket_version() {
            1 => self.first_bucket(person),
            // No key holds a colon.
            version => hash_to_unit(HashVersion::V2, &format!("{}:{version}", self.key), person),
        }
    }

    fn first_bucket(&self, person: &str) -> f64 {
        hash_to_unit(HashVersion::V2, &self.key, person)
    }

    /// Whether the person may take part, the hold-out before everything else. On a protected person nothing
    /// is tried, whatever the conditions say (Art. 5 Abs. 1 lit. b Regulation (EU) 2024/1689).
    pub fn admits(
        &self,
        state: State,
        person: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), Exclusion> {
        let in_slice = |slice: &NamespaceSlice| in_namespace(person, &slice.name, slice.range());
        if held_out(person) {
            Err(Exclusion::Holdout)
        } else if state != State::Running {
            Err(Exclusion::NotRunning)
        } else if !self.namespace.as_ref().is_none_or(in_slice) {
            Err(Exclusion::Namespace)
        } else if is_protected(attributes)
            || !self.targeting.iter().all(|condition| condition.holds(attributes))
        {
            Err(Exclusion::Targeting)
        } else {
            Ok(())
        }
    }

    /// The arm of a person who has none yet; `None` outside the coverage. Whom the coverage leaves out is said by
    /// the first place under the first weights, whatever became of them: else every change of weights would draw
    /// anew who takes part.
    pub fn arm_of(&self, person: &str) -> Option<usize> {
        let arm = |place, coverage, weights: &[f64]| {
            choose_variation(place, &bucket_ranges(self.arms.len(), coverage, Some(weights)))
        };
        let first = arm(self.first_bucket(person), self.coverage, &self.weights_of(1))?;
        match self.bucket_version() {
            1 => Some(first),
            _ => arm(self.bucket(person), 1.0, &self.weights()),
        }
    }

    /// The place of an arm among the arms.
    pub fn arm_named(&self, key: &str) -> Option<usize> {
        self.arms.iter().position(|arm| arm.key == key)
    }
}

/// Whether no weight is negative and all add up to 1, but for the rounding of each to six decimals. `GrowthBook` lets
/// weights miss 1 by a hundredth; but the split is checked against what they promise, and one of 95 to 6 is really
/// one of 95 to 5.
pub fn weights_add_up(weights: &[f64]) -> bool {
    let total: f64 = weights.iter().sum();
    let rounding: f64 = weights.iter().map(|_| 0.6e-6).sum();
    weights.iter().all(|weight| *weight >= 0.0) && (total - 1.0).abs() <= rounding
}

/// Where it is said at all, everything but a clear no means that the person is.
fn is_protected(attributes: &BTreeMap<String, String>) -> bool {
    attributes.get("protected").is_some_and(|known| known != "false" && known != "0")
}

mod steering;

#[cfg(test)]
pub(super) mod tests;
