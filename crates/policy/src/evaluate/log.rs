//! Logged decisions as an evaluation needs them, and what must hold of each.

use std::fmt;

/// One decision of a log, beside what the target policy would have made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedAction {
    /// What came of it; any finite number.
    pub reward: f64,
    /// The probability with which the log's policy took this very action, above 0 and at most 1.
    pub propensity: f64,
    /// The probability with which the target takes this very action here, 0..=1.
    pub target: f64,
    /// The same factor by factor, for slate estimators; empty where an action is one piece. Every
    /// decision of a log has the same factors.
    pub factors: Vec<FactorProbability>,
    /// What a model expects; for all decisions of a log or none.
    pub predicted: Option<Predicted>,
}

/// The probability of the chosen level of one factor, whatever the other factors were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorProbability {
    /// Which level was chosen, as the caller numbers them.
    pub level: usize,
    /// By the log's policy, above 0 and at most 1.
    pub logged: f64,
    /// By the target, 0..=1.
    pub target: f64,
}

/// What a model of the reward expects of one decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// Of the action that was taken: q(x, a).
    pub action: f64,
    /// Of what the target does, averaged over its actions: q(x, target).
    pub target: f64,
}

/// Why a log cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Fewer than two decisions: no standard error.
    #[error("at least two decisions are needed")]
    TooFew,
    /// A number that is wrong.
    #[error("decision {row}: {cell} {problem}")]
    Decision {
        /// Its position in the log, from 0.
        row: usize,
        /// Which of its numbers.
        cell: Cell,
        /// What is wrong.
        problem: Problem,
    },
}

/// A number of a logged decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The reward.
    Reward,
    /// The propensity of the action.
    Propensity,
    /// The target's probability of the action.
    Target,
    /// The propensity of the level of a factor, by the factor's position.
    FactorPropensity(usize),
    /// The target's probability of the level of a factor, by the factor's position.
    FactorTarget(usize),
    /// How many factors there are.
    Factors,
    /// A prediction of the model.
    Predicted,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reward => f.write_str("the reward"),
            Self::Propensity => f.write_str("the propensity"),
            Self::Target => f.write_str("the target's probability"),
            Self::FactorPropensity(factor) => write!(f, "the propensity of factor {factor}"),
            Self::FactorTarget(factor) => write!(f, "the target's probability of factor {factor}"),
            Self::Factors => f.write_str("the number of factors"),
            Self::Predicted => f.write_str("the prediction"),
        }
    }
}

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// NaN or infinite.
    #[error("must be a finite number")]
    NotFinite,
    /// What was done cannot have had no probability.
    #[error("must be above 0 and at most 1")]
    NoPropensity,
    /// No probability.
    #[error("must be between 0 and 1")]
    NoProbability,
    /// Here and elsewhere, or nowhere.
    #[error("must be the same for all decisions, or left out for all")]
    Uneven,
}

/// Checks every decision; the first that is wrong is named.
pub(super) fn check(log: &[LoggedAction]) -> Result<(), LogError> {
    let [first, _, ..] = log else { return Err(LogError::TooFew) };
    for (row, logged) in log.iter().enumerate() {
        let found = logged.check().and_then(|()| logged.is_like(first));
        found.map_err(|(cell, problem)| LogError::Decision { row, cell, problem })?;
    }
    Ok(())
}

impl LoggedAction {
    fn check(&self) -> Result<(), (Cell, Problem)> {
        finite(self.reward, Cell::Reward)?;
        propensity(self.propensity, Cell::Propensity)?;
        probability(self.target, Cell::Target)?;
        for (factor, level) in self.factors.iter().enumerate() {
            propensity(level.logged, Cell::FactorPropensity(factor))?;
            probability(level.target, Cell::FactorTarget(factor))?;
        }
        let predicted = self.predicted.iter().flat_map(|known| [known.action, known.target]);
        predicted.into_iter().try_for_each(|value| finite(value, Cell::Predicted))
    }

    fn is_like(&self, first: &Self) -> Result<(), (Cell, Problem)> {
        if self.factors.len() != first.factors.len() {
            return Err((Cell::Factors, Problem::Uneven));
        }
        if self.predicted.is_some() != first.predicted.is_some() {
            return Err((Cell::Predicted, Problem::Uneven));
        }
        Ok(())
    }

    /// How much more often the target does this.
    pub(super) fn joint_weight(&self) -> f64 {
        self.target / self.propensity
    }

    /// The pseudo-inverse's weight: may fall below 0.
    pub(super) fn slate_weight(&self) -> f64 {
        1.0 + self.factors.iter().map(|level| level.weight() - 1.0).sum::<f64>()
    }
}

impl FactorProbability {
    pub(super) fn weight(&self) -> f64 {
        self.target / self.logged
    }
}

fn finite(value: f64, cell: Cell) -> Result<(), (Cell, Problem)> {
    if value.is_finite() { Ok(()) } else { Err((cell, Problem::NotFinite)) }
}

fn propensity(value: f64, cell: Cell) -> Result<(), (Cell, Problem)> {
    finite(value, cell)?;
    if value > 0.0 && value <= 1.0 { Ok(()) } else { Err((cell, Problem::NoPropensity)) }
}

fn probability(value: f64, cell: Cell) -> Result<(), (Cell, Problem)> {
    finite(value, cell)?;
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err((cell, Problem::NoProbability)) }
}
