use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use indicatif::ProgressBar;
use kulanz_proto::claims::v1::import_claims_response::Part as Answer;
use kulanz_proto::claims::v1::{
    Import, NumberedRow, ProblemSeverity, RowProblem, RowResult, RowVerdict,
};

use super::error::ImportError;
use super::findings::Findings;
use super::mapping::Mapping;
use super::outcome::Counts;
use super::portfolio::{Portfolio, Survey};
use super::problem::Verdict;
use super::report::ReportLine;
use super::row::Row;
use super::run::ImportRunError;
use super::session::{AnswerReceiver, RowSender, Session};
use super::wire;

/// The rows of one file on their way to claims, over as many streams as it takes.
pub(super) struct Transfer<'a, W: Write> {
    file: &'a Path,
    mapping: &'a Mapping,
    survey: &'a Survey,
    today: Option<NaiveDate>,
    progress: ProgressBar,
    state: Mutex<State<W>>,
}

struct State<W: Write> {
    findings: Findings<W>,
    counts: Counts,
    /// References of rows that were sent and are not answered yet, for the report.
    unanswered: BTreeMap<u64, String>,
    /// The last line that was read so far; after a break the file is read again from the start.
    read_to: u64,
    settled: u64,
}

impl<'a, W: Write> Transfer<'a, W> {
    pub fn new(
        file: &'a Path,
        mapping: &'a Mapping,
        survey: &'a Survey,
        today: Option<NaiveDate>,
        findings: Findings<W>,
        progress: ProgressBar,
    ) -> Self {
        let counts = Counts { rows: survey.rows(), ..Counts::default() };
        let unanswered = BTreeMap::new();
        let state = State { findings, counts, unanswered, read_to: 0, settled: 0 };
        Self { file, mapping, survey, today, progress, state: Mutex::new(state) }
    }

    /// The last row that claims has acknowledged.
    pub fn settled(&self) -> u64 {
        self.state().settled
    }

    /// Sends and receives on one stream until its summary; an error is a break.
    pub async fn pump(&self, session: Session) -> Result<Import, ImportRunError> {
        let resume_from = u64::try_from(session.accepted().resume_from_row).unwrap_or_default();
        let (sender, receiver) = session.split();
        let sending = self.send(sender, resume_from);
        let ((), import) = tokio::try_join!(sending, self.receive(receiver))?;
        Ok(import)
    }

    /// Reads the file for its problems only.
    pub fn read_only(&self) -> Result<(), ImportError> {
        let mut portfolio = Portfolio::open(self.file, self.mapping, self.survey, self.today)?;
        while let Some(row) = portfolio.next_row()? {
            self.note(&row);
            if row.record.is_some() {
                self.state().count(row.line, RowVerdict::Accepted);
            }
        }
        Ok(())
    }

    /// Ends the report; the counts, with what claims adds to them.
    pub fn finish(self, import: Option<&Import>) -> Result<Counts, csv::Error> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut counts = state.counts;
        let settled = counts.accepted + counts.warned + counts.unchanged + counts.rejected;
        if let Some(import) = import {
            let count = |number: i64| u64::try_from(number).unwrap_or_default();
            counts.resumed = counts.rows.saturating_sub(settled);
            counts.claims = count(import.claim_count);
            counts.debtors = count(import.debtor_count);
            counts.merged = count(import.merged_count);
        }
        state.findings.finish()?;
        Ok(counts)
    }

    async fn send(&self, sender: RowSender, resume_from: u64) -> Result<(), ImportRunError> {
        let mut portfolio = Portfolio::open(self.file, self.mapping, self.survey, self.today)?;
        while let Some(row) = portfolio.next_row()? {
            self.note(&row);
            let Some(record) = row.record.filter(|_| row.line > resume_from) else { continue };
            self.state().unanswered.insert(row.line, row.reference);
            let row_number = i64::try_from(row.line).unwrap_or(i64::MAX);
            let row = NumberedRow { row_number, row: Some(wire::row(record)) };
            if !sender.row(row).await {
                return Ok(());
            }
        }
        sender.finish().await;
        Ok(())
    }

    async fn receive(&self, mut receiver: AnswerReceiver) -> Result<Import, ImportRunError> {
        loop {
            match receiver.next().await? {
                Answer::RowResult(result) => self.take(&result),
                Answer::Acknowledged(acknowledged) => {
                    let line = u64::try_from(acknowledged.last_committed_row).unwrap_or_default();
                    self.state().settle(line)?;
                }
                Answer::Summary(summary) => return Ok(summary.import.unwrap_or_default()),
                Answer::AcceptedHeader(_) => {}
            }
        }
    }

    /// Notes what the reader found in a row, once however often the file is read.
    fn note(&self, row: &Row) {
        let mut state = self.state();
        if row.line <= state.read_to {
            return;
        }
        state.read_to = row.line;
        for problem in &row.problems {
            let line = ReportLine::of(row.line, &row.reference, problem, self.mapping);
            state.findings.add(line);
        }
        if row.record.is_none() {
            state.counts.rejected += 1;
            self.progress.inc(1);
        }
    }

    /// Notes what claims made of a row.
    fn take(&self, result: &RowResult) {
        let mut state = self.state();
        let line = u64::try_from(result.row_number).unwrap_or_default();
        let Some(reference) = state.unanswered.remove(&line) else { return };
        for problem in &result.problems {
            let found = self.found(line, &reference, problem);
            state.findings.add(found);
        }
        state.count(line, result.verdict());
        self.progress.inc(1);
    }

    fn found(&self, line: u64, reference: &str, problem: &RowProblem) -> ReportLine {
        let field = wire::field_of(&problem.field);
        let column = field.and_then(|field| self.mapping.column_of(field)).unwrap_or_default();
        let warns = problem.severity() == ProblemSeverity::Warning;
        ReportLine {
            line,
            reference: reference.to_owned(),
            verdict: if warns { Verdict::Warn } else { Verdict::Reject },
            code: problem.code.clone(),
            column: column.to_owned(),
            field: field.map_or_else(|| problem.field.clone(), |field| field.name().to_owned()),
            reason: problem.message.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> State<W> {
    fn count(&mut self, line: u64, verdict: RowVerdict) {
        let counter = match verdict {
            RowVerdict::Unchanged => &mut self.counts.unchanged,
            RowVerdict::Rejected => &mut self.counts.rejected,
            _ if self.findings.mentions(line) => &mut self.counts.warned,
            RowVerdict::Warned => &mut self.counts.warned,
            _ => &mut self.counts.accepted,
        };
        *counter += 1;
    }

    fn settle(&mut self, line: u64) -> Result<(), csv::Error> {
        self.settled = self.settled.max(line);
        self.findings.settle(line)
    }
}
