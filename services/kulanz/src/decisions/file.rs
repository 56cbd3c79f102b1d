//! The table as a file: CSV or Parquet.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as PhysicalType, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::row::Cell;

/// Rows that are written together: some 20 MB before compression.
const GROUP: usize = 10_000;

/// How the table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Commas, a header, UTF-8.
    Csv,
    /// Parquet, compressed with Zstandard.
    Parquet,
}

impl Form {
    /// As the name ends; CSV where it does not end in `.parquet`.
    pub fn of(path: &Path) -> Self {
        let parquet = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
        if parquet { Self::Parquet } else { Self::Csv }
    }
}

/// A file that is being written.
pub enum Sheet<W: Write + Send> {
    /// Row by row.
    Csv(Box<csv::Writer<W>>),
    /// Group by group.
    Parquet(Box<Groups<W>>),
}

/// Rows that wait for their group.
pub struct Groups<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    kinds: Vec<Cell>,
    waiting: Vec<Vec<Cell>>,
}

impl<W: Write + Send> Sheet<W> {
    /// Begins a file with these columns, each with a cell of its kind.
    pub fn begin(form: Form, target: W, columns: Vec<(String, Cell)>) -> anyhow::Result<Self> {
        if form == Form::Csv {
            let mut writer = csv::Writer::from_writer(target);
            writer.write_record(columns.iter().map(|(name, _)| name))?;
            return Ok(Self::Csv(Box::new(writer)));
        }
        let fields = columns.iter().map(|(name, kind)| field(name, kind));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("decision").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = SerializedFileWriter::new(target, Arc::new(schema), Arc::new(properties))?;
        let kinds = columns.into_iter().map(|(_, kind)| kind).collect();
        Ok(Self::Parquet(Box::new(Groups { writer, kinds, waiting: Vec::new() })))
    }

    /// Adds a row.
    pub fn add(&mut self, row: Vec<Cell>) -> anyhow::Result<()> {
        match self {
            Self::Csv(writer) => writer.write_record(row.iter().map(written))?,
            Self::Parquet(groups) => {
                groups.waiting.push(row);
                if groups.waiting.len() >= GROUP {
                    groups.write()?;
                }
            }
        }
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush()?,
            Self::Parquet(mut groups) => {
                groups.write()?;
                groups.writer.close()?;
            }
        }
        Ok(())
    }
}

impl<W: Write + Send> Groups<W> {
    fn write(&mut self) -> Result<(), ParquetError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.waiting);
        let mut group = self.writer.next_row_group()?;
        for (place, kind) in self.kinds.iter().enumerate() {
            let cells = rows.iter().map(|row| &row[place]);
            match kind {
                Cell::Text(_) => column::<ByteArrayType, W>(&mut group, cells.map(bytes))?,
                Cell::Number(_) => column::<DoubleType, W>(&mut group, cells.map(double))?,
                Cell::Whole(_) | Cell::Instant(_) => {
                    column::<Int64Type, W>(&mut group, cells.map(long))?;
                }
                Cell::Flag(_) => column::<BoolType, W>(&mut group, cells.map(boolean))?,
            }
        }
        group.close()?;
        Ok(())
    }
}

fn field(name: &str, kind: &Cell) -> Result<TypePtr, ParquetError> {
    let (physical, meaning) = match kind {
        Cell::Text(_) => (PhysicalType::BYTE_ARRAY, ConvertedType::UTF8),
        Cell::Number(_) => (PhysicalType::DOUBLE, ConvertedType::NONE),
        Cell::Whole(_) => (PhysicalType::INT64, ConvertedType::NONE),
        Cell::Flag(_) => (PhysicalType::BOOLEAN, ConvertedType::NONE),
        Cell::Instant(_) => (PhysicalType::INT64, ConvertedType::TIMESTAMP_MICROS),
    };
    let field = Type::primitive_type_builder(name, physical)
        .with_converted_type(meaning)
        .with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(field.build()?))
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let mut present = Vec::new();
    let mut values = Vec::new();
    for cell in cells {
        present.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<T>().write_batch(&values, Some(&present), None)?;
    column.close()
}

fn bytes(cell: &Cell) -> Option<ByteArray> {
    let Cell::Text(text) = cell else { return None };
    text.as_deref().map(ByteArray::from)
}

const fn double(cell: &Cell) -> Option<f64> {
    let Cell::Number(number) = cell else { return None };
    *number
}

fn long(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Whole(number) => *number,
        Cell::Instant(at) => at.map(|at| at.timestamp_micros()),
        _ => None,
    }
}

const fn boolean(cell: &Cell) -> Option<bool> {
    let Cell::Flag(flag) = cell else { return None };
    *flag
}

fn written(cell: &Cell) -> String {
    let instant = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.map(|number| number.to_string()),
        Cell::Whole(number) => number.map(|number| number.to_string()),
        Cell::Flag(flag) => flag.map(|flag| flag.to_string()),
        Cell::Instant(at) => at.as_ref().map(instant),
    }
    .unwrap_or_default()
}
