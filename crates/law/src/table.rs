//! Reading the CSV tables that are compiled in.

use chrono::NaiveDate;

/// The data rows of a table: comment lines and the header left out, fields split at commas.
///
/// The tables are our own and hold no quoted fields, so the plain split is exact; a test reads each.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    lines(text).map(|line| line.split(',').collect())
}

/// The data lines of a table, whole.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).skip(1)
}

/// EUR with two decimals (`51.50`) or whole EUR (`500`) in cents.
pub(crate) fn cents(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "00"));
    if decimals.len() != 2 {
        return None;
    }
    Some(whole.parse::<i64>().ok()? * 100 + decimals.parse::<i64>().ok()?)
}

/// A day, or none for an empty field. The outer `None` is an unreadable one.
#[expect(clippy::option_option, reason = "an empty field and an unreadable one differ")]
pub(crate) fn day(text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}
