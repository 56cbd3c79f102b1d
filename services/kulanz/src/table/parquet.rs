//! Parquet: the rows of a file as cells of text, so that both kinds of table are read the same way.

use bytes::Bytes;
use csv::StringRecord;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;

use super::{Header, Row, Table, TableError};

pub(super) fn open(bytes: Vec<u8>) -> Result<Table, TableError> {
    let reader = SerializedFileReader::new(Bytes::from(bytes))?;
    let schema = reader.metadata().file_metadata().schema();
    let header: StringRecord = schema.get_fields().iter().map(|column| column.name()).collect();
    let placed = |(number, row): (u64, Result<parquet::record::Row, ParquetError>)| {
        let cells = row?.get_column_iter().map(|(_, field)| cell(field)).collect();
        Ok(Row { number, cells })
    };
    let rows = (1..).zip(RowIter::from_file_into(Box::new(reader))).map(placed);
    Ok(Table { header: Header(header), rows: Box::new(rows) })
}

/// Numbers as they are written in CSV: the shortest text that reads back to the same bits.
fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.trim().to_owned(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).trim().to_owned(),
        Field::Float(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        other => other.to_string(),
    }
}
