use chrono::{Days, Months, NaiveDate};
use serde::Serialize;

use crate::{LawError, Refusal};

/// A run of days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A span without an end yet stops the period for good.
pub(super) const OPEN: NaiveDate = NaiveDate::MAX;

/// A period that runs: its first and its last day before anything suspends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Running {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

impl Running {
    /// So many years from the day after an event (§ 187 Abs. 1, § 188 Abs. 2, 3 BGB).
    pub fn years_from(event: NaiveDate, years: u32) -> Result<Self, LawError> {
        Ok(Self { start: next_day(event)?, end: add_months(event, years.saturating_mul(12))? })
    }

    /// The last day once the suspended days are left out (§ 209 BGB): those before the period began and
    /// those after its end do not count. [`OPEN`] while a suspension or a floor without end lasts.
    pub fn end_without(self, merged: &[Span]) -> Result<NaiveDate, LawError> {
        let mut end = self.end;
        if end == OPEN {
            return Ok(OPEN);
        }
        for span in merged.iter().filter(|span| span.to >= self.start) {
            if span.from > end {
                break;
            }
            if span.to == OPEN {
                return Ok(OPEN);
            }
            end = add_days(end, (span.to - span.from.max(self.start)).num_days() + 1)?;
        }
        Ok(end)
    }
}

/// The spans in order, overlapping ones made one: a day is suspended once.
pub fn merge_spans(spans: &[Span]) -> Vec<Span> {
    let mut sorted = spans.to_vec();
    sorted.sort();
    let mut merged: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}

/// A period's end moved by suspended days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The suspensions, overlaps made one.
    pub merged: Vec<Span>,
    /// How many days were added.
    pub days: i64,
    /// The last day with them.
    pub expires_on: NaiveDate,
}

/// Adds the suspended days to a period that would end on `expires_on` (§ 209 BGB). Suspensions that
/// begin after the end come too late.
pub fn extend(expires_on: NaiveDate, suspensions: &[Span]) -> Result<Extension, LawError> {
    if suspensions.iter().any(|span| span.to < span.from) {
        return Err(Refusal::PeriodReversed.into());
    }
    let merged = merge_spans(suspensions);
    let running = Running { start: NaiveDate::MIN, end: expires_on };
    let end = running.end_without(&merged)?;
    Ok(Extension { days: (end - expires_on).num_days(), merged, expires_on: end })
}

pub(super) fn next_day(date: NaiveDate) -> Result<NaiveDate, LawError> {
    date.succ_opt().ok_or_else(|| Refusal::DateOutOfRange.into())
}

pub(super) fn add_days(date: NaiveDate, days: i64) -> Result<NaiveDate, LawError> {
    u64::try_from(days)
        .ok()
        .and_then(|days| date.checked_add_days(Days::new(days)))
        .ok_or_else(|| Refusal::DateOutOfRange.into())
}

pub(super) fn add_months(date: NaiveDate, months: u32) -> Result<NaiveDate, LawError> {
    date.checked_add_months(Months::new(months)).ok_or_else(|| Refusal::DateOutOfRange.into())
}
