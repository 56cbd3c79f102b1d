use kulanz_policy::Problem;

use crate::table::{CellProblem, TableError};

/// Why a log cannot be evaluated. Rows are lines of a CSV file, the header being line 1, or rows of a
/// Parquet file, the first being 1.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// It is no table.
    #[error(transparent)]
    NoTable(#[from] TableError),
    /// A column that the header does not have.
    #[error("column {column}: missing; the header has {known}")]
    MissingColumn {
        /// The column asked for.
        column: String,
        /// Those that are there.
        known: String,
    },
    /// A column that the header has twice.
    #[error("column {0}: stands twice in the header")]
    DuplicateColumn(String),
    /// A cell that cannot be read.
    #[error("row {row}, column {column}: {problem}")]
    Cell {
        /// The line of the file.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong.
        problem: CellProblem,
    },
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
    /// No standard error.
    #[error("at least two decisions are needed, the file has {0}")]
    TooFew(usize),
}
