use std::fmt;

/// Why a file cannot be verified at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// It is no JSON.
    #[error("the file is no JSON")]
    NotJson(#[from] serde_json::Error),
    /// Neither an object of families nor a list of ranges.
    #[error("the file must be an object of families of cases, or a list of bucket ranges")]
    Shape,
    /// A file without a case that is computed here proves nothing.
    #[error(
        "no cases of hash, getBucketRange, chooseVariation, inNamespace, getEqualWeights, nor of gbstats"
    )]
    NoCases,
}

/// A case that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Family and case.
    pub case: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.case, self.problem)
    }
}
