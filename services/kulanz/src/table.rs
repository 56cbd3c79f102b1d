//! Tables as people have them, CSV or Parquet: the columns, the rows, and what stands in a cell.

mod parquet;

use std::io::{Cursor, Read};

use csv::StringRecord;

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellProblem {
    /// Nothing stands there.
    #[error("is empty")]
    Empty,
    /// Neither a number nor yes or no.
    #[error("must be a number, or yes or no")]
    NoNumber,
    /// NaN or infinite.
    #[error("must be a finite number")]
    NotFinite,
}

/// Why a table cannot be used. Rows are lines of a CSV file, the header being line 1, or rows of a Parquet
/// file, the first being 1.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// A row with more or fewer fields than the header, bytes that are no UTF-8.
    #[error("the file is no CSV")]
    NotCsv(#[from] csv::Error),
    /// It begins like Parquet and goes on otherwise: cut off, encrypted, compressed in an unknown way.
    #[error("the file is no Parquet that can be read")]
    NotParquet(#[from] ::parquet::errors::ParquetError),
    /// A column that the header does not have.
    #[error("column {column}: missing; the header has {known}")]
    MissingColumn {
        /// The column asked for.
        column: String,
        /// Those that are there.
        known: String,
    },
    /// A column that the header has twice.
    #[error("column {0}: stands twice in the header")]
    DuplicateColumn(String),
    /// A cell that cannot be used.
    #[error("row {row}, column {column}: {problem}")]
    Cell {
        /// The line or row of the file.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong.
        problem: CellProblem,
    },
}

/// A table: names of its columns, then its rows.
pub(crate) struct Table {
    pub header: Header,
    pub rows: Box<dyn Iterator<Item = Result<Row, TableError>>>,
}

/// The names of the columns.
pub(crate) struct Header(StringRecord);

/// A column by name and place.
#[derive(Clone)]
pub(crate) struct Column {
    pub name: String,
    place: usize,
}

impl Column {
    /// That nothing stands there in a row.
    pub fn empty(&self, row: u64) -> TableError {
        self.wrong(row, CellProblem::Empty)
    }

    fn wrong(&self, row: u64, problem: CellProblem) -> TableError {
        TableError::Cell { row, column: self.name.clone(), problem }
    }
}

impl Header {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Result<Column, TableError> {
        self.optional(name)?.ok_or_else(|| TableError::MissingColumn {
            column: name.to_owned(),
            known: self.0.iter().collect::<Vec<_>>().join(", "),
        })
    }

    /// The names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }

    /// The column of this name, where a name is given.
    pub fn given(&self, name: Option<&String>) -> Result<Option<Column>, TableError> {
        name.map(|name| self.column(name)).transpose()
    }

    /// The column of this name, where there is one.
    pub fn optional(&self, name: &str) -> Result<Option<Column>, TableError> {
        let mut found = self.0.iter().enumerate().filter(|(_, known)| *known == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(TableError::DuplicateColumn(name.to_owned())),
            (found, None) => Ok(found.map(|(place, name)| Column { name: name.to_owned(), place })),
        }
    }
}

/// A row and its place in the file.
pub(crate) struct Row {
    pub number: u64,
    cells: StringRecord,
}

impl Row {
    /// What stands in a column.
    pub fn cell(&self, column: &Column) -> &str {
        self.cells.get(column.place).unwrap_or_default()
    }

    /// What stands in a column that may not be empty.
    pub fn text(&self, column: &Column) -> Result<&str, TableError> {
        filled(self.cell(column)).map_err(|problem| column.wrong(self.number, problem))
    }

    /// A number with a decimal point; yes and true are 1, no and false 0.
    pub fn number(&self, column: &Column) -> Result<f64, TableError> {
        number(self.cell(column)).map_err(|problem| column.wrong(self.number, problem))
    }
}

/// Opens CSV (commas, semicolons or tabs, with or without a byte order mark) or Parquet, told apart by the
/// first bytes.
pub(crate) fn open(mut source: impl Read) -> Result<Table, TableError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    if bytes.starts_with(b"PAR1") { parquet::open(bytes) } else { comma_separated(bytes) }
}

fn comma_separated(bytes: Vec<u8>) -> Result<Table, TableError> {
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let delimiter = delimiter(&bytes[start..]);
    let mut source = Cursor::new(bytes);
    source.set_position(start as u64);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(source);
    let header = reader.headers()?.clone();
    let placed = |record: Result<StringRecord, csv::Error>| {
        let record = record?;
        Ok(Row { number: record.position().map_or(0, csv::Position::line), cells: record })
    };
    Ok(Table { header: Header(header), rows: Box::new(reader.into_records().map(placed)) })
}

/// What separates the columns: whatever the header has most of, outside quotes.
fn delimiter(text: &[u8]) -> u8 {
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| {
        let mut quoted = false;
        let outside = header.iter().filter(|byte| {
            quoted ^= **byte == b'"';
            !quoted && **byte == wanted
        });
        outside.count()
    };
    // The comma last: it wins where nothing separates.
    [b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

fn filled(cell: &str) -> Result<&str, CellProblem> {
    if cell.is_empty() { Err(CellProblem::Empty) } else { Ok(cell) }
}

fn number(cell: &str) -> Result<f64, CellProblem> {
    let found = match filled(cell)?.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(1.0),
        "no" | "false" => Some(0.0),
        text => text.parse::<f64>().ok(),
    };
    let found = found.ok_or(CellProblem::NoNumber)?;
    if found.is_finite() { Ok(found) } else { Err(CellProblem::NotFinite) }
}
