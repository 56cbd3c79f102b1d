//! Everything that can go wrong here, and how a caller sees it.

use kulanz_chassis::{Code, Fault, ServiceError, Violation};
use kulanz_store::{StoreError, WorkFailure};

use crate::domain::evaluation::Failure;

/// The closed list of this service's errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At least one field of the request is wrong.
    #[error("the request has invalid fields")]
    Invalid(Vec<Violation>),
    /// There is no such thing in this tenant.
    #[error("not found")]
    NotFound(String),
    /// A `decision_id` came again with another question.
    #[error("this decision_id was used before with another request")]
    DecisionIdReused,
    /// An outcome that is older than the decision said to have caused it.
    #[error("the outcome lies before its decision")]
    OutcomeBeforeDecision(String),
    /// Another experiment of the tenant has this key.
    #[error("an experiment with this key exists")]
    KeyTaken(String),
    /// Another experiment that runs, or is to run, has people of the same slice.
    #[error("two experiments of one namespace would share people")]
    NamespaceOverlap {
        /// The namespace.
        namespace: String,
        /// The experiment that is to be made.
        key: String,
        /// The one that is there.
        other: String,
    },
    /// Another experiment that runs decides the same about the same people.
    #[error("two experiments would steer the same")]
    ExperimentConflict {
        /// The experiment that is to be made.
        key: String,
        /// The one that is there.
        other: String,
        /// The factor, or `policy_version`.
        about: String,
    },
    /// Before it starts, an experiment says what it can show.
    #[error("the plan of the experiment is not whole")]
    PlanIncomplete {
        /// The experiment.
        experiment_id: String,
        /// The fields that are missing.
        missing: Vec<&'static str>,
    },
    /// The experiment was changed since it was read.
    #[error("the experiment was changed meanwhile")]
    EtagMismatch(String),
    /// Sums that no people can have: they were damaged.
    #[error("the sums of an experiment cannot be read: {0}")]
    Sums(#[from] kulanz_statistics::Refusal),
    /// The experiment is not in the state that this call needs.
    #[error("the experiment is not in the right state")]
    ExperimentState {
        /// The experiment.
        experiment_id: String,
        /// What it would have to be.
        needed: &'static str,
    },
    /// The policy is not in the state that this call needs.
    #[error("the policy is not in the right state")]
    PolicyState {
        /// The policy.
        policy_id: String,
        /// What it would have to be.
        needed: &'static str,
    },
    /// Something stands against putting the policy to use.
    #[error("the policy does not pass the gate")]
    GateNotPassed {
        /// The policy.
        policy_id: String,
        /// What stands against it.
        failures: Vec<Failure>,
    },
    /// The policy decides on other features than today's.
    #[error("the policy decides on other features")]
    FeatureVersion {
        /// The policy.
        policy_id: String,
        /// Its feature version.
        version: String,
    },
    /// The log says nothing of a policy: no decision in it could have been another and has a known outcome.
    #[error("no decision with a known outcome says anything of the policy")]
    NoMaturedOutcome(String),
    /// A policy file cannot be used.
    #[error("the policy file cannot be used")]
    PolicyFile(#[from] kulanz_policy::FileError),
    /// The starting policy could not be made.
    #[error("no starting policy: {0}")]
    Starting(String),
    /// What is in the log cannot be learned.
    #[error("nothing can be learned: {0}")]
    Learning(String),
    /// The page token or size is not acceptable.
    #[error("the page cannot be given")]
    Page(Fault),
    /// The database failed, or the `request_id` is not acceptable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A policy or log row cannot be written or read as JSON.
    #[error("a stored structure cannot be read or written")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// A single invalid field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
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
            other => Self::new(other),
        }
    }
}

impl ServiceError for Error {
    const DOMAIN: &'static str = "experimentation.kulanz.dev";

    fn fault(&self) -> Fault {
        match self {
            Self::Invalid(violations) => Fault::invalid(violations.clone()),
            Self::NotFound(resource) => Fault::not_found(resource),
            Self::DecisionIdReused => Fault::new(Code::InvalidArgument, "REQUEST_ID_REUSED")
                .violation("decision_id", "was used before with another request"),
            Self::OutcomeBeforeDecision(decision) => Fault::new(
                Code::FailedPrecondition,
                "OUTCOME_BEFORE_DECISION",
            )
            .precondition("TIME", decision, "the decision was made later"),
            Self::KeyTaken(key) => {
                Fault::new(Code::AlreadyExists, "EXPERIMENT_KEY_TAKEN").meta("key", key)
            }
            Self::NamespaceOverlap { namespace, key, other } => {
                Fault::new(Code::FailedPrecondition, "NAMESPACE_OVERLAP")
                    .meta("namespace", namespace)
                    .meta("key", key)
                    .meta("other_key", other)
                    .precondition("NAMESPACE", other, "has people of the same slice")
            }
            Self::ExperimentConflict { key, other, about } => {
                Fault::new(Code::FailedPrecondition, "EXPERIMENT_CONFLICT")
                    .meta("key", key)
                    .meta("other_key", other)
                    .meta("about", about)
                    .precondition("ARMS", other, "steers the same for the same people")
            }
            Self::PlanIncomplete { experiment_id, missing } => {
                let fault = Fault::new(Code::FailedPrecondition, "EXPERIMENT_PLAN_INCOMPLETE")
                    .meta("experiment_id", experiment_id);
                let add = |fault: Fault, field: &&'static str| {
                    fault.precondition("PLAN", *field, "is needed to start")
                };
                missing.iter().fold(fault, add)
            }
            Self::EtagMismatch(resource) => Fault::etag_mismatch(resource),
            Self::ExperimentState { experiment_id, needed } => Fault::new(
                Code::FailedPrecondition,
                "EXPERIMENT_STATE",
            )
            .precondition("STATE", experiment_id, *needed),
            Self::Page(fault) => fault.clone(),
            Self::Store(error) => Fault::of_store(error),
            Self::PolicyState { policy_id, needed } => {
                Fault::new(Code::FailedPrecondition, "POLICY_STATE")
                    .precondition("STATE", policy_id, *needed)
            }
            Self::GateNotPassed { policy_id, failures } => {
                let fault = Fault::new(Code::FailedPrecondition, "GATE_NOT_PASSED")
                    .meta("policy_id", policy_id);
                let add = |fault: Fault, failure: &Failure| {
                    fault.precondition("GATE", failure.reason, failure.found.as_str())
                };
                failures.iter().fold(fault, add)
            }
            Self::FeatureVersion { policy_id, version } => {
                Fault::new(Code::FailedPrecondition, "FEATURE_VERSION")
                    .meta("feature_version", version)
                    .precondition("FEATURES", policy_id, "must be made over today's features")
            }
            Self::NoMaturedOutcome(policy_id) => Fault::new(
                Code::FailedPrecondition,
                "NO_MATURED_OUTCOME",
            )
            .precondition("LOG", policy_id, "needs two decisions with known outcomes"),
            Self::PolicyFile(flaw) => Fault::new(Code::InvalidArgument, "POLICY_FILE")
                .violation("content", flaw.to_string()),
            Self::Starting(_) | Self::Learning(_) | Self::Sums(_) | Self::Json(_) => {
                Fault::internal()
            }
        }
    }
}
