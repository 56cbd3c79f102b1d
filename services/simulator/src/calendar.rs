//! The days of a simulation: numbers from its first Monday, with what behaviour depends on.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::space::level;

/// A day of the simulation, counted from its first.
pub type Day = u32;

/// What is known of a day beforehand.
#[derive(Debug, Clone, Copy)]
pub struct DayFacts {
    /// Day of the month, 1 to 31.
    pub of_month: u32,
    /// Months since the first.
    pub month: u32,
    /// Days since Monday, 0 to 6.
    pub weekday: u32,
    /// Place in the year, 0 to 1.
    pub of_year: f64,
}

/// The days from the first to the last.
#[derive(Debug, Clone)]
pub struct Calendar {
    first: NaiveDate,
    days: Vec<DayFacts>,
}

/// The first day of every simulation: Monday, 5 January 2026.
pub const FIRST: NaiveDate = match NaiveDate::from_ymd_opt(2026, 1, 5) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

impl Calendar {
    /// The calendar of `length` days from a Monday on.
    pub fn new(first: NaiveDate, length: Day) -> Self {
        let month = |date: NaiveDate| date.year() * 12 + date.month0() as i32;
        let facts = |day| {
            let date = first.checked_add_days(Days::new(u64::from(day))).unwrap_or(first);
            DayFacts {
                of_month: date.day(),
                month: (month(date) - month(first)).unsigned_abs(),
                weekday: date.weekday().num_days_from_monday(),
                of_year: f64::from(date.ordinal0()) / 365.25,
            }
        };
        Self { first, days: (0..length).map(facts).collect() }
    }

    /// What is known of a day; the last known day stands for those behind it.
    pub fn facts(&self, day: Day) -> DayFacts {
        let last = self.days.len().saturating_sub(1);
        self.days[(day as usize).min(last)]
    }

    /// The date of a day.
    pub fn date(&self, day: Day) -> NaiveDate {
        self.first.checked_add_days(Days::new(u64::from(day))).unwrap_or(self.first)
    }

    /// The number of a date, if it is not before the first.
    pub fn day(&self, date: NaiveDate) -> Option<Day> {
        Day::try_from((date - self.first).num_days()).ok()
    }

    /// The next day on or after `from` on which a monthly payday falls.
    pub fn next_payday(&self, from: Day, of_month: u32) -> Day {
        let date = self.date(from);
        let this = date.with_day(of_month.clamp(1, 28)).unwrap_or(date);
        let next = if this >= date { Some(this) } else { this.checked_add_months(Months::new(1)) };
        next.and_then(|date| self.day(date)).unwrap_or(from)
    }

    /// The next day on or after `from` on which a slot falls.
    pub fn next_in_slot(&self, from: Day, slot: u8) -> Day {
        let weekday = self.facts(from).weekday;
        let first = u32::from(slot / 4) * 2;
        let ahead = if weekday == first + 1 { 0 } else { (first + 7 - weekday) % 7 };
        from + ahead
    }

    /// The morning slot of a day, that of Monday on Sundays.
    pub fn morning_slot(&self, day: Day) -> u8 {
        match self.facts(day).weekday {
            0 | 1 | 6 => 0,
            2 | 3 => 4,
            _ => 8,
        }
    }
}

/// Hour of the day at which a slot begins, Europe/Berlin.
pub const fn slot_hour(slot: u8) -> u32 {
    8 + 3 * (slot % 4) as u32
}

/// Whether a channel carries text that lasts: what a first notice needs (§ 13a RDG).
pub const fn is_textual(channel: u8) -> bool {
    matches!(channel, level::EMAIL | level::LETTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_begins_today_where_today_is_one_of_its_two_days() {
        let calendar = Calendar::new(FIRST, 400);
        // Monday the 5th: early week today, mid week on Wednesday, late week on Friday.
        assert_eq!([0, 4, 8].map(|slot| calendar.next_in_slot(0, slot)), [0, 2, 4]);
        assert_eq!([0, 4, 8].map(|slot| calendar.next_in_slot(3, slot)), [7, 3, 4]);
        assert_eq!([0, 4, 8].map(|slot| calendar.next_in_slot(6, slot)), [7, 9, 11]);
        for day in 0..300 {
            for slot in 0..12 {
                let at = calendar.next_in_slot(day, slot);
                let weekday = calendar.facts(at).weekday;
                assert!(at < day + 7 && weekday / 2 == u32::from(slot / 4), "{day} {slot}");
            }
        }
    }

    #[test]
    fn payday_comes_every_month_and_never_lies_behind() {
        let calendar = Calendar::new(FIRST, 400);
        assert_eq!(calendar.date(calendar.next_payday(0, 28)).to_string(), "2026-01-28");
        assert_eq!(calendar.date(calendar.next_payday(24, 28)).to_string(), "2026-02-28");
        for day in 0..300 {
            let next = calendar.next_payday(day, 1);
            assert!(next >= day && next <= day + 31, "{day}");
        }
    }
}
