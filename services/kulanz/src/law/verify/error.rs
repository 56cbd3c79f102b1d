use std::fmt;

use kulanz_law::LawError;
use serde_json::Value;

/// Why a file cannot be verified at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// It is no JSON.
    #[error("the file is no JSON")]
    NotJson(#[from] serde_json::Error),
    /// It does not say that it is one of these files.
    #[error("format: must be \"kulanz-law-vectors\"")]
    Format,
    /// A version that this program does not know.
    #[error("version: must be 1")]
    Version,
    /// Nothing under `vectors`.
    #[error("vectors: must be an object of topics")]
    NoVectors,
    /// A file without a case proves nothing.
    #[error("vectors: holds no cases")]
    NoCases,
}

/// A case that cannot be computed or compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The case, or the topic where it has none.
    pub id: String,
    /// Which of its fields: `in.principal`.
    pub field: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The topic is none of the format's.
    #[error("unknown topic")]
    UnknownTopic,
    /// The topic is no list of cases.
    #[error("the topic must be a list of cases")]
    NoList,
    /// A field that the topic needs is not there.
    #[error("missing")]
    Missing,
    /// A field that the topic does not know: it could not be honoured.
    #[error("unknown field")]
    UnknownField,
    /// An id that stands twice.
    #[error("the id stands twice")]
    DuplicateId,
    /// A value of another kind.
    #[error("must be {expected}, is {found}")]
    Invalid {
        /// What it must be.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// The calculator refuses.
    #[error("refused: {0}")]
    Refused(LawError),
}

impl Fault {
    pub(super) fn new(id: &str, field: &str, kind: FaultKind) -> Self {
        Self { id: id.to_owned(), field: field.to_owned(), kind }
    }

    pub(super) fn invalid(id: &str, field: &str, expected: &'static str, found: &Value) -> Self {
        Self::new(id, field, FaultKind::Invalid { expected, found: found.to_string() })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.field.is_empty() { "" } else { " " };
        write!(out, "{}{space}{}: {}", self.id, self.field, self.kind)
    }
}
