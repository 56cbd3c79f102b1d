//! Everything that can go wrong here, and how a caller sees it.

use std::time::Duration;

use kulanz_chassis::{Code, Fault, ServiceError, Violation};
use kulanz_law::LawError;
use kulanz_store::{StoreError, WorkFailure};
use kulanz_types::DisputeId;

use crate::domain::challenge::ChallengeState;
use crate::domain::evidence::LARGEST_FILE;
use crate::domain::lifecycle::ClaimState;

/// How long a caller waits before it asks again for what another service did not answer.
const NEIGHBOUR_PAUSE: Duration = Duration::from_secs(5);

/// The closed list of this service's errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At least one field of the request is wrong.
    #[error("the request has invalid fields")]
    Invalid(Vec<Violation>),
    /// There is no such thing in this tenant, or it is not the caller's.
    #[error("not found")]
    NotFound(String),
    /// The claim is in a state that does not allow this.
    #[error("the state of the claim does not allow this")]
    ClaimState {
        /// The claim.
        claim_id: String,
        /// Its state.
        state: ClaimState,
    },
    /// An arrangement is running that nobody takes over.
    #[error("an arrangement is running")]
    ClaimArranged(String),
    /// The day or instant lies before there was a claim to tell of.
    #[error("the claim did not exist then")]
    BeforeClaim(&'static str),
    /// The law does not allow what was to be booked.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The entry was taken back before.
    #[error("the entry is reversed")]
    EntryReversed(String),
    /// Entries of this kind are not taken back here.
    #[error("the entry cannot be reversed")]
    EntryNotReversible(String),
    /// The dispute has an answer already.
    #[error("the dispute is resolved")]
    DisputeResolved(String),
    /// The challenge is in a state that does not allow this.
    #[error("the state of the challenge does not allow this")]
    ChallengeState {
        /// The challenge.
        challenge_id: String,
        /// Its state.
        state: ChallengeState,
    },
    /// The hold ends by the decision of what placed it, and not by itself.
    #[error("the hold is not released by itself")]
    HoldBound {
        /// The hold.
        hold_id: String,
        /// The challenge or protection.
        cause: String,
    },
    /// The question has its answer.
    #[error("the question is answered")]
    QuestionAnswered(String),
    /// The protection has ended.
    #[error("the protection has ended")]
    ProtectionEnded(String),
    /// A file is larger than what is taken.
    #[error("the file is too large")]
    EvidenceTooLarge,
    /// A file is neither PDF, JPEG, PNG nor plain text.
    #[error("files of this type are not taken")]
    EvidenceType,
    /// A figure above what a table of the law gives.
    #[error("the law allows {permitted} at most ({norm})")]
    AboveLaw {
        /// The field that holds it.
        field: &'static str,
        /// The most: an amount or a rate.
        permitted: String,
        /// The norm that says so.
        norm: String,
    },
    /// The thing changed since it was read.
    #[error("it changed since it was read")]
    EtagMismatch(String),
    /// Another creditor of the tenant has this number.
    #[error("a creditor with this external_ref exists")]
    ExternalRefTaken(String),
    /// The tenant exists.
    #[error("the tenant exists")]
    TenantExists(String),
    /// No link has this token.
    #[error("the link cannot be opened")]
    LinkInvalid,
    /// The link is past its time.
    #[error("the link cannot be opened")]
    LinkExpired,
    /// Too many wrong second factors.
    #[error("the link cannot be opened")]
    LinkLocked,
    /// The second factor is not this person's.
    #[error("the link cannot be opened")]
    SecondFactorWrong,
    /// The link that opened the session was revoked.
    #[error("the session has ended")]
    SessionRevoked,
    /// The messages of an import stream come in another order than header, rows, finish.
    #[error("the import stream is out of order: {0}")]
    ImportProtocol(&'static str),
    /// The import is finished: nothing can be added.
    #[error("the import is finished")]
    ImportFinished(String),
    /// The rows of a stream do not ascend.
    #[error("row numbers must ascend")]
    ImportRowOrder(i64),
    /// A figure cannot be computed by the law's tables.
    #[error(transparent)]
    Law(#[from] LawError),
    /// The page token or size is not acceptable.
    #[error("the page cannot be given")]
    Page(Fault),
    /// Another service did not answer what is needed of it.
    #[error("{0} did not answer")]
    ServiceAway(&'static str),
    /// A session token cannot be signed.
    #[error("a session token cannot be signed")]
    Session(#[from] kulanz_chassis::AuthError),
    /// A letter cannot be set.
    #[error(transparent)]
    Letter(#[from] kulanz_letter::LetterError),
    /// The database failed, or the `request_id` is not acceptable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A structure cannot be written or read as JSON.
    #[error("a stored structure cannot be read or written")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// A single invalid field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
    }

    /// A figure above what the law gives.
    pub fn above_law(field: &'static str, permitted: impl ToString, norm: &str) -> Self {
        Self::AboveLaw { field, permitted: permitted.to_string(), norm: norm.to_owned() }
    }

    /// There is no such thing.
    pub fn not_found(resource: impl ToString) -> Self {
        Self::NotFound(resource.to_string())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Vec<Violation>> for Error {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

impl From<kulanz_types::IdError> for Error {
    fn from(error: kulanz_types::IdError) -> Self {
        Self::Store(error.into())
    }
}

impl From<kulanz_types::MoneyError> for Error {
    fn from(error: kulanz_types::MoneyError) -> Self {
        Self::Law(error.into())
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
    const DOMAIN: &'static str = "claims.kulanz.dev";

    fn fault(&self) -> Fault {
        match self {
            Self::Invalid(violations) => Fault::invalid(violations.clone()),
            Self::NotFound(resource) => Fault::not_found(resource),
            Self::ClaimState { claim_id, state } => {
                Fault::new(Code::FailedPrecondition, "CLAIM_STATE")
                    .meta("state", state.name())
                    .precondition("STATE", claim_id, format!("the claim is {}", state.name()))
            }
            Self::ClaimArranged(claim) => Fault::new(Code::FailedPrecondition, "CLAIM_ARRANGED")
                .precondition("ARRANGEMENT", claim, "the running arrangement must be taken over"),
            Self::BeforeClaim(field) => Fault::new(Code::InvalidArgument, "AS_OF_BEFORE_CLAIM")
                .violation(*field, "lies before the claim existed"),
            Self::AboveLaw { field, permitted, norm } => {
                Fault::new(Code::FailedPrecondition, "LAW_REFUSED")
                    .meta("permitted", permitted)
                    .meta("norm", norm)
                    .violation(*field, format!("at most {permitted} ({norm})"))
            }
            Self::Forbidden(_) => Fault::new(Code::FailedPrecondition, "LAW_REFUSED"),
            Self::EntryReversed(entry) => Fault::new(Code::FailedPrecondition, "ENTRY_REVERSED")
                .precondition("STATE", entry, "the entry was taken back"),
            Self::EntryNotReversible(entry) => Fault::new(
                Code::FailedPrecondition,
                "ENTRY_NOT_REVERSIBLE",
            )
            .precondition("STATE", entry, "only costs and credits are taken back here"),
            Self::DisputeResolved(dispute) => Fault::new(
                Code::FailedPrecondition,
                "DISPUTE_RESOLVED",
            )
            .precondition("STATE", dispute, "the dispute is resolved"),
            Self::ChallengeState { challenge_id, state } => {
                let told = format!("the challenge is {}", state.name());
                Fault::new(Code::FailedPrecondition, "CHALLENGE_STATE")
                    .meta("state", state.name())
                    .precondition("STATE", challenge_id, told)
            }
            Self::HoldBound { hold_id, cause } => {
                let challenge = cause.starts_with(DisputeId::PREFIX);
                let reason = if challenge { "HOLD_OF_CHALLENGE" } else { "HOLD_OF_PROTECTION" };
                Fault::new(Code::FailedPrecondition, reason).meta("cause", cause).precondition(
                    "STATE",
                    hold_id,
                    "it ends by the decision of what placed it",
                )
            }
            Self::QuestionAnswered(question) => Fault::new(
                Code::FailedPrecondition,
                "QUESTION_ANSWERED",
            )
            .precondition("STATE", question, "the question is answered"),
            Self::ProtectionEnded(protection) => Fault::new(
                Code::FailedPrecondition,
                "PROTECTION_ENDED",
            )
            .precondition("STATE", protection, "the protection has ended"),
            Self::EvidenceTooLarge => Fault::new(Code::InvalidArgument, "EVIDENCE_TOO_LARGE")
                .meta("limit_bytes", LARGEST_FILE.to_string())
                .violation("chunk", "the file has more than 10 MiB"),
            Self::EvidenceType => Fault::new(Code::InvalidArgument, "EVIDENCE_TYPE")
                .meta("accepted", "application/pdf image/jpeg image/png text/plain")
                .violation("chunk", "is neither PDF, JPEG, PNG nor plain text in UTF-8"),
            Self::EtagMismatch(resource) => Fault::etag_mismatch(resource),
            Self::ExternalRefTaken(external) => {
                Fault::new(Code::AlreadyExists, "EXTERNAL_REF_TAKEN").meta("external_ref", external)
            }
            Self::TenantExists(tenant) => {
                Fault::new(Code::AlreadyExists, "TENANT_EXISTS").meta("tenant_id", tenant)
            }
            Self::LinkInvalid => Fault::new(Code::NotFound, "LINK_INVALID"),
            Self::LinkExpired => Fault::new(Code::FailedPrecondition, "LINK_EXPIRED"),
            Self::LinkLocked => Fault::new(Code::ResourceExhausted, "LINK_LOCKED"),
            Self::SecondFactorWrong => Fault::new(Code::PermissionDenied, "SECOND_FACTOR_WRONG"),
            Self::SessionRevoked => Fault::new(Code::Unauthenticated, "SESSION_REVOKED"),
            Self::ImportProtocol(what) => {
                Fault::new(Code::InvalidArgument, "IMPORT_PROTOCOL").violation("part", *what)
            }
            Self::ImportFinished(import) => Fault::new(Code::FailedPrecondition, "IMPORT_FINISHED")
                .precondition("STATE", import, "the import is finished"),
            Self::ImportRowOrder(row) => Fault::new(Code::InvalidArgument, "IMPORT_PROTOCOL")
                .violation("row.row_number", format!("{row} is not above the row before it")),
            Self::Law(error) => law_fault(error),
            Self::Page(fault) => fault.clone(),
            Self::ServiceAway(service) => Fault::new(Code::Unavailable, "UNAVAILABLE")
                .meta("service", service)
                .message(format!("{service} did not answer"))
                .retry_after(NEIGHBOUR_PAUSE),
            Self::Store(error) => Fault::of_store(error),
            Self::Session(_) | Self::Json(_) | Self::Letter(_) => Fault::internal(),
        }
    }
}

fn law_fault(error: &LawError) -> Fault {
    let reason = match error {
        LawError::NoTable { .. } => "LAW_TABLE_MISSING",
        LawError::Provisional { .. } => "RATE_PROVISIONAL",
        LawError::Refused(_) => "LAW_REFUSED",
        LawError::Money(_) => "AMOUNT_OUT_OF_RANGE",
    };
    Fault::new(Code::FailedPrecondition, reason)
}
