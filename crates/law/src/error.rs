use chrono::NaiveDate;
use kulanz_types::MoneyError;

/// Why the calculator refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    /// The day lies outside the dated table that the rule needs.
    #[error("no {table} in force on {date}")]
    NoTable {
        /// The table asked for, such as `base rate § 247 BGB`.
        table: &'static str,
        /// The day that no row covers.
        date: NaiveDate,
    },
    /// A posting needs final values, and this one would rest on a value not yet announced.
    #[error("provisional from {from}: the base rate is not announced yet")]
    Provisional {
        /// The first day whose rate is not final.
        from: NaiveDate,
    },
    /// The input contradicts the rule.
    #[error("{0}")]
    Refused(&'static str),
    /// An amount left the range or the currency of the calculation.
    #[error(transparent)]
    Money(#[from] MoneyError),
}
