//! A small world with a known truth: three factors of three levels, two kinds of people.

use super::{FactorProbability, LoggedAction, Predicted};
use crate::random::DecisionStream;

/// How likely the log's policy chooses each level of each factor.
const LOGGED: [[f64; 3]; 3] = [[0.4, 0.3, 0.3], [0.3, 0.4, 0.3], [0.3, 0.3, 0.4]];

/// A policy to be evaluated: mostly the level that is best, or worst, for the kind of person.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Good,
    Bad,
}

/// What each level adds to the probability of a reward, for each kind of person.
pub(super) struct World([[[f64; 3]; 3]; 2]);

impl World {
    /// Rewards add up over factors.
    pub(super) const fn additive() -> Self {
        Self([
            [[0.00, 0.10, 0.05], [0.08, 0.00, 0.02], [0.00, 0.03, 0.10]],
            [[0.12, 0.00, 0.05], [0.00, 0.10, 0.05], [0.08, 0.00, 0.03]],
        ])
    }

    fn chance(&self, person: usize, levels: [usize; 3]) -> f64 {
        let added = (0..3).map(|factor| self.0[person][factor][levels[factor]]);
        0.1 + added.sum::<f64>()
    }

    fn probability(&self, target: Target, person: usize, factor: usize, level: usize) -> f64 {
        let effects = &self.0[person][factor];
        let rank = effects.iter().filter(|other| **other > effects[level]).count();
        match (target, rank) {
            (Target::Good, 0) | (Target::Bad, 2) => 0.8,
            _ => 0.1,
        }
    }

    /// The target's value, by adding up over everything that can happen.
    pub(super) fn truth(&self, target: Target) -> f64 {
        (0..2)
            .map(|person| {
                0.5 * self.expected(person, |factor, level| {
                    self.probability(target, person, factor, level)
                })
            })
            .sum()
    }

    fn expected(&self, person: usize, probability: impl Fn(usize, usize) -> f64) -> f64 {
        let mean = |factor: usize| -> f64 {
            (0..3).map(|level| probability(factor, level) * self.0[person][factor][level]).sum()
        };
        0.1 + (0..3).map(mean).sum::<f64>()
    }

    /// Decisions of the log's policy, and what a model that sees only half of every effect expects.
    pub(super) fn log(&self, seed: u64, decisions: usize, target: Target) -> Vec<LoggedAction> {
        let mut stream = DecisionStream::new(seed.wrapping_mul(0x9E37_79B9) + 17);
        (0..decisions).map(|_| self.decision(&mut stream, target)).collect()
    }

    fn decision(&self, stream: &mut DecisionStream, target: Target) -> LoggedAction {
        let person = usize::from(stream.unit() < 0.5);
        let levels = [0, 1, 2].map(|factor: usize| draw(stream, LOGGED[factor]));
        let reward = f64::from(u8::from(stream.unit() < self.chance(person, levels)));
        let chosen = |factor: usize| FactorProbability {
            level: levels[factor],
            logged: LOGGED[factor][levels[factor]],
            target: self.probability(target, person, factor, levels[factor]),
        };
        let factors: Vec<_> = (0..3).map(chosen).collect();
        let expected =
            self.expected(person, |factor, level| self.probability(target, person, factor, level));
        LoggedAction {
            reward,
            propensity: factors.iter().map(|level| level.logged).product(),
            target: factors.iter().map(|level| level.target).product(),
            factors,
            predicted: Some(Predicted {
                action: 0.1 + 0.5 * (self.chance(person, levels) - 0.1),
                target: 0.1 + 0.5 * (expected - 0.1),
            }),
        }
    }
}

fn draw(stream: &mut DecisionStream, weights: [f64; 3]) -> usize {
    let place = stream.unit();
    if place < weights[0] { 0 } else { 1 + usize::from(place >= weights[0] + weights[1]) }
}
