//! What the target would have done in each row.

use kulanz_policy::{FactorProbability, LoggedAction, Predicted};

use super::error::EvaluateError;
use super::table::{Row, Table};
use crate::policy::args::{EvaluateArgs, Target};

/// A target over the actions of one table.
pub(super) enum Chooser {
    /// Probability of each part, wherever.
    Even(Vec<f64>),
    /// The level of each part; `None` is one that the log never has.
    Always(Vec<Option<usize>>),
    /// As stands with the row.
    Given,
}

impl Chooser {
    pub(super) fn new(table: &Table, args: &EvaluateArgs) -> Result<Self, EvaluateError> {
        match &args.policy {
            Target::Column(_) | Target::File(_) => Ok(Self::Given),
            Target::Constant(action) => constant(table, args, action).map(Self::Always),
            Target::Uniform => {
                let seen = |part: &super::table::Part| {
                    u32::try_from(part.levels.len()).unwrap_or(u32::MAX)
                };
                let even = |part| 1.0 / f64::from(args.actions.unwrap_or_else(|| seen(part)));
                Ok(Self::Even(table.parts.iter().map(even).collect()))
            }
        }
    }

    /// The row beside what the target makes of it.
    pub(super) fn logged(&self, row: &Row) -> LoggedAction {
        let (target, by_part) = self.probabilities(row);
        let levels = row.chosen.iter().zip(&row.factor_propensities).zip(by_part);
        let level = |((level, logged), target): ((&usize, &f64), f64)| FactorProbability {
            level: *level,
            logged: *logged,
            target,
        };
        LoggedAction {
            reward: row.reward,
            propensity: row.propensity,
            target,
            factors: levels.map(level).collect(),
            predicted: row.predicted.map(|[action, target]| Predicted { action, target }),
        }
    }

    /// Jointly and of each part.
    fn probabilities(&self, row: &Row) -> (f64, Vec<f64>) {
        match self {
            Self::Given => {
                let (joint, parts) =
                    row.target.split_first().map_or((0.0, &[][..]), |(j, p)| (*j, p));
                (joint, parts.to_vec())
            }
            Self::Even(parts) => (parts.iter().product(), parts.clone()),
            Self::Always(wanted) => {
                let is = |(wanted, chosen): (&Option<usize>, &usize)| {
                    f64::from(u8::from(*wanted == Some(*chosen)))
                };
                let parts: Vec<f64> = wanted.iter().zip(&row.chosen).map(is).collect();
                (parts.iter().product(), parts)
            }
        }
    }
}

fn constant(
    table: &Table,
    args: &EvaluateArgs,
    action: &str,
) -> Result<Vec<Option<usize>>, EvaluateError> {
    let place = |part: &super::table::Part, level: &str| {
        part.levels.iter().position(|known| known == level)
    };
    if args.factors.is_empty() {
        return Ok(table.parts.iter().map(|part| place(part, action)).collect());
    }
    let wanted = || {
        let each = args.factors.iter().map(|factor| format!("{factor}=LEVEL"));
        EvaluateError::NotOneLevelEach(each.collect::<Vec<_>>().join(","))
    };
    let named: Option<Vec<(&str, &str)>> =
        action.split(',').map(|one| one.trim().split_once('=')).collect();
    let named = named.filter(|named| named.len() == table.parts.len()).ok_or_else(wanted)?;
    let level = |part: &super::table::Part| {
        let found = named.iter().find(|(factor, _)| *factor == part.column).ok_or_else(wanted)?;
        Ok(place(part, found.1))
    };
    table.parts.iter().map(level).collect()
}
