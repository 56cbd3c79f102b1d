//! Which days banks settle, which days people rest.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// A German state, for public holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the states say what they are")]
pub enum State {
    BadenWuerttemberg,
    Bayern,
    Berlin,
    Brandenburg,
    Bremen,
    Hamburg,
    Hessen,
    MecklenburgVorpommern,
    Niedersachsen,
    NordrheinWestfalen,
    RheinlandPfalz,
    Saarland,
    Sachsen,
    SachsenAnhalt,
    SchleswigHolstein,
    Thueringen,
    /// Only the nine holidays that every state keeps: where the state is not known.
    Nationwide,
}

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm, Meeus 1991).
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year % 19;
    let century = year / 100;
    let of_century = year % 100;
    let shift = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - shift + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let count = epact + weekday - 7 * correction + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(count / 31).ok()?,
        u32::try_from(count % 31 + 1).ok()?,
    )
}

/// Whole days from Easter Sunday to `date`, negative before it.
fn days_from_easter(date: NaiveDate) -> Option<i64> {
    easter(date.year()).map(|sunday| (date - sunday).num_days())
}

/// Whether the euro area's banks settle on `date` (TARGET closing days: weekends, 1 January, Good
/// Friday, Easter Monday, 1 May, 25 and 26 December).
pub fn is_banking_day(date: NaiveDate) -> bool {
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let fixed = matches!((date.month(), date.day()), (1 | 5, 1) | (12, 25 | 26));
    !weekend && !fixed && !matches!(days_from_easter(date), Some(-2 | 1))
}

/// The first banking day on or after `date`.
pub fn banking_day_on_or_after(date: NaiveDate) -> NaiveDate {
    first_from(date, is_banking_day)
}

/// Whether `date` is a public holiday in `state` (state of the law: 2026).
pub fn is_public_holiday(date: NaiveDate, state: State) -> bool {
    is_everywhere(date) || is_regional(date, state)
}

fn is_everywhere(date: NaiveDate) -> bool {
    matches!((date.month(), date.day()), (1 | 5, 1) | (10, 3) | (12, 25 | 26))
        || matches!(days_from_easter(date), Some(-2 | 1 | 39 | 50))
}

fn is_regional(date: NaiveDate, state: State) -> bool {
    use State::{
        BadenWuerttemberg, Bayern, Berlin, Brandenburg, Bremen, Hamburg, Hessen,
        MecklenburgVorpommern, Niedersachsen, NordrheinWestfalen, RheinlandPfalz, Saarland,
        Sachsen, SachsenAnhalt, SchleswigHolstein, Thueringen,
    };
    match (date.month(), date.day(), days_from_easter(date)) {
        (1, 6, _) => matches!(state, BadenWuerttemberg | Bayern | SachsenAnhalt),
        (3, 8, _) => matches!(state, Berlin | MecklenburgVorpommern),
        (_, _, Some(0 | 49)) => state == Brandenburg,
        (_, _, Some(60)) => matches!(
            state,
            BadenWuerttemberg | Bayern | Hessen | NordrheinWestfalen | RheinlandPfalz | Saarland
        ),
        (8, 15, _) => matches!(state, Bayern | Saarland),
        (9, 20, _) => state == Thueringen,
        (10, 31, _) => matches!(
            state,
            Brandenburg
                | Bremen
                | Hamburg
                | MecklenburgVorpommern
                | Niedersachsen
                | Sachsen
                | SachsenAnhalt
                | SchleswigHolstein
                | Thueringen
        ),
        (11, 1, _) => matches!(
            state,
            BadenWuerttemberg | Bayern | NordrheinWestfalen | RheinlandPfalz | Saarland
        ),
        (11, 16..=22, _) => state == Sachsen && date.weekday() == Weekday::Wed,
        _ => false,
    }
}

/// The first day on or after `date` that is neither Saturday, Sunday nor a public holiday in `state`
/// (§ 193 BGB).
pub fn next_working_day(date: NaiveDate, state: State) -> NaiveDate {
    first_from(date, |day| {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_public_holiday(day, state)
    })
}

fn first_from(date: NaiveDate, wanted: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    // No run of closed days comes near three weeks, so the fallback is never reached.
    (0..21)
        .filter_map(|days| date.checked_add_days(Days::new(days)))
        .find(|day| wanted(*day))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, month, of_month) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28)] {
            assert_eq!(easter(year), Some(day(year, month, of_month)));
        }
    }

    #[test]
    fn banks_rest_on_good_friday_but_not_on_german_unity_day() {
        assert!(!is_banking_day(day(2026, 4, 3)));
        assert!(!is_banking_day(day(2026, 4, 6)));
        assert!(is_banking_day(day(2025, 10, 3)));
        assert_eq!(banking_day_on_or_after(day(2026, 12, 25)), day(2026, 12, 28));
    }

    #[test]
    fn a_term_that_ends_on_a_holiday_ends_on_the_next_working_day() {
        assert_eq!(next_working_day(day(2026, 5, 14), State::Nationwide), day(2026, 5, 15));
        assert_eq!(next_working_day(day(2026, 11, 18), State::Sachsen), day(2026, 11, 19));
        assert_eq!(next_working_day(day(2026, 11, 18), State::Berlin), day(2026, 11, 18));
    }
}
