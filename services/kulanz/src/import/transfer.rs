use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use kulanz_proto::claims::v1::import_claims_response::Part as Answer;
use kulanz_proto::claims::v1::{
    Import, NumberedRow, ProblemSeverity, RowProblem, RowResult, RowVerdict,
};

use super::error::ImportError;
use super::findings::Findings;
use super::outcome::{Counts, Outcome};
use super::problem::Verdict;
use super::report::ReportLine;
use super::row::Row;
use super::run::ImportRunError;
use super::session::{AnswerReceiver, RowSender, Session};
use super::source::Source;
use super::wire;

/// The rows of one file on their way to claims, over as many streams as it takes.
pub(super) struct Transfer<'a, W: Write> {
    source: &'a Source,
    progress: &'a ProgressBar,
    state: Mutex<State<W>>,
}

struct State<W: Write> {
    findings: Findings<W>,
    counts: Counts,
    debtors: Option<BTreeSet<String>>,
    /// References of rows that were sent and are not answered yet, for the report.
    unanswered: BTreeMap<u64, String>,
    /// The last line that was read so far; after a break the file is read again from the start.
    read_to: u64,
    settled: u64,
}

impl<'a, W: Write> Transfer<'a, W> {
    pub fn new(source: &'a Source, findings: Findings<W>, progress: &'a ProgressBar) -> Self {
        let counts = Counts { rows: source.row_count(), ..Counts::default() };
        let state = State {
            findings,
            counts,
            debtors: None,
            unanswered: BTreeMap::new(),
            read_to: 0,
            settled: 0,
        };
        Self { source, progress, state: Mutex::new(state) }
    }

    /// From now on the outcome names the debtors.
    pub fn naming_debtors(self) -> Self {
        self.state().debtors = Some(BTreeSet::new());
        self
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
        let mut rows = self.source.rows()?;
        while let Some(row) = rows.next_row()? {
            self.note(&row);
            if row.record.is_some() {
                self.state().count(row.line, RowVerdict::Accepted);
            }
        }
        Ok(())
    }

    /// Ends the report; what became of the rows, with what claims adds to it.
    pub fn finish(self, import: Option<&Import>) -> Result<Outcome, csv::Error> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut counts = state.counts;
        let mut import_id = String::new();
        if let Some(import) = import {
            let count = |number: i64| u64::try_from(number).unwrap_or_default();
            counts.resumed = counts.rows.saturating_sub(counts.judged());
            counts.claims = count(import.claim_count);
            counts.debtors = count(import.debtor_count);
            counts.merged = count(import.merged_count);
            import_id.clone_from(&import.import_id);
        }
        let debtors = state.debtors.unwrap_or_default();
        Ok(Outcome { import_id, counts, problems: state.findings.finish()?, debtors })
    }

    async fn send(&self, sender: RowSender, resume_from: u64) -> Result<(), ImportRunError> {
        let mut rows = self.source.rows()?;
        while let Some(row) = rows.next_row()? {
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
            let line = ReportLine::of(row.line, &row.reference, problem, self.source.mapping());
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
        if let Some(debtors) = &mut state.debtors
            && !result.debtor_id.is_empty()
        {
            debtors.insert(result.debtor_id.clone());
        }
        for problem in &result.problems {
            let found = self.found(line, &reference, problem);
            state.findings.add(found);
        }
        state.count(line, result.verdict());
        self.progress.inc(1);
    }

    fn found(&self, line: u64, reference: &str, problem: &RowProblem) -> ReportLine {
        let field = wire::field_of(&problem.field);
        let column =
            field.and_then(|field| self.source.mapping().column_of(field)).unwrap_or_default();
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
