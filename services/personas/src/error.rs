//! Everything that can go wrong here, and how a caller sees it.

use kulanz_chassis::{Fault, ServiceError, Violation};
use kulanz_store::{StoreError, WorkFailure};

/// The closed list of this service's errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At least one field of the request is wrong.
    #[error("the request has invalid fields")]
    Invalid(Vec<Violation>),
    /// There is no such thing in this tenant.
    #[error("not found")]
    NotFound(String),
    /// The page token or size is not acceptable.
    #[error("the page cannot be given")]
    Page(Fault),
    /// The database failed, or the `request_id` is not acceptable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Error> for WorkFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            other => Self::new(other),
        }
    }
}

impl ServiceError for Error {
    const DOMAIN: &'static str = "personas.kulanz.dev";

    fn fault(&self) -> Fault {
        match self {
            Self::Invalid(violations) => Fault::invalid(violations.clone()),
            Self::NotFound(resource) => Fault::not_found(resource),
            Self::Page(fault) => fault.clone(),
            Self::Store(error) => Fault::of_store(error),
        }
    }
}
