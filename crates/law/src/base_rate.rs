use std::sync::LazyLock;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;

use crate::{LawError, Percent, table};

/// How errors name the table.
pub(crate) const TABLE: &str = "base rate § 247 BGB";

/// The base rate of § 247 BGB on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BaseRate {
    /// Per cent per year; below zero from 2013 to 2022.
    pub percent: Percent,
    /// The first day of the half-year from which the value is in force.
    pub valid_from: NaiveDate,
    /// True when the half-year of the day has no value yet and the last known one stands in for it.
    pub provisional: bool,
}

/// The base rates by half-year, changing on 1 January and 1 July only (§ 247 Abs. 1 BGB).
#[derive(Debug, Clone, Default)]
pub struct BaseRateTable {
    rows: Vec<(NaiveDate, Percent)>,
}

static BUILT_IN: LazyLock<BaseRateTable> =
    // An unreadable table stays empty, and an empty table refuses every day: it fails closed.
    LazyLock::new(|| {
        BaseRateTable::parse(include_str!("../data/base_rate.csv")).unwrap_or_default()
    });

impl BaseRateTable {
    /// The table shipped with this version.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    fn parse(text: &'static str) -> Option<Self> {
        let rows = table::rows(text)
            .map(|row| Some((row.first()?.parse().ok()?, row.get(1)?.parse().ok()?)))
            .collect::<Option<Vec<_>>>()?;
        Some(Self { rows })
    }

    /// The last day that the table covers with an announced value.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let (from, _) = self.rows.last()?;
        from.checked_add_months(Months::new(6))?.pred_opt()
    }

    /// The rate on a day; the last known value, marked provisional, after the end of the table.
    pub fn on(&self, date: NaiveDate) -> Result<BaseRate, LawError> {
        let missing = LawError::NoTable { table: TABLE, date };
        let index = self.rows.partition_point(|(from, _)| *from <= date);
        let (valid_from, percent) =
            index.checked_sub(1).and_then(|at| self.rows.get(at)).ok_or(missing)?;
        let provisional = self.last_day().is_none_or(|last| date > last);
        Ok(BaseRate { percent: *percent, valid_from: *valid_from, provisional })
    }

    /// The lowest rate of a period, both days included.
    pub fn lowest(&self, from: NaiveDate, to: NaiveDate) -> Result<Percent, LawError> {
        let first = self.on(from)?.percent;
        let later = self.rows.iter().filter(|(day, _)| from < *day && *day <= to);
        Ok(later.fold(first, |lowest, (_, percent)| lowest.min(*percent)))
    }
}

/// The last day of the half-year that holds the date, the latest day on which its rate is the same.
pub(crate) fn half_year_end(date: NaiveDate) -> NaiveDate {
    let (year, month) = if date.month() <= 6 { (date.year(), 7) } else { (date.year() + 1, 1) };
    NaiveDate::from_ymd_opt(year, month, 1)
        .and_then(|first| first.checked_sub_days(Days::new(1)))
        .unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_lowest_rate_of_a_period_may_lie_within_it() {
        let lowest = |from: &str, to: &str| {
            BaseRateTable::built_in().lowest(date(from), date(to)).unwrap().to_string()
        };
        assert_eq!(lowest("2024-12-31", "2024-12-31"), "3.37");
        assert_eq!(lowest("2024-12-31", "2025-01-01"), "2.27");
        assert_eq!(lowest("2024-12-31", "2026-06-30"), "1.27");
        assert_eq!(lowest("2012-01-01", "2023-02-01"), "-0.88");
    }

    #[test]
    fn the_table_has_one_value_for_every_half_year() {
        let rows = &BaseRateTable::built_in().rows;
        assert_eq!(rows.len(), 50);
        for pair in rows.windows(2) {
            assert_eq!(half_year_end(pair[0].0).succ_opt(), Some(pair[1].0));
        }
    }

    #[test]
    fn the_rate_changes_at_the_half_year() {
        let table = BaseRateTable::built_in();
        let percent = |day| table.on(date(day)).unwrap().percent.to_string();
        assert_eq!(percent("2022-12-31"), "-0.88");
        assert_eq!(percent("2023-01-01"), "1.62");
        assert_eq!(percent("2026-06-30"), "1.27");
        assert_eq!(percent("2026-07-01"), "1.52");
    }

    #[test]
    fn a_day_after_the_table_is_provisional_and_one_before_it_is_refused() {
        let table = BaseRateTable::built_in();
        assert!(!table.on(date("2026-12-31")).unwrap().provisional);
        let next = table.on(date("2027-01-01")).unwrap();
        assert!(next.provisional);
        assert_eq!(next.valid_from, date("2026-07-01"));
        assert!(matches!(table.on(date("2001-12-31")), Err(LawError::NoTable { .. })));
    }
}
