//! Everything that can go wrong here, and how a caller sees it.

use std::time::Duration;

use kulanz_chassis::{Code, Fault, ServiceError, Violation, may_pass};
use kulanz_law::LawError;
use kulanz_store::{StoreError, WorkFailure};
use kulanz_types::{IdError, MoneyError};

use crate::domain::arrangement::QuoteRefusal;
use crate::domain::camt::CamtError;
use crate::domain::ledger::{LedgerError, UnknownAccount};

/// The closed list of this service's errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At least one field of the request is wrong.
    #[error("the request has invalid fields")]
    Invalid(Vec<Violation>),
    /// There is no such thing in this tenant, or not for this caller.
    #[error("not found")]
    NotFound(String),
    /// The claim is closed or silent.
    #[error("the claim's state does not allow this")]
    ClaimState {
        /// The claim.
        claim_id: String,
    },
    /// An arrangement is running on the claim.
    #[error("an arrangement is running on this claim")]
    ClaimArranged {
        /// The claim.
        claim_id: String,
    },
    /// The quote may not be confirmed or accepted.
    #[error("{refusal}")]
    Quote {
        /// The quote.
        quote_id: String,
        /// Why.
        refusal: QuoteRefusal,
    },
    /// The statement file is broken.
    #[error("{0}")]
    Statement(#[from] CamtError),
    /// Entries and balances of a statement contradict each other.
    #[error("opening balance and entries do not give the closing balance")]
    StatementDoesNotClose {
        /// The bank's name of the statement.
        statement: String,
    },
    /// A statement of an account that is not the tenant's collection account.
    #[error("the statement is not of the tenant's collection account")]
    StatementAccount {
        /// The bank's name of the statement.
        statement: String,
    },
    /// The entry is not waiting for a person.
    #[error("the entry is not waiting to be matched")]
    EntryState {
        /// The entry.
        bank_entry_id: String,
    },
    /// A returned payment that was never booked to that claim.
    #[error("the claim has no payment of this amount that could have been returned")]
    NothingToReturn {
        /// The entry.
        bank_entry_id: String,
    },
    /// The tenant has no collection account yet.
    #[error("the tenant has no usable collection account")]
    CollectionAccountMissing,
    /// The page token or size is not acceptable.
    #[error("the page cannot be given")]
    Page(Fault),
    /// Another service did not answer or refused.
    #[error("another service could not be asked")]
    Upstream(#[source] Box<tonic::Status>),
    /// A calculation has no answer.
    #[error("the calculation failed: {0}")]
    Law(#[from] LawError),
    /// A posting would break a rule of the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database failed, or the `request_id` is not acceptable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something is there that must not be: told for the log.
    #[error("{0}")]
    Unexpected(&'static str),
}

impl Error {
    /// A single invalid field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
    }

    /// Nothing of that id, or nothing that the caller may see.
    pub fn not_found(resource: impl ToString) -> Self {
        Self::NotFound(resource.to_string())
    }

    /// The answer to a claim, quote or other state that does not allow the call.
    fn state(reason: &'static str, kind: &'static str, subject: &str, text: &str) -> Fault {
        Fault::new(Code::FailedPrecondition, reason).precondition(kind, subject, text)
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<IdError> for Error {
    fn from(error: IdError) -> Self {
        Self::Store(error.into())
    }
}

impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        Self::Law(error.into())
    }
}

impl From<UnknownAccount> for Error {
    fn from(_: UnknownAccount) -> Self {
        Self::Store(StoreError::Unreadable { what: "transfer.account" })
    }
}

impl From<Error> for WorkFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            Error::Upstream(status) if may_pass(status.code()) => Self::passing(status.code()),
            other => Self::new(other),
        }
    }
}

impl ServiceError for Error {
    const DOMAIN: &'static str = "payments.kulanz.dev";

    fn fault(&self) -> Fault {
        let text = self.to_string();
        match self {
            Self::Invalid(violations) => Fault::invalid(violations.clone()),
            Self::NotFound(resource) => Fault::not_found(resource),
            Self::ClaimState { claim_id } => Self::state("CLAIM_STATE", "STATE", claim_id, &text),
            Self::ClaimArranged { claim_id } => {
                Self::state("CLAIM_ARRANGED", "STATE", claim_id, &text)
            }
            Self::Quote { quote_id, refusal } => quote_fault(quote_id, *refusal, &text),
            Self::Statement(error) => Fault::new(Code::InvalidArgument, "STATEMENT_MALFORMED")
                .meta("fault", error.fault.name())
                .meta("path", &error.place.path)
                .meta("line", error.place.line)
                .violation("chunk", text),
            Self::StatementDoesNotClose { statement } => {
                Fault::new(Code::InvalidArgument, "STATEMENT_DOES_NOT_CLOSE")
                    .meta("statement", statement)
                    .violation("chunk", text)
            }
            Self::StatementAccount { statement } => {
                Fault::new(Code::InvalidArgument, "STATEMENT_ACCOUNT_UNKNOWN")
                    .meta("statement", statement)
                    .violation("chunk", text)
            }
            Self::EntryState { bank_entry_id } => {
                Self::state("ENTRY_STATE", "STATE", bank_entry_id, &text)
            }
            Self::NothingToReturn { bank_entry_id } => {
                Self::state("NOTHING_TO_RETURN", "PAYMENT", bank_entry_id, &text)
            }
            Self::CollectionAccountMissing => {
                Self::state("COLLECTION_ACCOUNT_MISSING", "TENANT", "collection_account", &text)
            }
            Self::Page(fault) => fault.clone(),
            Self::Upstream(status) => upstream_fault(status),
            Self::Store(error) => Fault::of_store(error),
            Self::Law(_) | Self::Ledger(_) | Self::Unexpected(_) => Fault::internal(),
        }
    }
}

fn quote_fault(quote_id: &str, refusal: QuoteRefusal, text: &str) -> Fault {
    let reason = match refusal {
        QuoteRefusal::Expired => "QUOTE_EXPIRED",
        QuoteRefusal::NoticeMissing => "COST_NOTICE_MISSING",
        QuoteRefusal::AlreadyAccepted => "QUOTE_ACCEPTED",
        QuoteRefusal::Outdated => "QUOTE_OUTDATED",
        QuoteRefusal::NoticeDiffers => {
            return Fault::new(Code::InvalidArgument, "COST_NOTICE_DIFFERS")
                .violation("cost_notice_hash", text);
        }
        QuoteRefusal::UnknownOption => {
            return Fault::new(Code::InvalidArgument, "INVALID_FIELDS")
                .violation("option_id", text);
        }
    };
    Error::state(reason, "QUOTE", quote_id, text)
}

fn upstream_fault(status: &tonic::Status) -> Fault {
    match status.code() {
        Code::DeadlineExceeded => Fault::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        Code::Unavailable | Code::ResourceExhausted => {
            Fault::new(Code::Unavailable, "UNAVAILABLE").retry_after(Duration::from_millis(500))
        }
        _ => Fault::internal(),
    }
}
