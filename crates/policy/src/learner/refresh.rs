//! From what was learned to a policy: the posterior mean, and a bank of draws around it.

use std::collections::BTreeMap;

use super::{Learner, Subject};
use crate::cholesky::Lower;
use crate::objective::Objective;
use crate::policy::{Belief, DRAWS, LANES, Policy, Row, Settings};
use crate::random::{DecisionStream, seed};
use crate::schema::{Group, Schema};

/// How a refresh draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Dials {
    /// Seed of the draws: the number of the refresh.
    pub seed: u64,
    /// How far the draws scatter around the mean, against the posterior's own spread: 1 is Thompson
    /// sampling; less explores less.
    pub alpha: f64,
    /// What the new policy starts with.
    pub settings: Settings,
}

impl Default for Dials {
    fn default() -> Self {
        Self { seed: 0, alpha: 0.3, settings: Settings::default() }
    }
}

/// Why no policy could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The information matrix is not positive definite, even with jitter: more was removed than learned.
    #[error("what was learned of `{}` is not consistent", .0.name())]
    NotPositiveDefinite(Objective),
}

/// Added to the diagonal, relative to the prior, when the first attempt to factorise fails.
const JITTER: f64 = 1e-9;
/// Weights that the expected size of a group counts as, beside the group's own.
const ANCHOR: f64 = 2.0;

impl Learner {
    /// Makes the next policy, and moves the point at which outcomes are linearised to its mean.
    pub fn refresh(&mut self, dials: &Dials) -> Result<Policy, RefreshError> {
        let groups = self.schema.groups();
        let mut beliefs = Vec::new();
        for (objective, subject) in &mut self.subjects {
            let belief = subject.refresh(&self.schema, &groups, *objective, dials);
            beliefs.push(belief.ok_or(RefreshError::NotPositiveDefinite(*objective))?);
        }
        let policy = Policy {
            schema: self.schema.clone(),
            settings: dials.settings.clone(),
            seed: dials.seed,
            alpha: dials.alpha,
            beliefs,
            version: String::new(),
        };
        Ok(policy.named())
    }
}

impl Subject {
    fn refresh(
        &mut self,
        schema: &Schema,
        groups: &[Group],
        objective: Objective,
        dials: &Dials,
    ) -> Option<Belief> {
        let precision: Vec<f64> = groups.iter().map(|group| self.precision(*group)).collect();
        let factor = self.factor(&precision)?;
        let mut located: Vec<f64> = self.posterior.located.clone();
        for ((value, precision), expected) in located.iter_mut().zip(&precision).zip(&self.expected)
        {
            *value += precision * expected;
        }
        factor.solve(&mut located);
        let mut mean: Vec<[f64; 1]> = located.iter().map(|value| [*value]).collect();
        factor.solve_transposed(&mut mean);
        self.posterior.mean = mean.into_iter().flatten().collect();
        let (bank, variance) = draw(&factor, &self.posterior.mean, objective, dials);
        self.estimate_sizes(schema, groups, &variance);
        let mean = self.posterior.mean.iter().map(|value| narrow(*value)).collect();
        Some(Belief { objective, mean, bank })
    }

    fn precision(&self, group: Group) -> f64 {
        let tau = self.tau.get(&group).copied().unwrap_or(1.0);
        1.0 / (tau * tau)
    }

    fn factor(&self, precision: &[f64]) -> Option<Lower> {
        let information = &self.posterior.information;
        Lower::new(information, precision).factorise().or_else(|| {
            let jittered: Vec<f64> =
                precision.iter().map(|p| p * (1.0 + JITTER) + JITTER).collect();
            Lower::new(information, &jittered).factorise()
        })
    }

    /// Empirical Bayes (`MacKay` 1992): a group's weights are as large as they turn out to be, counted by
    /// how far each was determined by outcomes, and anchored at what was expected. What proves to be
    /// nothing shrinks; where nothing is learned, nothing moves.
    fn estimate_sizes(&mut self, schema: &Schema, groups: &[Group], variance: &[f64]) {
        let mut sums: BTreeMap<Group, (f64, f64)> = BTreeMap::new();
        let means = self.posterior.mean.iter().zip(&self.expected);
        for ((group, (mean, expected)), variance) in groups.iter().zip(means).zip(variance) {
            let sum = sums.entry(*group).or_default();
            sum.0 += (mean - expected) * (mean - expected);
            sum.1 += 1.0 - variance * self.precision(*group);
        }
        for (group, (squares, determined)) in sums {
            let start = schema.tau(group);
            let square = (squares + ANCHOR * start * start) / (determined.max(0.0) + ANCHOR);
            self.tau.insert(group, square.sqrt());
        }
    }
}

/// The draws `mean + alpha L'^-1 xi` and, from them, the variance of each weight.
fn draw(factor: &Lower, mean: &[f64], objective: Objective, dials: &Dials) -> (Vec<Row>, Vec<f64>) {
    let mut bank = vec![Row::ZERO; mean.len()];
    let mut squares = vec![0.0; mean.len()];
    for block in 0..DRAWS / LANES {
        let mut streams: [DecisionStream; LANES] =
            std::array::from_fn(|lane| stream(dials.seed, objective, block * LANES + lane));
        let mut draws: Vec<[f64; LANES]> =
            mean.iter().map(|_| std::array::from_fn(|lane| streams[lane].normal())).collect();
        factor.solve_transposed(&mut draws);
        for (feature, draws) in draws.iter().enumerate() {
            squares[feature] += draws.iter().map(|draw| draw * draw).sum::<f64>();
            bank[feature].0[block] =
                std::array::from_fn(|lane| narrow(mean[feature] + dials.alpha * draws[lane]));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "64")]
    let variance = squares.into_iter().map(|square| square / DRAWS as f64).collect();
    (bank, variance)
}

fn stream(number: u64, objective: Objective, draw: usize) -> DecisionStream {
    DecisionStream::new(seed([&number.to_string(), objective.name(), &draw.to_string()]))
}

#[expect(clippy::cast_possible_truncation, reason = "the bank is kept in f32")]
const fn narrow(value: f64) -> f32 {
    value as f32
}
