use kulanz_policy::{FileError, Problem};

use crate::table::TableError;

/// What is wrong with a policy file.
#[derive(Debug, thiserror::Error)]
pub enum PolicyProblem {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is no policy.
    #[error(transparent)]
    NoPolicy(#[from] FileError),
}

/// Why a log cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// It is no table, has not the columns, or a cell cannot be used.
    #[error(transparent)]
    NoTable(#[from] TableError),
    /// A number that cannot be what its column says.
    #[error("row {row}, column {column}: {problem}")]
    Number {
        /// The line of the file.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong.
        problem: Problem,
    },
    /// A decision that is counted twice.
    #[error("row {row}, column {column}: the decision stands in row {first_row} already")]
    DuplicateDecision {
        /// The line of the file.
        row: u64,
        /// The column of the id.
        column: String,
        /// Where it stood first.
        first_row: u64,
    },
    /// A constant policy that does not say what it does with every factor.
    #[error("--policy: needs one level of each factor: constant:{0}")]
    NotOneLevelEach(String),
    /// The policy file cannot be used.
    #[error("--policy: {0}: {1}")]
    Policy(String, PolicyProblem),
    /// A row that does not say what was asked.
    #[error("row {row}, column {column}: {problem}")]
    Question {
        /// The line of the file.
        row: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// No standard error.
    #[error("at least two decisions are needed, the file has {0}")]
    TooFew(usize),
}
