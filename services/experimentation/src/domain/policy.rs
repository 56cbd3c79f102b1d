//! A policy version: a value that turns outcome counts into a weight per level, with no I/O.
//!
//! Inverse-gap weighting per factor: the level with the best posterior mean gets what the others
//! leave, and another level gets less the further it trails and the more has been seen. Only the
//! four basic operations and square roots are used, which IEEE 754 fixes to the last bit, so a
//! logged decision can be replayed on any machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::space::MaskedSpace;

/// What has been seen of one level: decisions carried out, and the reward they earned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// Contacts made; fractional where membership in a segment is.
    pub trials: f64,
    /// Sum of rewards in 0..=`trials`.
    pub rewards: f64,
}

impl Count {
    fn add(&mut self, weight: f64, reward: f64) {
        self.trials += weight;
        self.rewards += weight * reward;
    }

    /// The mean reward, pulled to `expected` as if that had been seen `strength` times.
    fn mean(self, expected: f64, strength: f64) -> f64 {
        (self.rewards + strength * expected) / (self.trials + strength)
    }
}

/// Counts per factor and level.
type LevelCounts = BTreeMap<String, BTreeMap<String, Count>>;

/// Everything a policy version has learned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Over all contacts.
    pub total: Count,
    /// Per factor and level.
    pub levels: LevelCounts,
    /// Per segment (persona), factor and level, weighted by membership.
    pub segments: BTreeMap<String, LevelCounts>,
}

/// A contact that was made, as the policy learns from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The level chosen per factor.
    pub levels: BTreeMap<String, String>,
    /// Membership in segments, each 0..=1.
    pub segments: BTreeMap<String, f64>,
    /// What it earned, 0..=1.
    pub reward: f64,
}

impl Statistics {
    /// Adds one contact. The order of contacts decides the last bits: callers go by decision id.
    pub fn learn(&mut self, contact: &Contact) {
        self.total.add(1.0, contact.reward);
        for (factor, level) in &contact.levels {
            entry(&mut self.levels, factor, level).add(1.0, contact.reward);
            for (segment, weight) in &contact.segments {
                let counts = self.segments.entry(segment.clone()).or_default();
                entry(counts, factor, level).add(*weight, contact.reward);
            }
        }
    }
}

fn entry<'a>(counts: &'a mut LevelCounts, factor: &str, level: &str) -> &'a mut Count {
    counts.entry(factor.to_owned()).or_default().entry(level.to_owned()).or_default()
}

/// What a person or the policy gate sets; the rest is learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Share of decisions drawn evenly from everything the mask permits, for later evaluation.
    pub epsilon: f64,
    /// Share of decisions that say nothing now.
    pub null_share: f64,
    /// How fast trailing levels lose weight: multiplied by the root of the contacts seen.
    pub sharpness: f64,
    /// Contacts that the expectation of a level weighs before anything is seen of it.
    pub prior_strength: f64,
}

impl Default for Settings {
    /// The starting policy: 5 % even exploration, 5 % silence, and sceptical about differences.
    fn default() -> Self {
        Self { epsilon: 0.05, null_share: 0.05, sharpness: 8.0, prior_strength: 50.0 }
    }
}

/// One immutable version of a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The dials.
    pub settings: Settings,
    /// What was learned when the version was made.
    pub statistics: Statistics,
}

/// Expected reward before anything is seen: a contact in twenty is followed by money.
const BASE_REWARD: f64 = 0.05;
/// Contacts that expectation weighs.
const BASE_STRENGTH: f64 = 20.0;

impl Policy {
    /// The version's name: the first 16 hexadecimal digits of SHA-256 over its content.
    pub fn version(&self) -> Result<String, serde_json::Error> {
        let digest = Sha256::digest(serde_json::to_vec(self)?);
        Ok(data_encoding::HEXLOWER.encode(&digest[..8]))
    }

    /// Expected reward of a contact of which nothing is known.
    pub fn base_reward(&self) -> f64 {
        self.statistics.total.mean(BASE_REWARD, BASE_STRENGTH)
    }

    /// Expected reward of each level for a person with these segment memberships.
    pub fn means(&self, space: &MaskedSpace, segments: &BTreeMap<String, f64>) -> Vec<Vec<f64>> {
        let mean = |factor: &str, level: &str| self.mean(factor, level, segments);
        let of_factor = |factor: &super::space::Factor| {
            factor.levels.iter().map(|level| mean(&factor.name, level)).collect()
        };
        space.factors.iter().map(of_factor).collect()
    }

    fn mean(&self, factor: &str, level: &str, segments: &BTreeMap<String, f64>) -> f64 {
        let strength = self.settings.prior_strength;
        let overall =
            look_up(&self.statistics.levels, factor, level).mean(self.base_reward(), strength);
        let shift = |(segment, weight): (&String, &f64)| {
            let counts = self.statistics.segments.get(segment)?;
            Some(weight * (look_up(counts, factor, level).mean(overall, strength) - overall))
        };
        overall + segments.iter().filter_map(shift).sum::<f64>()
    }

    /// Inverse-gap weights per factor, 0 for levels that may not be chosen.
    pub fn weights(&self, space: &MaskedSpace, means: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let sharpness = self.settings.sharpness * (1.0 + self.statistics.total.trials).sqrt();
        let factors = means.iter().zip(&space.allowed);
        factors.map(|(means, allowed)| inverse_gap(means, allowed, sharpness)).collect()
    }
}

fn look_up(counts: &LevelCounts, factor: &str, level: &str) -> Count {
    counts.get(factor).and_then(|levels| levels.get(level)).copied().unwrap_or_default()
}

fn inverse_gap(means: &[f64], allowed: &[bool], sharpness: f64) -> Vec<f64> {
    let candidates = || allowed.iter().enumerate().filter(|(_, allowed)| **allowed).map(|(l, _)| l);
    let best =
        candidates().reduce(|best, level| if means[level] > means[best] { level } else { best });
    let mut weights = vec![0.0; means.len()];
    let Some(best) = best else { return weights };
    let count = f64::from(u32::try_from(candidates().count()).unwrap_or(u32::MAX));
    let mut left = 1.0;
    for level in candidates().filter(|level| *level != best) {
        weights[level] = 1.0 / (count + sharpness * (means[best] - means[level]));
        left -= weights[level];
    }
    weights[best] = left;
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_anything_is_seen_every_permitted_level_weighs_the_same() {
        let weights = inverse_gap(&[0.1, 0.1, 0.1], &[true, false, true], 8.0);
        assert_eq!(weights, [0.5, 0.0, 0.5]);
    }

    #[test]
    fn a_trailing_level_loses_weight_and_keeps_some() {
        let weights = inverse_gap(&[0.2, 0.1], &[true, true], 100.0);
        assert!(weights[0] > 0.9 && weights[1] > 0.0);
        assert!((weights[0] + weights[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_works_for_a_segment_shifts_only_that_segment() {
        let mut policy = Policy::default();
        for reward in [1.0, 0.0] {
            for _ in 0..100 {
                policy.statistics.learn(&Contact {
                    levels: [(
                        "tone".to_owned(),
                        if reward > 0.5 { "warm" } else { "plain" }.to_owned(),
                    )]
                    .into(),
                    segments: [("planner".to_owned(), 1.0)].into(),
                    reward,
                });
            }
        }
        let mean = |level: &str, segments| policy.mean("tone", level, &segments);
        let planner: BTreeMap<_, _> = [("planner".to_owned(), 1.0)].into();
        assert!(mean("warm", planner.clone()) > mean("warm", BTreeMap::new()));
        assert!(mean("plain", planner) < mean("plain", BTreeMap::new()));
    }

    #[test]
    fn another_content_is_another_version() {
        let mut policy = Policy::default();
        let before = policy.version().unwrap();
        assert_eq!(before, Policy::default().version().unwrap());
        policy.settings.epsilon = 0.1;
        assert_ne!(before, policy.version().unwrap());
    }
}
