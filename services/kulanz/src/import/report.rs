use std::io::Write;

use super::mapping::Mapping;
use super::problem::{Problem, Verdict};

/// One line of the report: one problem of one row. Names no personal value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// The physical line of the file.
    pub line: u64,
    /// The creditor's reference, to find the claim again.
    pub reference: String,
    /// What the problem means for the row.
    pub verdict: Verdict,
    /// The stable code.
    pub code: String,
    /// The file's column; empty if the whole row is meant.
    pub column: String,
    /// The target field; empty if the whole row is meant.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

impl ReportLine {
    /// A problem that was found while reading.
    pub fn of(line: u64, reference: &str, problem: &Problem, mapping: &Mapping) -> Self {
        let column = problem.field.and_then(|field| mapping.column_of(field)).unwrap_or_default();
        Self {
            line,
            reference: reference.to_owned(),
            verdict: problem.code.verdict(),
            code: problem.code.as_str().to_owned(),
            column: column.to_owned(),
            field: problem.field.map(|field| field.name().to_owned()).unwrap_or_default(),
            reason: problem.reason.clone(),
        }
    }
}

/// Writes `<file>.report.csv`.
pub struct ReportWriter<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> ReportWriter<W> {
    /// Begins a report with its header.
    pub fn new(target: W) -> Result<Self, csv::Error> {
        let mut csv = csv::Writer::from_writer(target);
        csv.write_record(["line", "reference", "verdict", "code", "column", "field", "reason"])?;
        Ok(Self { csv })
    }

    /// Adds one problem.
    pub fn write(&mut self, line: &ReportLine) -> Result<(), csv::Error> {
        self.csv.write_record([
            line.line.to_string().as_str(),
            &in_spreadsheet(&line.reference),
            line.verdict.word(),
            &line.code,
            &in_spreadsheet(&line.column),
            &line.field,
            &in_spreadsheet(&line.reason),
        ])
    }

    /// Puts on disk what was written so far.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }

    /// Writes what is still buffered.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

/// A text of the creditor's file that a spreadsheet must not take for a formula.
fn in_spreadsheet(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
