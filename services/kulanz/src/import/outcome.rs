use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::problem::Verdict;

/// What became of the rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows below the header.
    pub rows: u64,
    /// Rows that became a claim without a remark.
    pub accepted: u64,
    /// Rows that became a claim with a warning.
    pub warned: u64,
    /// Rows that were known already with the same content.
    pub unchanged: u64,
    /// Rows that did not become a claim.
    pub rejected: u64,
    /// Rows that were committed on an earlier stream whose answers were lost.
    pub resumed: u64,
    /// Claims made.
    pub claims: u64,
    /// Debtors made.
    pub debtors: u64,
    /// Rows whose customer number was joined to a debtor that was known under another one.
    pub merged: u64,
}

impl Counts {
    /// Rows with a verdict of this run.
    pub(super) const fn judged(&self) -> u64 {
        self.accepted + self.warned + self.unchanged + self.rejected
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, accepted, warned, unchanged, rejected, .. } = self;
        write!(f, "{rows} rows: {accepted} accepted, {warned} with a warning, ")?;
        write!(f, "{unchanged} unchanged, {rejected} rejected")?;
        match self.resumed {
            0 => Ok(()),
            resumed => write!(f, ", {resumed} committed before"),
        }
    }
}

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The import as claims knows it; empty where nothing was sent.
    pub import_id: String,
    /// The rows by verdict.
    pub counts: Counts,
    /// How often each problem occurred.
    pub problems: BTreeMap<(Verdict, String), u64>,
    /// The debtors of the rows that were taken or known, if they were asked for.
    pub debtors: BTreeSet<String>,
}
