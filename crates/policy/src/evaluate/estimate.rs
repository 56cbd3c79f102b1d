//! The estimators. Each is a mean of one number per decision, so that its standard error, and that of its
//! difference from what the log itself earned, come from the scatter of those numbers.

use std::collections::BTreeMap;

use kulanz_statistics::Interval;
use serde::Serialize;

use super::log::{LogError, LoggedAction, check};

/// Standard errors on either side of an interval of 95 %.
pub(super) const NORMAL_95: f64 = 1.959_963_984_540_054;

/// How a value is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Rewards weighted by how much more often the target acts so.
    Ips,
    /// The same over the sum of the weights.
    Snips,
    /// The model, mended by weighted residuals.
    Dr,
    /// Rewards weighted factor by factor (pseudo-inverse).
    Slate,
    /// The model, mended by residuals weighted factor by factor.
    DrSlate,
    /// The model alone.
    Model,
}

impl Estimator {
    /// Its name in figures, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ips => "ips",
            Self::Snips => "snips",
            Self::Dr => "dr",
            Self::Slate => "slate",
            Self::DrSlate => "dr_slate",
            Self::Model => "model",
        }
    }

    /// Whether it weighs whole actions.
    const fn is_joint(self) -> bool {
        matches!(self, Self::Ips | Self::Snips | Self::Dr)
    }
}

/// A mean and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Per decision.
    pub value: f64,
    /// Standard error.
    pub standard_error: f64,
    /// Lower end of the 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// What one estimator says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Valued {
    /// Which.
    pub estimator: Estimator,
    /// The target's value.
    #[serde(flatten)]
    pub value: Estimate,
    /// How much more that is than what the log earned, decision by decision.
    pub difference: Estimate,
    /// `(Σ weight)² / Σ weight²`: decisions of the target's own that would tell as much about it.
    pub effective: f64,
}

/// How much the log says of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LevelSupport {
    /// The factor's position.
    pub factor: usize,
    /// The level, as the caller numbers it.
    pub level: usize,
    /// Share of its decisions in which the target chooses it.
    pub share: f64,
    /// Effective sample size of the decisions with it.
    pub effective: f64,
}

/// How far what the model says the target gains is from what the log says. A model that is off by as much whatever is
/// done, as where it takes the largest debts for as likely to be paid as others, says of the gain what it would without.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Disagreement {
    /// The gain over the log by DR-PI, or DR where there are no factors, minus that by DM.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Everything a log says about a target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Decisions.
    pub decisions: usize,
    /// What the log's own policies earned.
    pub incumbent: Estimate,
    /// Whether any decision of the log could have been another.
    pub explored: bool,
    /// The mean weight, which is 1 where the log does everything the target does; factor by factor where
    /// there are factors.
    pub coverage: Vec<Estimate>,
    /// The mean weight of whole actions, at most 1 whatever the target does; `None` where the log has no
    /// propensity of them.
    pub joint_weight: Option<Estimate>,
    /// One for each estimator that the log allows.
    pub estimates: Vec<Valued>,
    /// Every level of every factor that the target chooses.
    pub levels: Vec<LevelSupport>,
    /// Where the log has predictions.
    pub disagreement: Option<Disagreement>,
}

/// Evaluates a target on a log.
pub fn evaluate(log: &[LoggedAction]) -> Result<Evaluation, LogError> {
    check(log)?;
    let joint: Vec<f64> = log.iter().map(LoggedAction::joint_weight).collect();
    let slate: Vec<f64> = log.iter().map(LoggedAction::slate_weight).collect();
    let has_factors = !log[0].factors.is_empty();
    let mended = if has_factors { &slate } else { &joint };
    Ok(Evaluation {
        decisions: log.len(),
        incumbent: Estimate::of(&values(log, |logged| logged.reward)),
        explored: log.iter().any(LoggedAction::could_differ),
        coverage: coverage(log, &joint),
        joint_weight: Some(Estimate::of(&joint)),
        estimates: estimates(log, &joint, has_factors.then_some(&slate)),
        levels: levels(log),
        disagreement: disagreement(log, mended),
    })
}

impl Estimate {
    /// The mean of numbers, at least two.
    pub(super) fn of(numbers: &[f64]) -> Self {
        let n = count(numbers.len());
        let value = numbers.iter().sum::<f64>() / n;
        let squares: f64 = numbers.iter().map(|number| (number - value).powi(2)).sum();
        let standard_error = (squares / (n - 1.0) / n).sqrt();
        let half = NORMAL_95 * standard_error;
        Self { value, standard_error, lower: value - half, upper: value + half }
    }
}

impl Evaluation {
    /// What an estimator says, where the log allows it.
    pub fn by(&self, estimator: Estimator) -> Option<&Valued> {
        self.estimates.iter().find(|valued| valued.estimator == estimator)
    }

    /// What the log says factor by factor: without what rests on the propensity of whole actions, where that is of
    /// more than these factors.
    #[must_use]
    pub fn by_factor(mut self) -> Self {
        self.estimates.retain(|valued| !valued.estimator.is_joint());
        self.joint_weight = None;
        self
    }

    /// The estimate a verdict rests on. A joint one where at least so many effective decisions stand
    /// behind it, since it assumes nothing about the rewards; else factor by factor, where there are
    /// factors. Never the model alone.
    pub fn decisive(&self, least_effective: f64) -> Option<&Valued> {
        let first = |order: &[Estimator]| order.iter().find_map(|estimator| self.by(*estimator));
        let joint = first(&[Estimator::Dr, Estimator::Snips, Estimator::Ips]);
        let slate = first(&[Estimator::DrSlate, Estimator::Slate]);
        joint.filter(|valued| valued.effective >= least_effective).or(slate).or(joint)
    }

    /// What the target earns more than the log did, as a share of that, by its 95 % interval; `None` where the log
    /// earned nothing.
    pub fn gain(&self, least_effective: f64) -> Option<Interval> {
        let earned = self.incumbent.value;
        let decisive = self.decisive(least_effective).filter(|_| earned > 0.0)?;
        let Estimate { lower, upper, .. } = decisive.difference;
        Some(Interval { lower: lower / earned, upper: upper / earned })
    }
}

impl LoggedAction {
    fn could_differ(&self) -> bool {
        self.propensity < 1.0
    }
}

fn values(log: &[LoggedAction], value: impl Fn(&LoggedAction) -> f64) -> Vec<f64> {
    log.iter().map(value).collect()
}

fn estimates(log: &[LoggedAction], joint: &[f64], slate: Option<&Vec<f64>>) -> Vec<Valued> {
    let rewards = values(log, |logged| logged.reward);
    let even = vec![1.0; log.len()];
    let mut found = vec![valued(Estimator::Ips, &weighted(&rewards, joint), joint, &rewards)];
    if let Some(numbers) = normalised(&rewards, joint) {
        found.push(valued(Estimator::Snips, &numbers, joint, &rewards));
    }
    if let Some(numbers) = mended(log, joint) {
        found.push(valued(Estimator::Dr, &numbers, joint, &rewards));
    }
    if let Some(slate) = slate {
        found.push(valued(Estimator::Slate, &weighted(&rewards, slate), slate, &rewards));
        if let Some(numbers) = mended(log, slate) {
            found.push(valued(Estimator::DrSlate, &numbers, slate, &rewards));
        }
    }
    if let Some(numbers) = mended(log, &vec![0.0; log.len()]) {
        found.push(valued(Estimator::Model, &numbers, &even, &rewards));
    }
    found
}

fn valued(estimator: Estimator, numbers: &[f64], weights: &[f64], rewards: &[f64]) -> Valued {
    let gained: Vec<f64> = numbers.iter().zip(rewards).map(|(number, r)| number - r).collect();
    Valued {
        estimator,
        value: Estimate::of(numbers),
        difference: Estimate::of(&gained),
        effective: effective(weights.iter().copied()),
    }
}

fn weighted(rewards: &[f64], weights: &[f64]) -> Vec<f64> {
    rewards.iter().zip(weights).map(|(reward, weight)| reward * weight).collect()
}

/// SNIPS as numbers per decision: its value plus each decision's part in its error, to first order.
fn normalised(rewards: &[f64], weights: &[f64]) -> Option<Vec<f64>> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let value = weighted(rewards, weights).iter().sum::<f64>() / total;
    let scale = count(rewards.len()) / total;
    let part = |(reward, weight): (&f64, &f64)| value + scale * weight * (reward - value);
    Some(rewards.iter().zip(weights).map(part).collect())
}

/// The model plus weighted residuals; none without predictions.
fn mended(log: &[LoggedAction], weights: &[f64]) -> Option<Vec<f64>> {
    let part = |(logged, weight): (&LoggedAction, &f64)| {
        let known = logged.predicted?;
        Some(known.target + weight * (logged.reward - known.action))
    };
    log.iter().zip(weights).map(part).collect()
}

fn disagreement(log: &[LoggedAction], weights: &[f64]) -> Option<Disagreement> {
    let part = |(logged, weight): (&LoggedAction, &f64)| {
        logged.predicted.map(|known| (weight - 1.0) * (logged.reward - known.action))
    };
    let residuals: Vec<f64> = log.iter().zip(weights).map(part).collect::<Option<_>>()?;
    let found = Estimate::of(&residuals);
    Some(Disagreement { difference: found.value, standard_error: found.standard_error })
}

fn coverage(log: &[LoggedAction], joint: &[f64]) -> Vec<Estimate> {
    let factors = log[0].factors.len();
    if factors == 0 {
        return vec![Estimate::of(joint)];
    }
    let of = |factor: usize| Estimate::of(&values(log, |logged| logged.factors[factor].weight()));
    (0..factors).map(of).collect()
}

fn levels(log: &[LoggedAction]) -> Vec<LevelSupport> {
    let mut weights: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    for logged in log {
        for (factor, chosen) in logged.factors.iter().enumerate() {
            weights.entry((factor, chosen.level)).or_default().push(chosen.weight());
        }
    }
    let support = |((factor, level), weights): ((usize, usize), Vec<f64>)| LevelSupport {
        factor,
        level,
        share: weights.iter().sum::<f64>() / count(log.len()),
        effective: effective(weights.iter().copied()),
    };
    weights.into_iter().map(support).filter(|level| level.share > 0.0).collect()
}

/// Kish's effective sample size; 0 where nothing has weight.
fn effective(weights: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a log has fewer than 2^53 decisions")]
const fn count(decisions: usize) -> f64 {
    decisions as f64
}
