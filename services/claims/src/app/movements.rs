//! Everything that happened to a creditor's claims, read page by page from a cursor on.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use kulanz_store::Store;
use kulanz_types::TenantId;

use crate::error::Error;
use crate::store::movements::{Place, Query, Row, entries, steps};

/// Rows of each kind that are held at once.
const PAGE: u64 = 500;

/// How far a reader has come: in entries, and in steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    entries: Place,
    steps: Place,
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, steps) = (self.entries, self.steps);
        write!(
            out,
            "m1-{:x}-{:x}-{:x}-{:x}",
            entries.recorded_in, entries.number, steps.recorded_in, steps.number
        )
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let numbers = text.strip_prefix("m1-").ok_or(NoCursor)?.split('-');
        let numbers: Vec<i64> = numbers
            .map(|number| i64::from_str_radix(number, 16))
            .collect::<Result<_, _>>()
            .map_err(|_| NoCursor)?;
        let &[recorded_in, number, step_in, step] = numbers.as_slice() else {
            return Err(NoCursor);
        };
        Ok(Self {
            entries: Place { recorded_in, number },
            steps: Place { recorded_in: step_in, number: step },
        })
    }
}

/// One movement.
#[derive(Debug)]
pub enum Movement {
    /// An entry of the account.
    Entry(Row),
    /// A step of the claim's life.
    Step(Row),
}

/// Reads movements, the older first: by transaction where there are numbers of them, by instant, entries
/// before the steps that follow from them.
pub struct Reader {
    store: Store,
    tenant: TenantId,
    query: Query,
    cursor: Cursor,
    entries: Side,
    steps: Side,
}

/// What was read ahead of one kind.
#[derive(Default)]
struct Side {
    rows: VecDeque<Row>,
    /// How far was read.
    read: Place,
    /// Nothing more was there when it was last looked at.
    ended: bool,
}

impl Reader {
    /// A reader that goes on after a cursor.
    pub fn new(store: Store, tenant: TenantId, query: Query, cursor: Cursor) -> Self {
        let side = |read| Side { read, ..Side::default() };
        let (entries, steps) = (side(cursor.entries), side(cursor.steps));
        Self { store, tenant, query, cursor, entries, steps }
    }

    /// The next movement and where to go on after it; none at the end. No transaction is open while
    /// nobody asks.
    pub async fn next(&mut self) -> Result<Option<(Movement, Cursor)>, Error> {
        self.fill().await?;
        let entry_first = match (self.entries.rows.front(), self.steps.rows.front()) {
            (Some(entry), Some(step)) => order(entry) <= order(step),
            (Some(_), None) => true,
            (None, _) => false,
        };
        let side = if entry_first { &mut self.entries } else { &mut self.steps };
        let Some(row) = side.rows.pop_front() else { return Ok(None) };
        let movement = if entry_first {
            self.cursor.entries = row.place;
            Movement::Entry(row)
        } else {
            self.cursor.steps = row.place;
            Movement::Step(row)
        };
        Ok(Some((movement, self.cursor)))
    }

    /// Neither side may run dry while it has more: the other's rows would be told too early.
    async fn fill(&mut self) -> Result<(), Error> {
        if self.entries.is_filled() && self.steps.is_filled() {
            return Ok(());
        }
        let work = self.store.begin(self.tenant).await?;
        if !self.entries.is_filled() {
            let rows = entries(&work, &self.query, self.entries.read, PAGE).await?;
            self.entries.take(rows);
        }
        if !self.steps.is_filled() {
            let rows = steps(&work, &self.query, self.steps.read, PAGE).await?;
            self.steps.take(rows);
        }
        Ok(())
    }
}

fn order(row: &Row) -> (i64, chrono::DateTime<chrono::Utc>) {
    (row.place.recorded_in, row.recorded_at)
}

impl Side {
    fn is_filled(&self) -> bool {
        self.ended || !self.rows.is_empty()
    }

    fn take(&mut self, rows: Vec<Row>) {
        self.ended = rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        self.read = rows.last().map_or(self.read, |row| row.place);
        self.rows = rows.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        let cursor = Cursor {
            entries: Place { recorded_in: 812, number: 5 },
            steps: Place { recorded_in: i64::MAX, number: 0 },
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "m1-", "m1-1-2-3", "m1-1-2-3-4-5", "m1-1-2-3-x", "m2-1-2-3-4"] {
            assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
        }
    }
}
