use kulanz_types::IdError;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// A `request_id` came again with another body.
    #[error("this request_id was used before with another request")]
    RequestIdReused,
    /// A `request_id` is missing or no UUID (AIP-155).
    #[error("request_id must be a UUID")]
    RequestIdInvalid,
    /// Someone else has taken over or rescheduled this piece of due work; roll back.
    #[error("this piece of work was taken over")]
    WorkSuperseded,
    /// Personal data does not open with its key: the row was moved or altered.
    #[error("sealed data in {column} does not open")]
    SealBroken {
        /// `table.column` of the data.
        column: &'static str,
    },
    /// The data subject's key was destroyed: nothing personal can be stored or read any more.
    #[error("the data key was destroyed")]
    KeyDestroyed,
    /// A row holds what this version cannot read.
    #[error("a stored value of {what} cannot be read")]
    Unreadable {
        /// The column or type.
        what: &'static str,
    },
    /// A stored id is not one.
    #[error("a stored id cannot be read: {0}")]
    Id(#[from] IdError),
    /// A call is about to be answered and nobody said who made it: our mistake.
    #[error("nobody is named as the caller of {0}")]
    Unattributed(String),
    /// A migration that was applied before has another text now.
    #[error("migration {0} was changed after it was applied")]
    MigrationChanged(String),
}

impl StoreError {
    /// Whether the same call may succeed next time: two transactions got in each other's way, or the
    /// database cannot be reached.
    pub fn is_transient(&self) -> bool {
        use sea_orm::{DbErr, RuntimeErr, sqlx::Error};
        let Self::Database(error) = self else { return false };
        let error = match error {
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => return true,
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => error,
            _ => return false,
        };
        match &**error {
            Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
            Error::Database(error) => error.code().is_some_and(|state| passes(&state)),
            _ => false,
        }
    }

    /// Whether a row with this key exists already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(error) if matches!(
            error.sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
        ))
    }
}

/// Whether a SQLSTATE tells of two transactions that got in each other's way or of a database that is
/// not there, and not of the statement.
fn passes(sqlstate: &str) -> bool {
    // 40001 serialization failure, 40P01 deadlock, 55P03 lock not available, 57P01 to 57P03 shutting
    // down, crashed, starting up, 53300 too many connections, class 08 connection lost
    let states = ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"];
    states.contains(&sqlstate) || sqlstate.starts_with("08")
}
