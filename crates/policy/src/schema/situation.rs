//! The features of one person at one moment, and of one decision made then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, Schema};

/// A membership below this share is left out: it costs time and tells nothing.
const LEAST_MEMBERSHIP: f64 = 0.03;

/// Why features cannot be computed, or a decision not be valued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SituationError {
    /// A number that is infinite or none.
    #[error("`{0}` must be a finite number")]
    NotFinite(String),
    /// A number outside its range.
    #[error("`{0}` is out of range")]
    OutOfRange(String),
    /// Memberships in personas that come to more than 1.
    #[error("the memberships in personas come to more than 1")]
    TooManyMemberships,
}

/// Person and context as one block of features: which of its weights count, and how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Situation {
    pub(crate) terms: Vec<(usize, f64)>,
}

impl Schema {
    /// Turns memberships in personas (each 0..=1, together at most 1) and context into features. A persona
    /// that the schema does not know counts as the population.
    pub fn situation(
        &self,
        memberships: &BTreeMap<String, f64>,
        context: &Context,
    ) -> Result<Situation, SituationError> {
        check_memberships(memberships)?;
        let mut terms = vec![(0, 1.0)];
        for (position, persona) in self.personas.iter().enumerate() {
            let share = memberships.get(persona).copied().unwrap_or(0.0);
            if share >= LEAST_MEMBERSHIP {
                terms.push((1 + position, share));
            }
        }
        for (signal, bucket) in context.buckets(&self.edges)?.into_iter().enumerate() {
            terms.push((1 + self.personas.len() + 3 * signal + bucket, 1.0));
        }
        Ok(Situation { terms })
    }

    /// The features of a decision by the names of its levels; none for silence. Levels that the schema
    /// does not know have none.
    pub fn features<'a>(
        &self,
        situation: &Situation,
        levels: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Features {
        let mut levels = levels.into_iter().peekable();
        let mut terms = situation.terms.clone();
        if levels.peek().is_some() {
            let block = self.contact_block();
            terms.extend(situation.terms.iter().map(|(slot, weight)| (block + slot, *weight)));
        }
        let positions = self.positions(levels);
        for (factor, level) in &positions {
            let block = self.level_block(*factor, *level);
            terms.extend(situation.terms.iter().map(|(slot, weight)| (block + slot, *weight)));
        }
        for (pair, (low, high)) in self.pairs.iter().enumerate() {
            if let (Some(first), Some(second)) = (positions.get(low), positions.get(high)) {
                terms.push((self.pair_start(pair) + first * self.levels_of(*high) + second, 1.0));
            }
        }
        Features { terms }
    }
}

fn check_memberships(memberships: &BTreeMap<String, f64>) -> Result<(), SituationError> {
    for (persona, share) in memberships {
        if !share.is_finite() {
            return Err(SituationError::NotFinite(persona.clone()));
        }
        if !(0.0..=1.0).contains(share) {
            return Err(SituationError::OutOfRange(persona.clone()));
        }
    }
    let total: f64 = memberships.values().sum();
    if total > 1.0 + 1e-6 { Err(SituationError::TooManyMemberships) } else { Ok(()) }
}

/// The features of one decision that are not 0: position, ascending, and value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    pub(crate) terms: Vec<(usize, f64)>,
}

impl Features {
    /// The sum of a vector's entries at the features, each times its value.
    pub(crate) fn dot(&self, weights: &[f64]) -> f64 {
        self.terms.iter().map(|(feature, value)| weights[*feature] * value).sum()
    }

    /// Positions, ascending, and values.
    pub fn terms(&self) -> &[(usize, f64)] {
        &self.terms
    }
}
