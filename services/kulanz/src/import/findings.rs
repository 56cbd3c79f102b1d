use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::report::{ReportLine, ReportWriter};

/// Problems on their way into the report, in the order of lines, although those that claims finds
/// come in later than those that the reader finds. Keeps only what is not yet acknowledged.
pub(super) struct Findings<W: Write> {
    waiting: BTreeMap<u64, Vec<ReportLine>>,
    warned: BTreeSet<u64>,
    written_to: u64,
    report: ReportWriter<W>,
}

impl<W: Write> Findings<W> {
    /// Findings that end in `report`.
    pub const fn new(report: ReportWriter<W>) -> Self {
        Self { waiting: BTreeMap::new(), warned: BTreeSet::new(), written_to: 0, report }
    }

    /// Adds a problem, unless its line was reported before the stream broke.
    pub fn add(&mut self, line: ReportLine) {
        if line.line > self.written_to {
            self.warned.insert(line.line);
            let known = self.waiting.entry(line.line).or_default();
            // The reader and claims may find the same fault.
            if !known.iter().any(|other| other.code == line.code && other.field == line.field) {
                known.push(line);
            }
        }
    }

    /// Whether there is a problem of the row.
    pub fn mentions(&self, line: u64) -> bool {
        self.warned.contains(&line)
    }

    /// Writes everything up to `line`, which is settled.
    pub fn settle(&mut self, line: u64) -> Result<(), csv::Error> {
        let later = self.waiting.split_off(&line.saturating_add(1));
        for found in std::mem::replace(&mut self.waiting, later).into_values().flatten() {
            self.report.write(&found)?;
        }
        self.warned = self.warned.split_off(&line.saturating_add(1));
        self.written_to = self.written_to.max(line);
        Ok(())
    }

    /// Writes the rest.
    pub fn finish(mut self) -> Result<(), csv::Error> {
        self.settle(u64::MAX)?;
        self.report.finish().map_err(csv::Error::from)
    }
}
