use kulanz_statistics::Refusal;

use crate::table::TableError;

/// Why a table cannot be analysed. Units are named by the row where they stand, since a unit is a person.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// It is no table, has not the columns, or a cell cannot be used.
    #[error(transparent)]
    NoTable(#[from] TableError),
    /// A unit that two arms claim.
    #[error("row {row}, column {column}: the unit of row {first_row} is in arm {first_arm} there")]
    UnitInTwoArms {
        /// The line of the file.
        row: u64,
        /// The column of the arm.
        column: String,
        /// Where the unit stood first.
        first_row: u64,
        /// Its arm there.
        first_arm: String,
    },
    /// A covariate that changes within a unit, so that it was not known before exposure.
    #[error("row {row}, column {column}: differs from row {first_row} of the same unit")]
    CovariateChanges {
        /// The line of the file.
        row: u64,
        /// The column of the covariate.
        column: String,
        /// Where the unit stood first.
        first_row: u64,
    },
    /// No row has an outcome.
    #[error("column {0}: the metric is never observed")]
    NeverObserved(String),
    /// Nothing to compare with.
    #[error("column {column}: holds the arm {arm} alone")]
    OneArm {
        /// The column of the arm.
        column: String,
        /// The only arm.
        arm: String,
    },
    /// An arm of the command line that the table does not have.
    #[error("{option}: the table has no arm {arm}; it has {known}")]
    UnknownArm {
        /// `--control` or `--weights`.
        option: &'static str,
        /// The arm asked for.
        arm: String,
        /// Those that are there.
        known: String,
    },
    /// An arm without a planned share where others have one.
    #[error("--weights: the arm {0} has none")]
    NoWeight(String),
    /// An arm with two planned shares.
    #[error("--weights: the arm {0} has two")]
    TwoWeights(String),
    /// The figures are refused as a whole.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
}
