/// Why a world cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WorldError {
    /// The file is no TOML, or has a key that no section knows; the message names it with its line.
    #[error("the world file cannot be read: {0}")]
    Unreadable(String),
    /// The file is of another version of the schema.
    #[error("version: {found} is not known, this is version {known}")]
    Version {
        /// What the file says.
        found: i64,
        /// What is known.
        known: i64,
    },
    /// A value that is no number.
    #[error("{key}: NaN is no value")]
    NotANumber {
        /// The key with its section.
        key: String,
    },
    /// A value outside its range.
    #[error("{key}: {value} is not between {low} and {high}")]
    OutOfRange {
        /// The key with its section.
        key: String,
        /// What the file says.
        value: f64,
        /// The least value.
        low: f64,
        /// The greatest value.
        high: f64,
    },
    /// A level or factor that messaging's catalogue does not have.
    #[error("{key}: the catalogue has no such level")]
    UnknownLevel {
        /// The key with its section.
        key: String,
    },
    /// Values that exclude each other.
    #[error("{key}: {reason}")]
    Contradiction {
        /// The key with its section.
        key: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Targets that no intercepts reach.
    #[error("calibration: {target} {wanted} cannot be reached, the nearest is {nearest}")]
    Unreachable {
        /// Which target.
        target: &'static str,
        /// The target.
        wanted: f64,
        /// How near the world comes.
        nearest: f64,
    },
}
