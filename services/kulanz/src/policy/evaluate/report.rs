//! What an evaluation says, as it is printed in JSON.

use kulanz_policy::{Estimator, Evaluation, Gate, GroupParity, Refusal};
use serde::Serialize;

use super::table::{self, OF_FACTOR};

/// Everything about one policy on one log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The column.
    pub reward: String,
    /// Whether nothing stands against it.
    pub passes: bool,
    /// What stands against it.
    pub against: Vec<Against>,
    /// The estimator that the verdict rests on.
    pub rests_on: Option<Estimator>,
    /// The bounds.
    pub gate: Gate,
    /// What an action consists of; positions in figures are positions here.
    pub parts: Vec<Part>,
    /// Rows that say nothing of a policy file: nothing else could have been done, or the person was erased.
    pub left_out: usize,
    /// Factors of the log's actions that were not named: the policy is taken to do there what the log does. The
    /// propensity is of them, too, so that nothing rests on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_judged: Vec<String>,
    /// The reward.
    pub value: Evaluation,
    /// Signs of harm, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harm: Option<Evaluation>,
    /// Contacts, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Evaluation>,
    /// Groups, where asked for.
    pub parity: Vec<GroupParity>,
}

/// A column of actions or levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The column.
    pub column: String,
    /// What stands in it.
    pub levels: Vec<String>,
}

impl From<table::Part> for Part {
    fn from(part: table::Part) -> Self {
        Self { column: part.column, levels: part.levels }
    }
}

/// One thing that stands against a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// In a sentence.
    pub text: String,
    /// In figures.
    #[serde(flatten)]
    pub refusal: Refusal,
}

impl Against {
    pub(super) fn new(refusal: Refusal, parts: &[Part], propensity: &str) -> Self {
        Self { text: text(&refusal, parts, propensity), refusal }
    }
}

/// A refusal with the names of the file.
fn text(refusal: &Refusal, parts: &[Part], propensity: &str) -> String {
    match refusal {
        Refusal::OtherPropensities { factor, weight } => {
            let of_factor = |factor: usize| format!("{OF_FACTOR}{}", parts[factor].column);
            let column = factor.map_or_else(|| propensity.to_owned(), of_factor);
            format!(
                "column {column}: is not of these actions: their mean weight is {weight:.2}, and no policy's is above 1"
            )
        }
        Refusal::ThinLevel { factor, level, effective, least } => format!(
            "thin evidence of {}={}: effective sample size {effective:.1}, {least} needed",
            parts[*factor].column, parts[*factor].levels[*level]
        ),
        Refusal::NotCovered { factor: Some(factor), share } => format!(
            "the log never does part of what the policy does: it covers {:.1} % of {}",
            share * 100.0,
            parts[*factor].column
        ),
        other => other.to_string(),
    }
}
