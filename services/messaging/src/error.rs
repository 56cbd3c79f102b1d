//! Everything that can go wrong here, and how a caller sees it.

use std::time::Duration;

use kulanz_chassis::{Code, Fault, ServiceError, Violation};
use kulanz_store::{StoreError, WorkFailure};

use crate::domain::blocks::ContentError;
use crate::domain::compose::ComposeError;
use crate::domain::rule::Rule;

/// The closed list of this service's errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At least one field of the request is wrong.
    #[error("the request has invalid fields")]
    Invalid(Vec<Violation>),
    /// There is no such thing in this tenant.
    #[error("not found")]
    NotFound(String),
    /// Law, consent, preference or budget stands against the contact.
    #[error("a rule stands against this contact")]
    Ruled(Vec<Rule>),
    /// The message is not in the state that this call needs.
    #[error("the message is not in the right state")]
    MessageState(String),
    /// The message is being handed over at this moment.
    #[error("the message is being handed over")]
    HandOverRunning,
    /// The block is not in the state that this call needs.
    #[error("the block is not in the right state")]
    BlockState(String),
    /// The author of a block cannot approve it.
    #[error("a block is approved by somebody else than its author")]
    SameEyes(String),
    /// The linter refuses the text.
    #[error("the linter refuses the text")]
    LintFailed(String),
    /// The etag is not the current one.
    #[error("the thing was changed meanwhile")]
    EtagMismatch(String),
    /// The page token or size is not acceptable.
    #[error("the page cannot be given")]
    Page(Fault),
    /// A message cannot be composed from the blocks and facts at hand.
    #[error("the message cannot be composed")]
    Compose(#[from] ComposeError),
    /// Content in a file or row is not usable.
    #[error("content is not usable")]
    Content(#[from] ContentError),
    /// Another service gave no usable answer.
    #[error("another service gave no usable answer: {0}")]
    Upstream(&'static str, #[source] Box<tonic::Status>),
    /// Another service answered with something that cannot be read.
    #[error("an answer of {0} cannot be read")]
    Answer(&'static str),
    /// The database failed, or the `request_id` is not acceptable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row cannot be written or read.
    #[error("a stored value of {0} cannot be read or written")]
    Row(&'static str),
}

impl Error {
    /// A single invalid field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
    }

    /// No usable answer of a service.
    pub fn upstream(service: &'static str) -> impl FnOnce(tonic::Status) -> Self {
        move |status| Self::Upstream(service, Box::new(status))
    }
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
            Error::Upstream(service, status) => {
                let reason = format!("{service}: {}", status.code());
                if kulanz_chassis::may_pass(status.code()) {
                    Self::passing(reason)
                } else {
                    Self::new(reason)
                }
            }
            other => Self::new(kulanz_chassis::Chain(&other)),
        }
    }
}

impl From<Error> for kulanz_bus::HandlerError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => Self::Store(error),
            other => Self::refused(other),
        }
    }
}

impl ServiceError for Error {
    const DOMAIN: &'static str = "messaging.kulanz.dev";

    fn fault(&self) -> Fault {
        let unmet = |reason, kind, subject: &str, text| {
            Fault::new(Code::FailedPrecondition, reason).precondition(kind, subject, text)
        };
        match self {
            Self::Invalid(violations) => Fault::invalid(violations.clone()),
            Self::NotFound(resource) => Fault::not_found(resource),
            Self::Ruled(rules) => ruled(rules),
            Self::MessageState(id) => {
                unmet("MESSAGE_STATE", "STATE", id, "the message was handed over or ended")
            }
            Self::HandOverRunning => Fault::new(Code::Unavailable, "UNAVAILABLE")
                .meta("service", "messaging")
                .retry_after(Duration::from_secs(1)),
            Self::BlockState(id) => unmet("BLOCK_STATE", "STATE", id, "the block is no draft"),
            Self::SameEyes(id) => unmet("SAME_EYES", "FOUR_EYES", id, "the caller wrote the block"),
            Self::LintFailed(id) => unmet("LINT_FAILED", "LINT", id, "the linter finds an error"),
            Self::EtagMismatch(id) => Fault::etag_mismatch(id),
            Self::Page(fault) => fault.clone(),
            Self::Compose(ComposeError::NoticeIncomplete(missing)) => missing
                .iter()
                .fold(Fault::new(Code::FailedPrecondition, "NOTICE_INCOMPLETE"), |fault, one| {
                    fault.precondition("LAW", one.rule, "the statement is missing")
                }),
            Self::Compose(_) => Fault::new(Code::FailedPrecondition, "NOT_COMPOSABLE"),
            Self::Upstream(service, _) => Fault::new(Code::Unavailable, "UNAVAILABLE")
                .meta("service", service)
                .retry_after(Duration::from_secs(1)),
            Self::Store(error) => Fault::of_store(error),
            Self::Content(_) | Self::Answer(_) | Self::Row(_) => Fault::internal(),
        }
    }
}

fn ruled(rules: &[Rule]) -> Fault {
    rules.iter().fold(Fault::new(Code::FailedPrecondition, "CONTACT_RULE"), |fault, rule| {
        fault.precondition("RULE", rule.id(), "the rule stands against this contact")
    })
}
