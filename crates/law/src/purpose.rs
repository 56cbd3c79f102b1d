use chrono::NaiveDate;

use crate::LawError;

/// What a figure is for: it decides what happens where a table has no announced value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An entry in an account: refused unless every value is final.
    Posting,
    /// A statement, quote or forecast: the last value stands in and the first such day is named.
    Projection,
}

/// A row of a dated table, found for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce<T> {
    /// The row.
    pub value: T,
    /// The first day on which it is in force.
    pub valid_from: NaiveDate,
    /// The last day; none until the law changes it.
    pub valid_to: Option<NaiveDate>,
    /// The first day after the announced values, where the day asked for lies on or after it.
    pub provisional_from: Option<NaiveDate>,
}

/// A table whose rows are in force from day to day, oldest first.
pub(crate) trait Dated {
    fn valid_from(&self) -> NaiveDate;
    fn valid_to(&self) -> Option<NaiveDate>;
}

/// The row in force on `date`, or the last one marked provisional after the end of the table.
pub(crate) fn in_force<'a, T: Dated>(
    rows: &'a [T],
    table: &'static str,
    date: NaiveDate,
    purpose: Purpose,
) -> Result<InForce<&'a T>, LawError> {
    let missing = LawError::NoTable { table, date };
    let index = rows.partition_point(|row| row.valid_from() <= date);
    let row = index.checked_sub(1).and_then(|at| rows.get(at)).ok_or(missing.clone())?;
    let ended = row.valid_to().filter(|last| *last < date);
    // A gap between two rows is no future: no value stands in for it.
    if ended.is_some() && index < rows.len() {
        return Err(missing);
    }
    let provisional_from = ended.and_then(|last| last.succ_opt());
    match (provisional_from, purpose) {
        (Some(from), Purpose::Posting) => Err(LawError::Provisional { table, from }),
        _ => Ok(InForce {
            value: row,
            valid_from: row.valid_from(),
            valid_to: row.valid_to(),
            provisional_from,
        }),
    }
}
