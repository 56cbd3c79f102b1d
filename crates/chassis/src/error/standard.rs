//! The faults that every service can answer, with one reason each across the platform.

use std::fmt::Display;
use std::time::Duration;

use kulanz_store::StoreError;
use tonic::Code;

use super::Fault;
use crate::validation::Violation;

/// How long a caller waits before it tries a database again that was busy or away.
const DATABASE_PAUSE: Duration = Duration::from_millis(100);

impl Fault {
    /// The answer for a thing that is not there, belongs to another tenant or may not be seen:
    /// the three cannot be told apart (AIP-211).
    pub fn not_found(resource: impl Display) -> Self {
        Self::new(Code::NotFound, "NOT_FOUND")
            .message(format!("denied on resource '{resource}' (or it may not exist)"))
            .meta("resource", resource)
    }

    /// The answer to a request of which at least one field is wrong, every one of them named.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let mut fault = Self::new(Code::InvalidArgument, "INVALID_FIELDS");
        fault.0.violations = violations;
        fault
    }

    /// The answer to a change of a thing that is no longer as the caller read it (AIP-154).
    pub fn etag_mismatch(resource: impl Display) -> Self {
        Self::new(Code::Aborted, "ETAG_MISMATCH").meta("resource", resource)
    }

    /// The answer to a failure of ours of which the caller learns nothing more.
    pub fn internal() -> Self {
        Self::new(Code::Internal, "INTERNAL")
    }

    /// The answer to a call that the store refused or failed.
    pub fn of_store(error: &StoreError) -> Self {
        let request_id = |reason| {
            Self::new(Code::InvalidArgument, reason).violation("request_id", error.to_string())
        };
        match error {
            StoreError::RequestIdReused => request_id("REQUEST_ID_REUSED"),
            StoreError::RequestIdInvalid => request_id("REQUEST_ID_INVALID"),
            StoreError::KeyDestroyed => Self::new(Code::FailedPrecondition, "PERSON_ERASED"),
            _ if error.is_transient() => {
                Self::new(Code::Unavailable, "UNAVAILABLE").retry_after(DATABASE_PAUSE)
            }
            _ => Self::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_request_id_is_named_as_the_wrong_field() {
        let fault = Fault::of_store(&StoreError::RequestIdReused);
        assert_eq!((fault.code(), fault.reason()), (Code::InvalidArgument, "REQUEST_ID_REUSED"));
        assert_eq!(fault.0.violations[0].field, "request_id");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_a_failure_of_ours() {
        let fault = Fault::of_store(&StoreError::Unreadable { what: "claim.state" });
        assert_eq!(fault, Fault::internal());
    }
}
