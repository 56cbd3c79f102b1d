//! One decision: an action or silence, with the exact probability of what was chosen.

use std::collections::BTreeMap;

use super::elimination::{Elimination, Reduce, marginals, weight_of};
use super::policy::Policy;
use super::random::{DecisionStream, decision_seed};
use super::space::{MaskedSpace, SpaceError};

/// What is to be decided.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The caller's id of the decision; seeds the draw.
    pub decision_id: &'a str,
    /// The actions and what must not be chosen.
    pub space: &'a MaskedSpace,
    /// Membership in segments, each 0..=1, together at most 1.
    pub segments: &'a BTreeMap<String, f64>,
    /// A vulnerable or protected person: nothing is tried out on them.
    pub protected: bool,
}

/// Which part of the policy spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The learned weights.
    Learned,
    /// The slice drawn evenly from everything permitted.
    Explored,
    /// The best action without any draw, for protected people.
    Safest,
    /// Silence, drawn with its own probability.
    Silence,
    /// Silence, because the mask left nothing else.
    NothingPermitted,
}

impl Origin {
    /// As it stands in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Explored => "explored",
            Self::Safest => "safest",
            Self::Silence => "silence",
            Self::NothingPermitted => "nothing_permitted",
        }
    }
}

/// The probabilities with which the policy acts for this question.
#[derive(Debug, Clone, PartialEq)]
pub struct Propensities {
    /// Of exactly what was chosen, silence included.
    pub joint: f64,
    /// Per factor, of the chosen level; empty for silence.
    pub marginals: Vec<f64>,
    /// Of silence.
    pub null: f64,
}

/// What the policy answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// One level position per factor; `None` is "say nothing now".
    pub action: Option<Vec<usize>>,
    /// Which part of the policy spoke.
    pub origin: Origin,
    /// How likely it was.
    pub propensities: Propensities,
}

impl Verdict {
    /// Silence because no action is permitted.
    pub fn nothing_permitted() -> Self {
        silence(Origin::NothingPermitted, 1.0)
    }
}

/// The policy's distribution over one question's space, ready to be drawn from.
pub struct Distribution<'a> {
    space: &'a MaskedSpace,
    learned: Vec<Vec<f64>>,
    uniform: Vec<Vec<f64>>,
    learned_sum: Elimination,
    uniform_sum: Elimination,
    epsilon: f64,
    null_share: f64,
}

/// Decides. The same policy version and question give the same answer to the last bit.
pub fn decide(
    policy: &Policy,
    version: &str,
    question: &Question<'_>,
) -> Result<Verdict, SpaceError> {
    if question.protected {
        return safest(policy, question);
    }
    let distribution = Distribution::new(policy, question)?;
    if !distribution.has_candidates() {
        return Ok(silence(Origin::NothingPermitted, 1.0));
    }
    let mut stream = DecisionStream::new(decision_seed(version, question.decision_id));
    distribution.draw(&mut stream)
}

impl<'a> Distribution<'a> {
    /// Prepares both parts of the mixture.
    pub fn new(policy: &Policy, question: &Question<'a>) -> Result<Self, SpaceError> {
        let space = question.space;
        let learned = policy.weights(space, &policy.means(space, question.segments));
        let uniform = space.uniform_weights();
        Ok(Self {
            learned_sum: Elimination::new(space, &learned, Reduce::Sum)?,
            uniform_sum: Elimination::new(space, &uniform, Reduce::Sum)?,
            space,
            learned,
            uniform,
            epsilon: policy.settings.epsilon,
            null_share: policy.settings.null_share,
        })
    }

    /// Whether the mask leaves any action besides silence.
    pub fn has_candidates(&self) -> bool {
        self.uniform_sum.total > 0.0
    }

    /// The probability of silence.
    pub fn null_propensity(&self) -> f64 {
        if self.has_candidates() { self.null_share } else { 1.0 }
    }

    /// The probability of exactly this action; 0 for one that the mask forbids.
    pub fn joint_propensity(&self, action: &[usize]) -> f64 {
        if !self.has_candidates() {
            return 0.0;
        }
        let learned = weight_of(self.space, &self.learned, action) / self.learned_sum.total;
        let uniform = weight_of(self.space, &self.uniform, action) / self.uniform_sum.total;
        self.mix(learned, uniform)
    }

    fn mix(&self, learned: f64, uniform: f64) -> f64 {
        (1.0 - self.null_share) * ((1.0 - self.epsilon) * learned + self.epsilon * uniform)
    }

    fn draw(&self, stream: &mut DecisionStream) -> Result<Verdict, SpaceError> {
        if stream.unit() < self.null_share {
            return Ok(silence(Origin::Silence, self.null_share));
        }
        let (origin, source) = if stream.unit() < self.epsilon {
            (Origin::Explored, &self.uniform_sum)
        } else {
            (Origin::Learned, &self.learned_sum)
        };
        let Some(action) = source.trace(|weights| stream.position(weights)) else {
            return Ok(silence(Origin::NothingPermitted, 1.0));
        };
        let propensities = self.propensities(&action)?;
        Ok(Verdict { action: Some(action), origin, propensities })
    }

    fn propensities(&self, action: &[usize]) -> Result<Propensities, SpaceError> {
        let learned = marginals(self.space, &self.learned, self.learned_sum.total, action)?;
        let uniform = marginals(self.space, &self.uniform, self.uniform_sum.total, action)?;
        let mixed = learned.iter().zip(&uniform).map(|(l, u)| self.mix(*l, *u)).collect();
        Ok(Propensities {
            joint: self.joint_propensity(action),
            marginals: mixed,
            null: self.null_share,
        })
    }
}

/// The permitted action of highest expected reward, for certain: Regulation (EU) 2024/1689 Art. 5(1)(b)
/// leaves no room for trying out on people whose situation makes them vulnerable.
fn safest(policy: &Policy, question: &Question<'_>) -> Result<Verdict, SpaceError> {
    let space = question.space;
    let mut means = policy.means(space, question.segments);
    for (means, allowed) in means.iter_mut().zip(&space.allowed) {
        for (mean, _) in means.iter_mut().zip(allowed).filter(|(_, allowed)| !**allowed) {
            *mean = 0.0;
        }
    }
    let best = Elimination::new(space, &means, Reduce::Max)?;
    let Some(action) = best.trace(position_of_largest) else {
        return Ok(silence(Origin::NothingPermitted, 1.0));
    };
    let marginals = vec![1.0; action.len()];
    let propensities = Propensities { joint: 1.0, marginals, null: 0.0 };
    Ok(Verdict { action: Some(action), origin: Origin::Safest, propensities })
}

fn position_of_largest(weights: &[f64]) -> usize {
    let larger = |best: usize, next: usize| if weights[next] > weights[best] { next } else { best };
    (0..weights.len()).reduce(larger).unwrap_or(0)
}

fn silence(origin: Origin, propensity: f64) -> Verdict {
    let propensities = Propensities { joint: propensity, marginals: Vec::new(), null: propensity };
    Verdict { action: None, origin, propensities }
}

#[cfg(test)]
mod tests;
