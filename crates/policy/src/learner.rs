//! What is learned from every outcome, and how it becomes a policy.

mod file;
mod refresh;

use std::collections::BTreeMap;

use crate::delay::DelayCurve;
use crate::objective::Objective;
use crate::posterior::{Posterior, Receipt};
use crate::schema::{Features, Group, Schema, SituationError};
use crate::space::LevelName;

pub use refresh::{Dials, RefreshError};

/// The state of learning: one posterior per objective, additive over decisions. Outcomes come in a fixed
/// order (by decision id), so that a state rebuilt from the log is the same to the last bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Learner {
    pub(crate) schema: Schema,
    pub(crate) subjects: BTreeMap<Objective, Subject>,
    /// How soon those who pay pay, per channel.
    pub delay: DelayCurve,
}

/// One objective: what is believed beforehand, and what was learned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subject {
    /// The expected size of the weights of each group; re-estimated at each refresh.
    pub tau: BTreeMap<Group, f64>,
    /// The mean of each weight before anything is learned.
    pub expected: Vec<f64>,
    pub posterior: Posterior,
}

/// The prior mean of the contact's effect on payment, in logits: in published trials a reminder beats
/// none, whatever it says.
const CONTACT_HELPS: f64 = 0.3;

impl Subject {
    pub fn new(schema: &Schema, objective: Objective) -> Self {
        let groups = schema.groups();
        let mut expected = vec![0.0; groups.len()];
        if objective == Objective::Paid {
            expected[schema.contact_block()] = CONTACT_HELPS;
        }
        let tau = groups.into_iter().map(|group| (group, schema.tau(group))).collect();
        Self { tau, posterior: Posterior::new(expected.clone()), expected }
    }
}

impl Learner {
    /// Nothing learned yet; sceptical about every difference between levels.
    pub fn new(schema: Schema) -> Self {
        let paid = Subject::new(&schema, Objective::Paid);
        Self { schema, subjects: [(Objective::Paid, paid)].into(), delay: DelayCurve::default() }
    }

    /// The same beliefs with nothing learned yet. Outcomes that are learned anew are linearised around what was
    /// found: the next step of Newton's method.
    #[must_use]
    pub fn emptied(&self) -> Self {
        let mut emptied = self.clone();
        for subject in emptied.subjects.values_mut() {
            subject.posterior = Posterior::new(subject.posterior.mean.clone());
        }
        emptied.delay = DelayCurve::default();
        emptied
    }

    /// The features it learns over.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Learns one outcome (0..=1) of a decision with a weight (0..=1). `base_rate` is the frozen
    /// probability of the outcome for this person, before the action. The receipt takes it back.
    pub fn learn(
        &mut self,
        objective: Objective,
        features: &Features,
        base_rate: f64,
        outcome: f64,
        weight: f64,
    ) -> Result<Receipt, SituationError> {
        for (name, value) in [("base rate", base_rate), ("outcome", outcome), ("weight", weight)] {
            if !value.is_finite() {
                return Err(SituationError::NotFinite(name.to_owned()));
            }
            if !(0.0..=1.0).contains(&value) {
                return Err(SituationError::OutOfRange(name.to_owned()));
            }
        }
        let offset = crate::arithmetic::logit(base_rate);
        Ok(self.posterior(objective).learn(features, offset, outcome, weight))
    }

    /// Takes back exactly what an outcome added: a correction, an erasure, a returned payment.
    pub fn remove(&mut self, objective: Objective, features: &Features, receipt: Receipt) {
        let negative = Receipt { s1: -receipt.s1, s2: -receipt.s2 };
        self.posterior(objective).add(features, negative);
    }

    fn posterior(&mut self, objective: Objective) -> &mut Posterior {
        let schema = &self.schema;
        let new = || Subject::new(schema, objective);
        &mut self.subjects.entry(objective).or_insert_with(new).posterior
    }

    /// Adds what another learner of the same features learned, faded: a shard (`share` 1), or last
    /// month's (`share` below 1).
    pub fn merge(&mut self, other: &Self, share: f64) -> Result<(), OtherFeatures> {
        if self.schema != other.schema {
            return Err(OtherFeatures);
        }
        for (objective, subject) in &other.subjects {
            self.posterior(*objective).merge(&subject.posterior, share);
        }
        self.delay.merge(&other.delay, share);
        Ok(())
    }

    /// The same knowledge over a wider schema, which holds every feature of this one.
    pub fn widened(&self, schema: Schema) -> Result<Self, OtherFeatures> {
        let names = schema.feature_names();
        let at: BTreeMap<&String, usize> = names.iter().zip(0..).collect();
        let place = self.schema.feature_names();
        let place: Option<Vec<usize>> = place.iter().map(|name| at.get(name).copied()).collect();
        let place = place.ok_or(OtherFeatures)?;
        let mut subjects = BTreeMap::new();
        for (objective, subject) in &self.subjects {
            let mut wider = Subject::new(&schema, *objective);
            for (feature, place) in place.iter().enumerate() {
                wider.expected[*place] = subject.expected[feature];
            }
            // Groups are by position, and positions of what was known do not move.
            wider.tau.extend(subject.tau.iter().map(|(group, tau)| (*group, *tau)));
            wider.posterior = subject.posterior.spread(&place, wider.expected.clone());
            subjects.insert(*objective, wider);
        }
        Ok(Self { schema, subjects, delay: self.delay.clone() })
    }

    /// A warm start: the levels that a plain policy uses are expected to be better than others by
    /// `strength` times the size expected of their factor's effects. At 1 a fresh policy only leans to them;
    /// at 2 it takes each in more than three of four draws, until evidence says otherwise.
    pub fn prefer<'a>(&mut self, levels: impl IntoIterator<Item = &'a LevelName>, strength: f64) {
        for name in levels {
            self.expect(name, 0, strength);
        }
    }

    /// A warm start for one persona: what experience with its like suggests, in the same measure. A persona
    /// that the schema does not know changes nothing.
    pub fn prefer_for(&mut self, persona: &str, name: &LevelName, strength: f64) {
        if let Some(place) = self.schema.personas.iter().position(|known| known == persona) {
            self.expect(name, 1 + place, strength);
        }
    }

    /// Moves what is expected of a level, in one slot of its block.
    fn expect(&mut self, name: &LevelName, slot: usize, strength: f64) {
        let place = self.schema.position(&name.factor, &name.level);
        let subject = self.subjects.get_mut(&Objective::Paid);
        if let (Some((factor, level)), Some(subject)) = (place, subject) {
            let feature = self.schema.level_block(factor, level) + slot;
            let logits = strength * self.schema.factors[factor].tau;
            subject.expected[feature] += logits;
            subject.posterior.mean[feature] += logits;
        }
    }
}

/// Two states of different features cannot be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the features differ")]
pub struct OtherFeatures;

#[cfg(test)]
mod tests;
