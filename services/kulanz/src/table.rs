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

/// Why a file is no table.
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
}

/// A table: names of its columns, then its rows.
pub(crate) struct Table {
    pub header: StringRecord,
    /// Each with its place: the line of a CSV file, where the header is line 1, the number of the row of a
    /// Parquet file, where the first is 1.
    pub rows: Box<dyn Iterator<Item = Result<(u64, StringRecord), TableError>>>,
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
        Ok((record.position().map_or(0, csv::Position::line), record))
    };
    Ok(Table { header, rows: Box::new(reader.into_records().map(placed)) })
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

/// What stands in a cell that may not be empty.
pub(crate) fn filled(cell: &str) -> Result<&str, CellProblem> {
    if cell.is_empty() { Err(CellProblem::Empty) } else { Ok(cell) }
}

/// A number with a decimal point; yes and true are 1, no and false 0.
pub(crate) fn number(cell: &str) -> Result<f64, CellProblem> {
    let found = match filled(cell)?.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(1.0),
        "no" | "false" => Some(0.0),
        text => text.parse::<f64>().ok(),
    };
    let found = found.ok_or(CellProblem::NoNumber)?;
    if found.is_finite() { Ok(found) } else { Err(CellProblem::NotFinite) }
}
