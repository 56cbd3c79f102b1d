use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::problem::Verdict;
use super::report::{ReportLine, ReportWriter};

/// Problems on their way into the report, in the order of lines, although those that claims finds
/// come in later than those that the reader finds. Keeps only what is not yet acknowledged.
pub(super) struct Findings<W: Write> {
    waiting: BTreeMap<u64, Vec<ReportLine>>,
    remarked: BTreeSet<u64>,
    settled_to: u64,
    counts: BTreeMap<(Verdict, String), u64>,
    report: ReportWriter<W>,
}

impl<W: Write> Findings<W> {
    /// Findings that end in `report`.
    pub const fn new(report: ReportWriter<W>) -> Self {
        Self {
            waiting: BTreeMap::new(),
            remarked: BTreeSet::new(),
            settled_to: 0,
            counts: BTreeMap::new(),
            report,
        }
    }

    /// Adds a problem, once: the reader and claims may find the same one, and after a break rows
    /// are looked at again.
    pub fn add(&mut self, found: ReportLine) {
        if found.line <= self.settled_to {
            return;
        }
        self.remarked.insert(found.line);
        let known = self.waiting.entry(found.line).or_default();
        if !known.iter().any(|other| other.code == found.code && other.field == found.field) {
            *self.counts.entry((found.verdict, found.code.clone())).or_default() += 1;
            known.push(found);
        }
    }

    /// Whether there is a problem of a row that is not settled yet.
    pub fn mentions(&self, line: u64) -> bool {
        self.remarked.contains(&line)
    }

    /// Writes everything up to `line`: nothing more will be found there. What is acknowledged stands in
    /// the report even if this process is killed next.
    pub fn settle(&mut self, line: u64) -> Result<(), csv::Error> {
        let later = line.saturating_add(1);
        let waiting = self.waiting.split_off(&later);
        for found in std::mem::replace(&mut self.waiting, waiting).into_values().flatten() {
            self.report.write(&found)?;
        }
        self.remarked = self.remarked.split_off(&later);
        self.settled_to = self.settled_to.max(line);
        self.report.flush().map_err(csv::Error::from)
    }

    /// Writes the rest; how often each problem occurred.
    pub fn finish(mut self) -> Result<BTreeMap<(Verdict, String), u64>, csv::Error> {
        self.settle(u64::MAX)?;
        self.report.finish()?;
        Ok(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, ReportLine, ReportWriter};
    use crate::import::problem::Verdict;

    fn found(line: u64, code: &str) -> ReportLine {
        ReportLine {
            line,
            reference: "=A-1".to_owned(),
            verdict: Verdict::Warn,
            code: code.to_owned(),
            column: "PLZ".to_owned(),
            field: "postcode".to_owned(),
            reason: "r".to_owned(),
        }
    }

    #[test]
    fn the_report_is_in_the_order_of_lines_and_names_each_problem_once() -> Result<(), csv::Error> {
        let mut written = Vec::new();
        let mut findings = Findings::new(ReportWriter::new(&mut written)?);
        for (line, code) in [(5, "B"), (9, "D"), (2, "A"), (5, "B"), (5, "C")] {
            findings.add(found(line, code));
        }
        findings.settle(5)?;
        assert!(findings.mentions(9) && !findings.mentions(5));
        findings.add(found(5, "A"));
        let counts = findings.finish()?;
        assert_eq!(counts.values().sum::<u64>(), 4);
        assert_eq!(
            String::from_utf8_lossy(&written),
            "line,reference,verdict,code,column,field,reason\n\
             2,'=A-1,warn,A,PLZ,postcode,r\n\
             5,'=A-1,warn,B,PLZ,postcode,r\n\
             5,'=A-1,warn,C,PLZ,postcode,r\n\
             9,'=A-1,warn,D,PLZ,postcode,r\n"
        );
        Ok(())
    }
}
