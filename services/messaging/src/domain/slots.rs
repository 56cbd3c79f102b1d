//! From a slot of the catalogue to the instant at which a message goes out.

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};

use super::catalogue::Slot;
use super::window::ContactWindow;

/// Weekdays and hours of a slot.
struct Hours {
    weekdays: [Weekday; 2],
    from: u32,
    to: u32,
}

const fn hours(slot: Slot) -> Hours {
    let weekdays = match slot {
        Slot::EarlyWeekMorning
        | Slot::EarlyWeekMidday
        | Slot::EarlyWeekAfternoon
        | Slot::EarlyWeekEvening => [Weekday::Mon, Weekday::Tue],
        Slot::MidWeekMorning
        | Slot::MidWeekMidday
        | Slot::MidWeekAfternoon
        | Slot::MidWeekEvening => [Weekday::Wed, Weekday::Thu],
        _ => [Weekday::Fri, Weekday::Sat],
    };
    let (from, to) = match slot {
        Slot::EarlyWeekMorning | Slot::MidWeekMorning | Slot::LateWeekMorning => (8, 11),
        Slot::EarlyWeekMidday | Slot::MidWeekMidday | Slot::LateWeekMidday => (11, 14),
        Slot::EarlyWeekAfternoon | Slot::MidWeekAfternoon | Slot::LateWeekAfternoon => (14, 17),
        _ => (17, 20),
    };
    Hours { weekdays, from, to }
}

/// First hour and first closed hour of a slot.
pub const fn hours_of_day(slot: Slot) -> (u32, u32) {
    let hours = hours(slot);
    (hours.from, hours.to)
}

/// The first instant of the slot that is not before `from` and lies inside the contact window.
pub fn next_time(slot: Slot, from: DateTime<Utc>, window: ContactWindow) -> DateTime<Utc> {
    let wanted = hours(slot);
    let on = |date: NaiveDate| {
        wanted.weekdays.contains(&date.weekday()).then_some((wanted.from, wanted.to))
    };
    window.first_in(from, on).unwrap_or_else(|| window.next_opening(from))
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, TimeDelta, Timelike};
    use kulanz_types::calendar::State;
    use kulanz_types::{berlin_date, berlin_time};
    use proptest::prelude::*;

    use super::*;

    fn monday_at_ten() -> DateTime<Utc> {
        let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        berlin_time(date, NaiveTime::from_hms_opt(10, 0, 0).unwrap())
    }

    #[test]
    fn a_slot_that_is_running_starts_now() {
        let window = ContactWindow::of(State::Nationwide);
        assert_eq!(next_time(Slot::EarlyWeekMorning, monday_at_ten(), window), monday_at_ten());
    }

    #[test]
    fn a_slot_that_is_over_waits_for_its_next_day() {
        let window = ContactWindow::of(State::Nationwide);
        let evening = next_time(Slot::MidWeekEvening, monday_at_ten(), window);
        assert_eq!(berlin_date(evening), NaiveDate::from_ymd_opt(2026, 11, 25).unwrap());
        assert_eq!(evening.with_timezone(&chrono_tz::Europe::Berlin).hour(), 17);
    }

    proptest! {
        #[test]
        fn every_slot_finds_an_open_time_within_a_month(
            slot in prop::sample::select(Slot::ALL.to_vec()),
            hours in 0_i64..20_000,
        ) {
            let window = ContactWindow::of(State::Nationwide);
            let from = monday_at_ten() + TimeDelta::hours(hours);
            let time = next_time(slot, from, window);
            prop_assert!(time >= from && window.is_open(time));
            prop_assert!(time - from <= TimeDelta::days(21));
        }
    }
}
