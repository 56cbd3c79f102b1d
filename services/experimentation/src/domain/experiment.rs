//! A randomised experiment: its definition, its life, and who gets which arm.
//!
//! The unit is the person: nobody with several claims sees two arms.

use serde::{Deserialize, Serialize};

use super::bucket::{
    BucketRange, bucket_ranges, choose_variation, in_namespace, weights_are_sound,
};
use super::hash::{HashVersion, hash_to_unit};

/// One variant and its share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Name, unique within the experiment.
    pub key: String,
    /// Share of the covered people, 0..=1; the shares sum to 1.
    pub weight: f64,
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
}

/// What an experiment is about; fixed once it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Tracking key, unique within the tenant; the seed of the hash.
    pub key: String,
    /// What is expected, in a sentence.
    pub hypothesis: String,
    /// The metric that decides.
    pub primary_metric: String,
    /// Metrics that must not get worse.
    pub guardrail_metrics: Vec<String>,
    /// At least two; the first is the control.
    pub arms: Vec<Arm>,
    /// Share of each arm that takes part, 0..=1.
    pub coverage: f64,
    /// The slice of people, if the experiment shares them with others.
    pub namespace: Option<NamespaceSlice>,
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

/// A field of the design and what is wrong with it.
pub type Flaw = (&'static str, &'static str);

impl Design {
    /// Every flaw, not only the first.
    pub fn flaws(&self) -> Vec<Flaw> {
        let weights: Vec<f64> = self.arms.iter().map(|arm| arm.weight).collect();
        let mut keys: Vec<&str> = self.arms.iter().map(|arm| arm.key.as_str()).collect();
        keys.sort_unstable();
        let named = keys.iter().all(|key| !key.is_empty())
            && keys.windows(2).all(|pair| pair[0] != pair[1]);
        let slice_is_sound = self.namespace.as_ref().is_none_or(|slice| {
            !slice.name.is_empty()
                && 0.0 <= slice.start
                && slice.start < slice.end
                && slice.end <= 1.0
        });
        [
            (!self.key.is_empty(), ("key", "must not be empty")),
            (!self.hypothesis.is_empty(), ("hypothesis", "must not be empty")),
            (!self.primary_metric.is_empty(), ("primary_metric", "must not be empty")),
            (self.arms.len() >= 2, ("arms", "at least two are needed")),
            (named, ("arms.key", "every arm needs a name of its own")),
            (weights_are_sound(&weights), ("arms.weight", "weights are not negative and sum to 1")),
            ((0.0..=1.0).contains(&self.coverage), ("coverage", "lies between 0 and 1")),
            (slice_is_sound, ("namespace", "needs a name and 0 <= start < end <= 1")),
        ]
        .into_iter()
        .filter_map(|(sound, flaw)| (!sound).then_some(flaw))
        .collect()
    }

    /// The arm of a person; `None` outside the namespace slice or the coverage.
    pub fn assign(&self, person: &str) -> Option<usize> {
        let slice = self.namespace.as_ref();
        if slice.is_some_and(|slice| !in_namespace(person, &slice.name, slice.range())) {
            return None;
        }
        let weights: Vec<f64> = self.arms.iter().map(|arm| arm.weight).collect();
        let ranges = bucket_ranges(self.arms.len(), self.coverage, Some(&weights));
        choose_variation(hash_to_unit(HashVersion::V2, &self.key, person), &ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design() -> Design {
        let arm = |key: &str| Arm { key: key.to_owned(), weight: 0.5 };
        Design {
            key: "tone-2026q3".to_owned(),
            hypothesis: "a warm tone leads to more kept plans".to_owned(),
            primary_metric: "paid_within_60_days".to_owned(),
            guardrail_metrics: vec!["complaints".to_owned()],
            arms: vec![arm("plain"), arm("warm")],
            coverage: 1.0,
            namespace: None,
        }
    }

    #[test]
    fn a_person_keeps_the_arm_that_the_hash_gives() {
        assert_eq!(design().assign("debtor-000001"), Some(0));
        assert_eq!(design().assign("debtor-000002"), Some(1));
    }

    #[test]
    fn a_person_outside_the_namespace_slice_takes_no_part() {
        let slice = |start, end| NamespaceSlice { name: "ns-contact".to_owned(), start, end };
        let outside = Design { namespace: Some(slice(0.0, 0.4)), ..design() };
        assert_eq!(outside.assign("debtor-000001"), None);
        let inside = Design { namespace: Some(slice(0.4, 1.0)), ..design() };
        assert_eq!(inside.assign("debtor-000001"), Some(0));
        assert!(!slice(0.0, 0.4).overlaps(&slice(0.4, 1.0)));
        assert!(slice(0.0, 0.5).overlaps(&slice(0.4, 1.0)));
    }

    #[test]
    fn every_flaw_of_a_design_is_named_at_once() {
        assert!(design().flaws().is_empty());
        let mut flawed = Design { hypothesis: String::new(), coverage: f64::NAN, ..design() };
        flawed.arms[0].weight = 0.9;
        flawed.arms[1].key = "plain".to_owned();
        let fields: Vec<_> = flawed.flaws().into_iter().map(|flaw| flaw.0).collect();
        assert_eq!(fields, ["hypothesis", "arms.key", "arms.weight", "coverage"]);
    }
}
