use std::fmt;
use std::path::PathBuf;

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
    /// Rows that an earlier, broken run had committed already.
    pub resumed: u64,
    /// Claims made.
    pub claims: u64,
    /// Debtors made.
    pub debtors: u64,
    /// Rows whose customer number was joined to a debtor that was known under another one.
    pub merged: u64,
}

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The file.
    pub file: PathBuf,
    /// The import as claims knows it; empty where nothing was sent.
    pub import_id: String,
    /// The rows by verdict.
    pub counts: Counts,
    /// Where every problem is listed.
    pub report: PathBuf,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts;
        writeln!(f, "{}: {} rows", self.file.display(), counts.rows)?;
        for (count, what) in [
            (counts.accepted, "accepted"),
            (counts.warned, "accepted with a warning"),
            (counts.unchanged, "unchanged"),
            (counts.resumed, "committed by an earlier run"),
            (counts.rejected, "rejected"),
        ] {
            if count > 0 {
                writeln!(f, "  {count:>8} {what}")?;
            }
        }
        if !self.import_id.is_empty() {
            let (claims, debtors, merged) = (counts.claims, counts.debtors, counts.merged);
            writeln!(f, "  {claims} new claims, {debtors} new debtors, {merged} rows merged")?;
            writeln!(f, "  import {}", self.import_id)?;
        }
        write!(f, "  report {}", self.report.display())
    }
}
