//! The rows that were not taken, as they stood in the file, with what is wrong: to be corrected and
//! imported again with the same mapping.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use serde_json::{Map, Value};

use super::encoding::Encoding;
use super::error::ImportError;
use super::records::Record;
use super::source::Source;

/// Columns that are added; they are ignored when the file comes back.
const OWN: [&str; 3] = ["kulanz_line", "kulanz_codes", "kulanz_problems"];
/// Where a line stands that could not be read as an object.
const OWN_TEXT: &str = "kulanz_text";

/// Whether a column was added by us.
pub(super) fn is_own(column: &str) -> bool {
    OWN.contains(&column) || column == OWN_TEXT
}

/// Why the rejected rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RejectedError {
    /// The file or the report cannot be read any more.
    #[error(transparent)]
    Input(#[from] ImportError),
    /// The report is none.
    #[error("the report cannot be read: {0}")]
    Report(#[from] csv::Error),
    /// The rows cannot be written.
    #[error("the rejected rows cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// What is wrong with one row.
struct Verdict {
    line: u64,
    codes: Vec<String>,
    problems: Vec<String>,
}

/// Writes the rows of `source` that its `report` rejects into what `open` gives, and how many they were.
/// Nothing is opened where there are none. File and report are read side by side, a row at a time.
pub fn write_rejected<W: Write>(
    source: &Source,
    report: impl Read,
    open: impl FnOnce() -> io::Result<W>,
) -> Result<u64, RejectedError> {
    let mut verdicts = Verdicts { report: csv::Reader::from_reader(report), ahead: None };
    let Some(mut next) = verdicts.next()? else { return Ok(0) };
    let mut raw = source.raw()?;
    let mut writer = Writer { out: open()?, format: Layout::of(source, raw.columns()) };
    writer.header(raw.columns())?;
    let mut written = 0;
    while let Some((record, text)) = raw.next()? {
        if record.line() != next.line {
            continue;
        }
        writer.row(&record, &text, &next)?;
        written += 1;
        match verdicts.next()? {
            Some(verdict) => next = verdict,
            None => break,
        }
    }
    writer.out.flush()?;
    Ok(written)
}

/// The rejections of a report, which is in the order of lines.
struct Verdicts<R> {
    report: csv::Reader<R>,
    ahead: Option<(u64, String, String)>,
}

impl<R: Read> Verdicts<R> {
    fn next(&mut self) -> Result<Option<Verdict>, csv::Error> {
        let Some((line, code, problem)) = self.problem()? else { return Ok(None) };
        let mut verdict = Verdict { line, codes: vec![code], problems: vec![problem] };
        while let Some((line, code, problem)) = self.problem()? {
            if line != verdict.line {
                self.ahead = Some((line, code, problem));
                break;
            }
            verdict.codes.push(code);
            verdict.problems.push(problem);
        }
        Ok(Some(verdict))
    }

    fn problem(&mut self) -> Result<Option<(u64, String, String)>, csv::Error> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        let mut record = csv::StringRecord::new();
        while self.report.read_record(&mut record)? {
            if &record[2] == "reject" {
                let line = record[0].parse().unwrap_or_default();
                let about = if record[4].is_empty() { &record[5] } else { &record[4] };
                let problem = if about.is_empty() {
                    record[6].into()
                } else {
                    format!("{about}: {}", &record[6])
                };
                return Ok(Some((line, record[3].to_owned(), problem)));
            }
        }
        Ok(None)
    }
}

/// How the input is written, and so the output.
enum Layout {
    Csv {
        delimiter: char,
        quote: char,
        encoding: Encoding,
        /// Columns of ours that a rejected file had when it came back.
        own: BTreeSet<usize>,
    },
    JsonLines(Encoding),
}

impl Layout {
    fn of(source: &Source, columns: &[String]) -> Self {
        let format = &source.mapping().format;
        if source.is_json_lines() {
            return Self::JsonLines(format.encoding);
        }
        let own = columns.iter().enumerate().filter(|(_, column)| is_own(column.trim()));
        Self::Csv {
            delimiter: format.delimiter,
            quote: format.quote,
            encoding: format.encoding,
            own: own.map(|(index, _)| index).collect(),
        }
    }
}

struct Writer<W> {
    out: W,
    format: Layout,
}

impl<W: Write> Writer<W> {
    fn header(&mut self, columns: &[String]) -> io::Result<()> {
        match &self.format {
            Layout::Csv { .. } => {
                let line = self.csv_line(columns, &OWN.map(str::to_owned));
                self.line(&line)
            }
            Layout::JsonLines(_) => Ok(()),
        }
    }

    fn row(&mut self, record: &Record, text: &str, verdict: &Verdict) -> io::Result<()> {
        let added =
            [verdict.line.to_string(), verdict.codes.join(" "), verdict.problems.join("; ")];
        let line = match (&self.format, record) {
            (Layout::JsonLines(_), _) => json_line(text, verdict, added),
            (Layout::Csv { own, .. }, Record::Fields(_, fields)) if !own.is_empty() => {
                self.csv_line(fields, &added)
            }
            (Layout::Csv { .. }, _) => self.appended(text, &added),
        };
        self.line(&line)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        let (Layout::Csv { encoding, .. } | Layout::JsonLines(encoding)) = &self.format;
        self.out.write_all(&encoding.encode(text))?;
        self.out.write_all(b"\n")
    }

    fn csv_line(&self, fields: &[String], added: &[String]) -> String {
        let Layout::Csv { own, .. } = &self.format else { return String::new() };
        let kept = fields.iter().enumerate().filter(|(index, _)| !own.contains(index));
        let kept: Vec<String> = kept.map(|(_, field)| self.quoted(field)).collect();
        self.appended(&self.joined(&kept), added)
    }

    /// The row as it stood, and what is added to it.
    fn appended(&self, text: &str, added: &[String]) -> String {
        let added: Vec<String> = added.iter().map(|field| self.quoted(field)).collect();
        self.joined(&[text.to_owned(), self.joined(&added)])
    }

    fn joined(&self, fields: &[String]) -> String {
        let Layout::Csv { delimiter, .. } = &self.format else { return String::new() };
        fields.join(&delimiter.to_string())
    }

    fn quoted(&self, field: &str) -> String {
        let Layout::Csv { delimiter, quote, .. } = &self.format else { return String::new() };
        if !field.contains([*delimiter, *quote, '\n', '\r']) {
            return field.to_owned();
        }
        let doubled = field.replace(*quote, &format!("{quote}{quote}"));
        format!("{quote}{doubled}{quote}")
    }
}

/// The object as it stood with three more keys; what is no object stands in a key of its own.
fn json_line(text: &str, verdict: &Verdict, [_, codes, problems]: [String; 3]) -> String {
    let mut added = Map::new();
    added.insert(OWN[0].into(), verdict.line.into());
    added.insert(OWN[1].into(), codes.into());
    added.insert(OWN[2].into(), problems.into());
    let ours = |added: Map<String, Value>| Value::Object(added).to_string();
    let Ok(mut object) = serde_json::from_str::<Map<String, Value>>(text) else {
        added.insert(OWN_TEXT.into(), text.into());
        return ours(added);
    };
    if object.is_empty() || object.keys().any(|key| is_own(key)) {
        object.retain(|key, _| !is_own(key));
        object.extend(added);
        return ours(object);
    }
    let open = text.trim_end().strip_suffix('}').unwrap_or(text);
    format!("{open},{}", &ours(added)[1..])
}

#[cfg(test)]
#[path = "rejected_tests.rs"]
mod tests;
