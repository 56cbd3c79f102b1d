//! Many rows at once. Row-level security refuses COPY into its tables; so PostgreSQL copies into a
//! temporary table and inserts from there, in the same transaction and under the same policy.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER;
use sea_orm::Value;

use crate::{Backend, StoreError, Work, arrays::Arrays, transaction::Connection};

/// Values that SQLite binds in one statement at the most; PostgreSQL takes twice as many.
const MOST_VALUES: usize = 32_766;
/// Rows of one statement at the most: beyond, a statement gains nothing.
const MOST_ROWS: usize = 500;
/// Up to so many rows arrays cost less than a copy and its table.
const MANY: usize = 1_000;

/// So many bytes of a copy are sent together.
const PIECE: usize = 1 << 16;

/// What to do about a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is an error.
    Refuse,
    /// What is there stays.
    Keep,
}

/// Rows of one table: `values` one row after the other, each in the order of `columns`.
pub struct Rows<'a> {
    /// The table.
    pub table: &'a str,
    /// Its columns that are given.
    pub columns: &'a [&'a str],
    /// The values.
    pub values: Vec<Value>,
    /// What to do about rows that are there.
    pub known: Known,
}

impl Rows<'_> {
    fn conflict(&self) -> &'static str {
        match self.known {
            Known::Refuse => "",
            Known::Keep => " ON CONFLICT DO NOTHING",
        }
    }

    fn names(&self) -> String {
        let quoted: Vec<_> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    }

    fn count(&self) -> usize {
        self.values.len() / self.columns.len().max(1)
    }
}

impl Work {
    /// Adds rows in their order, however many they are; how many were not there before.
    pub async fn insert_rows(&self, rows: Rows<'_>) -> Result<u64, StoreError> {
        if rows.count() > 1
            && let Some(connection) = self.db().postgres().await
        {
            return if rows.count() > MANY {
                copy(connection, rows).await
            } else {
                arrays(connection, rows).await
            };
        }
        let (conflict, width) = (rows.conflict(), rows.columns.len().max(1));
        let most = (MOST_VALUES / width).clamp(1, MOST_ROWS) * width;
        let names = rows.names();
        let mut values = rows.values.into_iter().peekable();
        let mut added = 0;
        while values.peek().is_some() {
            let some: Vec<Value> = values.by_ref().take(most).collect();
            let places = places(self.store().backend(), some.len() / width, width);
            let sql = format!("INSERT INTO {} ({names}) VALUES {places}{conflict}", rows.table);
            added += self.execute(&sql, some).await?;
        }
        Ok(added)
    }
}

/// `($1, $2), ($3, $4)` for two rows of two values. SQLite goes through all numbers before one to find it, so it counts
/// for itself: `(?, ?), (?, ?)`.
fn places(backend: Backend, rows: usize, width: usize) -> String {
    let mut text = String::with_capacity(rows * width * 7);
    for place in 0..rows * width {
        let before = match (place, place % width) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        };
        text.push_str(before);
        match backend {
            Backend::Sqlite => text.push('?'),
            Backend::Postgres => _ = write!(text, "${}", place + 1),
        }
    }
    text.push(')');
    text
}

async fn arrays(mut connection: Connection<'_>, rows: Rows<'_>) -> Result<u64, StoreError> {
    let (table, names, conflict) = (rows.table, rows.names(), rows.conflict());
    let Arrays { places, arguments } = Arrays::of(rows.values, rows.columns.len())?;
    let insert = format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({places}){conflict}");
    connection.run_with(insert, arguments).await
}

async fn copy(mut connection: Connection<'_>, rows: Rows<'_>) -> Result<u64, StoreError> {
    let (table, names, conflict) = (rows.table, rows.names(), rows.conflict());
    let mut text = Text::of(rows.values, rows.columns.len());
    let stage = "CREATE TEMPORARY TABLE bulk ON COMMIT DROP AS";
    connection.run(format!("{stage} SELECT {names} FROM {table} WITH NO DATA")).await?;
    let statement = format!("COPY bulk ({names}) FROM STDIN");
    connection.copy(&statement, |piece| text.next(piece)).await?;
    let insert = format!("INSERT INTO {table} ({names}) SELECT {names} FROM bulk{conflict}");
    connection.run(format!("{insert}; DROP TABLE bulk")).await
}

/// Rows in the text format of COPY, written bit by bit.
struct Text {
    values: std::vec::IntoIter<Value>,
    width: usize,
    instant: Instant,
}

impl Text {
    fn of(values: Vec<Value>, width: usize) -> Self {
        Self { values: values.into_iter(), width, instant: Instant::default() }
    }

    /// Writes the next rows, none once all are written.
    fn next(&mut self, out: &mut String) -> Result<(), StoreError> {
        while out.len() < PIECE && self.values.len() > 0 {
            for column in 0..self.width {
                let Some(value) = self.values.next() else { break };
                self.cell(value, out)?;
                out.push(if column + 1 == self.width { '\n' } else { '\t' });
            }
        }
        Ok(())
    }

    fn cell(&mut self, value: Value, out: &mut String) -> Result<(), StoreError> {
        match value {
            Value::String(Some(text)) => escaped(&text, out),
            Value::BigInt(Some(number)) => _ = write!(out, "{number}"),
            Value::Int(Some(number)) => _ = write!(out, "{number}"),
            Value::Double(Some(number)) => _ = write!(out, "{number}"),
            Value::Bool(Some(flag)) => out.push(if flag { 't' } else { 'f' }),
            Value::ChronoDate(Some(day)) => _ = write!(out, "{day}"),
            Value::ChronoDateTimeUtc(Some(at)) => out.push_str(self.instant.text(at)),
            Value::Bytes(Some(bytes)) => {
                out.push_str("\\\\x");
                HEXLOWER.encode_append(&bytes, out);
            }
            Value::String(None)
            | Value::BigInt(None)
            | Value::Int(None)
            | Value::Double(None)
            | Value::Bool(None)
            | Value::ChronoDate(None)
            | Value::ChronoDateTimeUtc(None)
            | Value::Bytes(None) => out.push_str("\\N"),
            _ => return Err(StoreError::Unreadable { what: "a type that is not copied" }),
        }
        Ok(())
    }
}

fn escaped(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\t' => "\\t",
            b'\n' => "\\n",
            b'\r' => "\\r",
            _ => "\\\\",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// The instant written last: most rows of a transaction carry the same.
#[derive(Default)]
struct Instant(DateTime<Utc>, String);

impl Instant {
    fn text(&mut self, at: DateTime<Utc>) -> &str {
        if self.1.is_empty() || self.0 != at {
            *self = Self(at, at.to_rfc3339_opts(SecondsFormat::Micros, true));
        }
        &self.1
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, places};
    use crate::Backend;
    use sea_orm::Value;

    #[test]
    fn places_are_numbered_through_for_postgresql_alone() {
        assert_eq!(places(Backend::Postgres, 2, 2), "($1, $2), ($3, $4)");
        assert_eq!(places(Backend::Sqlite, 2, 2), "(?, ?), (?, ?)");
    }

    #[test]
    fn what_means_something_to_copy_is_escaped() {
        let values: Vec<Value> = vec![
            "a\\b\tc\r\nd".into(),
            Value::String(None),
            Value::Bytes(Some(vec![0, 255])),
            true.into(),
        ];
        let mut text = String::new();
        Text::of(values, 2).next(&mut text).unwrap();
        assert_eq!(text, "a\\\\b\\tc\\r\\nd\t\\N\n\\\\x00ff\tt\n");
    }
}
