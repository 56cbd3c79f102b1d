//! The one error model of every service: a closed enum per service says what went wrong, a
//! [`Fault`] says how that looks on the wire, [`status`] turns it into a gRPC status with the
//! `google.rpc` details that platform clients read.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Display, Write as _};
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::validation::Violation;

mod standard;

/// The `domain` of errors that the chassis itself answers, before any service is reached.
pub const CHASSIS_DOMAIN: &str = "kulanz.dev";

/// The closed error enum of a service.
///
/// Its `Display` text reaches the caller for every code but `INTERNAL`, `UNKNOWN` and
/// `UNAVAILABLE`, so it never holds personal data.
pub trait ServiceError: Error {
    /// The `domain` of the error's `ErrorInfo`, for example `claims.kulanz.dev`.
    const DOMAIN: &'static str;

    /// How this error looks on the wire.
    fn fault(&self) -> Fault;
}

/// How an error looks on the wire: its code, its reason and the details that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    code: Code,
    reason: &'static str,
    message: Option<String>,
    metadata: HashMap<String, String>,
    violations: Vec<Violation>,
    preconditions: Vec<Precondition>,
    retry_after: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Precondition {
    kind: &'static str,
    subject: String,
    description: String,
}

impl Fault {
    /// A fault with a `reason` in upper snake case, at most 63 characters.
    pub fn new(code: Code, reason: &'static str) -> Self {
        Self(Box::new(Parts {
            code,
            reason,
            message: None,
            metadata: HashMap::new(),
            violations: Vec::new(),
            preconditions: Vec::new(),
            retry_after: None,
        }))
    }

    /// Adds a fact to the `ErrorInfo` metadata; never personal data.
    #[must_use]
    pub fn meta(mut self, key: &str, value: impl Display) -> Self {
        self.0.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Replaces the `Display` text of the error as the status message.
    #[must_use]
    pub fn message(mut self, text: impl Into<String>) -> Self {
        self.0.message = Some(text.into());
        self
    }

    /// Adds a violated field to the `BadRequest` detail.
    #[must_use]
    pub fn violation(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.0.violations.push(Violation::new(field, description));
        self
    }

    /// Adds an unmet condition of a state machine to the `PreconditionFailure` detail.
    #[must_use]
    pub fn precondition(
        mut self,
        kind: &'static str,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        let (subject, description) = (subject.into(), description.into());
        self.0.preconditions.push(Precondition { kind, subject, description });
        self
    }

    /// Says when a retry may help, in the `RetryInfo` detail.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// The status code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The reason of the `ErrorInfo` detail.
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// The status on the wire, with `text` as message unless the fault has its own.
    pub fn into_status(self, domain: &str, text: impl Into<String>) -> Status {
        let parts = *self.0;
        let mut details = ErrorDetails::with_error_info(parts.reason, domain, parts.metadata);
        for violation in parts.violations {
            details.add_bad_request_violation(violation.field, violation.description);
        }
        for unmet in parts.preconditions {
            details.add_precondition_failure_violation(
                unmet.kind,
                unmet.subject,
                unmet.description,
            );
        }
        if let Some(delay) = parts.retry_after {
            details.set_retry_info(Some(delay));
        }
        Status::with_error_details(
            parts.code,
            parts.message.unwrap_or_else(|| text.into()),
            details,
        )
    }
}

/// The gRPC status of a service's error.
///
/// A failure of ours is logged here with its chain of causes and nowhere else; the caller then
/// only learns the reason, as the chain may name hosts, tables or keys.
#[expect(clippy::needless_pass_by_value, reason = "fits `map_err(status)`")]
pub fn status<E: ServiceError>(error: E) -> Status {
    let fault = error.fault();
    let text = match fault.code() {
        Code::Internal | Code::Unknown => "internal error".to_owned(),
        Code::Unavailable => "temporarily unavailable".to_owned(),
        _ => return fault.into_status(E::DOMAIN, error.to_string()),
    };
    tracing::error!(reason = fault.reason(), domain = E::DOMAIN, error = %Chain(&error), "call failed");
    fault.into_status(E::DOMAIN, text)
}

/// The answer of a call that the contract names and a later version delivers.
pub fn not_yet(method: &'static str) -> Status {
    Fault::new(Code::Unimplemented, "UNIMPLEMENTED")
        .meta("method", method)
        .into_status(CHASSIS_DOMAIN, format!("{method} is not available in this version"))
}

/// An error with all its causes, `": "` between them.
pub struct Chain<'a>(pub &'a dyn Error);

impl Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        formatter.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("password of host db1 refused")]
        Database,
        #[error("claim is withdrawn")]
        Withdrawn,
    }

    impl ServiceError for Failure {
        const DOMAIN: &'static str = "test.kulanz.dev";

        fn fault(&self) -> Fault {
            match self {
                Self::Database => Fault::new(Code::Internal, "INTERNAL"),
                Self::Withdrawn => Fault::new(Code::FailedPrecondition, "CLAIM_WITHDRAWN")
                    .precondition("STATE", "claim_1", "withdrawn"),
            }
        }
    }

    #[test]
    fn the_text_of_an_internal_failure_never_leaves() {
        let status = status(Failure::Database);
        assert_eq!(status.message(), "internal error");
        assert_eq!(status.get_details_error_info().unwrap().reason, "INTERNAL");
    }

    #[test]
    fn a_state_error_names_the_condition_that_is_not_met() {
        let status = status(Failure::Withdrawn);
        let failure = status.get_details_precondition_failure().unwrap();
        assert_eq!(failure.violations[0].subject, "claim_1");
        assert_eq!(status.get_details_error_info().unwrap().domain, "test.kulanz.dev");
    }

    #[test]
    fn every_violated_field_is_reported() {
        let fault = Fault::invalid(vec![Violation::new("a", "x"), Violation::new("b", "y")]);
        let status = fault.into_status("test.kulanz.dev", "invalid");
        assert_eq!(status.get_details_bad_request().unwrap().field_violations.len(), 2);
    }
}
