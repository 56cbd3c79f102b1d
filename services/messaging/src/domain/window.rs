//! When a person may be contacted at all: 8 to 20 o'clock, Monday to Saturday, no public holidays,
//! in Europe/Berlin. No statute fixes these hours; they follow practice under § 7 UWG and can be
//! narrowed per tenant.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use kulanz_types::calendar::{State, is_public_holiday};
use kulanz_types::{berlin_date, berlin_time};

/// Longest run of closed days that any calendar produces, with ample room.
const HORIZON_DAYS: u64 = 30;

/// The hours in which contact is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactWindow {
    /// First allowed hour, 0 to 23.
    pub from_hour: u32,
    /// First hour that is closed again, 1 to 23.
    pub to_hour: u32,
    /// State whose public holidays count.
    pub state: State,
}

impl ContactWindow {
    /// The default window with the holidays of one state.
    pub const fn of(state: State) -> Self {
        Self { from_hour: 8, to_hour: 20, state }
    }

    /// The window narrowed to hours that a person asked for; hours without overlap are ignored.
    #[must_use]
    pub fn within(self, from_hour: Option<u32>, to_hour: Option<u32>) -> Self {
        let from = self.from_hour.max(from_hour.unwrap_or(0));
        let to = self.to_hour.min(to_hour.unwrap_or(24));
        if from < to { Self { from_hour: from, to_hour: to, ..self } } else { self }
    }

    /// Whether contact is allowed on this day at all.
    pub fn allows_day(self, date: NaiveDate) -> bool {
        date.weekday() != Weekday::Sun && !is_public_holiday(date, self.state)
    }

    /// Whether contact is allowed at this instant.
    pub fn is_open(self, now: DateTime<Utc>) -> bool {
        let date = berlin_date(now);
        self.allows_day(date)
            && now >= hour_of(date, self.from_hour)
            && now < hour_of(date, self.to_hour)
    }

    /// The first allowed instant that is not before `from`.
    pub fn next_opening(self, from: DateTime<Utc>) -> DateTime<Utc> {
        if self.is_open(from) {
            return from;
        }
        self.first_in(from, |_| Some((self.from_hour, self.to_hour))).unwrap_or(from)
    }

    /// The first allowed instant not before `from` on a day for which `hours` names a range
    /// (first hour, first closed hour); `None` when the horizon holds no such day.
    pub fn first_in(
        self,
        from: DateTime<Utc>,
        hours: impl Fn(NaiveDate) -> Option<(u32, u32)>,
    ) -> Option<DateTime<Utc>> {
        let days = berlin_date(from).iter_days().take(usize::try_from(HORIZON_DAYS).unwrap_or(30));
        days.filter(|date| self.allows_day(*date)).find_map(|date| {
            let (first, end) = hours(date)?;
            let opens = hour_of(date, first.max(self.from_hour));
            let closes = hour_of(date, end.min(self.to_hour));
            let start = opens.max(from);
            (start < closes).then_some(start)
        })
    }
}

/// The instant at which an hour begins on a day in Berlin.
fn hour_of(date: NaiveDate, hour: u32) -> DateTime<Utc> {
    let time = NaiveTime::MIN + TimeDelta::hours(i64::from(hour.min(23)));
    berlin_time(date, time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window() -> ContactWindow {
        ContactWindow::of(State::Nationwide)
    }

    fn at(year: i32, month: u32, day: u32, hour: u32) -> DateTime<Utc> {
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        berlin_time(date, NaiveTime::from_hms_opt(hour, 0, 0).unwrap())
    }

    #[test]
    fn a_saturday_evening_waits_for_monday_morning() {
        assert_eq!(window().next_opening(at(2026, 11, 21, 21)), at(2026, 11, 23, 8));
    }

    #[test]
    fn christmas_is_quiet() {
        assert!(!window().is_open(at(2026, 12, 25, 12)));
        assert_eq!(window().next_opening(at(2026, 12, 24, 20)), at(2026, 12, 28, 8));
    }

    #[test]
    fn hours_are_those_of_berlin_in_summer_and_winter() {
        assert!(window().is_open(at(2026, 7, 1, 8)));
        assert!(!window().is_open(at(2026, 7, 1, 7)));
        assert!(window().is_open(at(2026, 1, 7, 19)));
        assert!(!window().is_open(at(2026, 1, 7, 20)));
    }

    proptest! {
        #[test]
        fn the_next_opening_is_open_and_not_in_the_past(minutes in 0_i64..2_000_000) {
            let from = at(2026, 1, 1, 0) + TimeDelta::minutes(minutes);
            let opening = window().next_opening(from);
            prop_assert!(opening >= from);
            prop_assert!(window().is_open(opening));
        }
    }
}
