use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::duplicates::References;
use super::error::ImportError;
use super::header::Header;
use super::json_lines::JsonLines;
use super::lines::Lines;
use super::mapping::Mapping;
use super::persons::Persons;
use super::problem::ProblemCode;
use super::records::{Record, Records};
use super::row::{self, Row};

/// What must be known about the whole of a file before its first row is sent.
pub struct Survey {
    content: [u8; 32],
    rows: u64,
    persons: Persons,
}

impl Survey {
    /// Reads the whole file once. Whatever makes it unreadable is found here: no row was sent yet.
    pub fn of(path: &Path, mapping: &Mapping) -> Result<Self, ImportError> {
        let mut hashed = Hashing { source: open(path)?, hash: Sha256::new() };
        let mut rows = 0;
        let mut persons = Persons::default();
        let mut reader = Reader::open(BufReader::new(&mut hashed), path, mapping, None)?;
        while let Some((row, _)) = reader.next_row()? {
            rows += 1;
            if let Some(record) = &row.record {
                persons.count(record);
            }
        }
        reader.check_seen()?;
        drop(reader);
        Ok(Self { content: hashed.hash.finalize().into(), rows, persons })
    }

    /// SHA-256 of the file's bytes.
    pub const fn content(&self) -> [u8; 32] {
        self.content
    }

    /// How many rows the file has below its header.
    pub const fn rows(&self) -> u64 {
        self.rows
    }
}

/// The rows of a surveyed file, one at a time.
pub struct Portfolio<'a> {
    reader: Reader<'a, BufReader<File>>,
    survey: &'a Survey,
    references: References,
}

impl<'a> Portfolio<'a> {
    /// Opens the file for its second reading. `today` is the business day, where the caller knows
    /// it; without one, claims alone judges what is still to come or barred by limitation.
    pub fn open(
        path: &Path,
        mapping: &'a Mapping,
        survey: &'a Survey,
        today: Option<NaiveDate>,
    ) -> Result<Self, ImportError> {
        let reader = Reader::open(open(path)?, path, mapping, today)?;
        Ok(Self { reader, survey, references: References::default() })
    }

    /// The next row with everything that is wrong with it.
    pub fn next_row(&mut self) -> Result<Option<Row>, ImportError> {
        let Some((mut row, fields)) = self.reader.next_row()? else { return Ok(None) };
        if let Some(problem) = self.references.add(row.line, &row.reference, &fields) {
            row.add(problem);
        }
        let conflict = row.record.as_ref().and_then(|record| self.survey.persons.conflict(record));
        if let Some(problem) = conflict {
            row.add(problem);
        }
        Ok(Some(row))
    }
}

/// The records of a file with their texts, whatever its kind.
pub(super) enum Raw<R> {
    Csv { records: Records<R>, columns: Vec<String> },
    JsonLines(JsonLines<R>),
}

impl<R: BufRead> Raw<R> {
    fn open(source: R, path: &Path, mapping: &Mapping) -> Result<Self, ImportError> {
        let format = &mapping.format;
        let lines = Lines::new(source, format.encoding);
        if is_json_lines(path) {
            return Ok(Self::JsonLines(JsonLines::new(lines, mapping)));
        }
        let mut records = Records::new(lines, format.delimiter, format.quote);
        match records.next_record()? {
            None => Err(ImportError::HeaderMissing),
            Some((Record::Malformed(_, reason), _)) => {
                Err(ImportError::HeaderMalformed(reason.to_owned()))
            }
            Some((Record::Fields(_, columns), _)) => {
                records.expect_width(columns.len());
                Ok(Self::Csv { records, columns })
            }
        }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Csv { columns, .. } => columns,
            Self::JsonLines(lines) => lines.columns(),
        }
    }

    /// The next record with its text.
    pub fn next(&mut self, mapping: &Mapping) -> Result<Option<(Record, String)>, ImportError> {
        match self {
            Self::Csv { records, .. } => records.next_record(),
            Self::JsonLines(lines) => lines.next_record(mapping),
        }
    }
}

/// The records of a file that was surveyed.
pub(super) struct RawFile<'a> {
    raw: Raw<BufReader<File>>,
    mapping: &'a Mapping,
}

impl<'a> RawFile<'a> {
    pub fn open(path: &Path, mapping: &'a Mapping) -> Result<Self, ImportError> {
        Ok(Self { raw: Raw::open(open(path)?, path, mapping)?, mapping })
    }

    pub fn columns(&self) -> &[String] {
        self.raw.columns()
    }

    pub fn next(&mut self) -> Result<Option<(Record, String)>, ImportError> {
        self.raw.next(self.mapping)
    }
}

/// Whether a file is JSON lines, by its name.
pub(super) fn is_json_lines(path: &Path) -> bool {
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| extension == "jsonl" || extension == "ndjson")
}

struct Reader<'a, R> {
    raw: Raw<R>,
    header: Header,
    mapping: &'a Mapping,
    today: Option<NaiveDate>,
}

impl<'a, R: BufRead> Reader<'a, R> {
    fn open(
        source: R,
        path: &Path,
        mapping: &'a Mapping,
        today: Option<NaiveDate>,
    ) -> Result<Self, ImportError> {
        let raw = Raw::open(source, path, mapping)?;
        let header = Header::bind(raw.columns(), mapping)?;
        Ok(Self { raw, header, mapping, today })
    }

    fn next_row(&mut self) -> Result<Option<(Row, Vec<String>)>, ImportError> {
        let malformed = match self.raw {
            Raw::Csv { .. } => ProblemCode::QuoteMalformed,
            Raw::JsonLines(_) => ProblemCode::JsonMalformed,
        };
        let Some((record, _)) = self.raw.next(self.mapping)? else { return Ok(None) };
        let row = match record {
            Record::Malformed(line, reason) => {
                (Row::malformed(line, malformed, reason), Vec::new())
            }
            Record::Fields(line, fields) => {
                (row::read(line, &fields, &self.header, self.mapping, self.today), fields)
            }
        };
        Ok(Some(row))
    }

    /// A key of JSON lines that the mapping needs and no line has.
    fn check_seen(&self) -> Result<(), ImportError> {
        let Raw::JsonLines(lines) = &self.raw else { return Ok(()) };
        lines.never_seen().map_or(Ok(()), |column| {
            Err(ImportError::ColumnMissing { column: column.to_owned(), hint: "" })
        })
    }
}

fn open(path: &Path) -> Result<BufReader<File>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.display().to_string(), source };
    File::open(path).map(BufReader::new).map_err(unreadable)
}

/// Hashes what is read through it.
struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
#[path = "portfolio_tests.rs"]
mod tests;
