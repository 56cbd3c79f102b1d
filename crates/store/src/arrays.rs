//! Rows as one array for each column: a statement that is the same however many rows there are, so that
//! PostgreSQL reads and plans it once.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Value;
use sea_orm::sqlx::{Arguments as _, postgres::PgArguments};

use crate::StoreError;

/// The values of one column.
enum Column {
    Text(Vec<Option<String>>),
    BigInt(Vec<Option<i64>>),
    Int(Vec<Option<i32>>),
    Double(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
    Day(Vec<Option<NaiveDate>>),
    Instant(Vec<Option<DateTime<Utc>>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// What a statement takes: `$1::text[], $2::bigint[]` and the arrays.
pub(crate) struct Arrays {
    pub places: String,
    pub arguments: PgArguments,
}

impl Arrays {
    /// Turns rows of `width` values into columns.
    pub fn of(values: Vec<Value>, width: usize) -> Result<Self, StoreError> {
        let rows = values.len() / width.max(1);
        let mut columns: Vec<Column> = Vec::with_capacity(width);
        for (position, value) in values.into_iter().enumerate() {
            if position < width {
                columns.push(Column::for_kind(&value, rows)?);
            }
            columns[position % width].push(value)?;
        }
        let places = columns.iter().enumerate();
        let places = places.map(|(index, column)| format!("${}::{}[]", index + 1, column.kind()));
        let places: Vec<_> = places.collect();
        let mut arguments = PgArguments::default();
        for column in columns {
            column.bind(&mut arguments)?;
        }
        Ok(Self { places: places.join(", "), arguments })
    }
}

const UNKNOWN: StoreError = StoreError::Unreadable { what: "a type that is not written in bulk" };

impl Column {
    fn for_kind(value: &Value, rows: usize) -> Result<Self, StoreError> {
        Ok(match value {
            Value::String(_) => Self::Text(Vec::with_capacity(rows)),
            Value::BigInt(_) => Self::BigInt(Vec::with_capacity(rows)),
            Value::Int(_) => Self::Int(Vec::with_capacity(rows)),
            Value::Double(_) => Self::Double(Vec::with_capacity(rows)),
            Value::Bool(_) => Self::Bool(Vec::with_capacity(rows)),
            Value::ChronoDate(_) => Self::Day(Vec::with_capacity(rows)),
            Value::ChronoDateTimeUtc(_) => Self::Instant(Vec::with_capacity(rows)),
            Value::Bytes(_) => Self::Bytes(Vec::with_capacity(rows)),
            _ => return Err(UNKNOWN),
        })
    }

    fn push(&mut self, value: Value) -> Result<(), StoreError> {
        match (self, value) {
            (Self::Text(column), Value::String(value)) => column.push(value),
            (Self::BigInt(column), Value::BigInt(value)) => column.push(value),
            (Self::Int(column), Value::Int(value)) => column.push(value),
            (Self::Double(column), Value::Double(value)) => column.push(value),
            (Self::Bool(column), Value::Bool(value)) => column.push(value),
            (Self::Day(column), Value::ChronoDate(value)) => column.push(value),
            (Self::Instant(column), Value::ChronoDateTimeUtc(value)) => column.push(value),
            (Self::Bytes(column), Value::Bytes(value)) => column.push(value),
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::BigInt(_) => "bigint",
            Self::Int(_) => "integer",
            Self::Double(_) => "double precision",
            Self::Bool(_) => "boolean",
            Self::Day(_) => "date",
            Self::Instant(_) => "timestamptz",
            Self::Bytes(_) => "bytea",
        }
    }

    fn bind(self, arguments: &mut PgArguments) -> Result<(), StoreError> {
        let bound = match self {
            Self::Text(column) => arguments.add(column),
            Self::BigInt(column) => arguments.add(column),
            Self::Int(column) => arguments.add(column),
            Self::Double(column) => arguments.add(column),
            Self::Bool(column) => arguments.add(column),
            Self::Day(column) => arguments.add(column),
            Self::Instant(column) => arguments.add(column),
            Self::Bytes(column) => arguments.add(column),
        };
        bound.map_err(|_| UNKNOWN)
    }
}
