//! Monthly due dates: a day of the month, moved to the next day on which banks book.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use kulanz_types::calendar::banking_day_on_or_after;

/// Due dates month after month: the day of `first`, or the month's last day where it has none, each
/// moved to the next TARGET2 day (§ 193 BGB: never earlier than agreed).
pub fn due_dates(first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    // Adding months to the first date and not to the one before keeps the 31st from becoming the 28th.
    (0..)
        .map_while(move |month| first.checked_add_months(Months::new(month)))
        .map(banking_day_on_or_after)
}

/// The day from which a plan counts: the 1st or the 15th of a month, after the usual days of income,
/// with at least `lead` days to go. Not yet moved to a banking day, so that later months keep the day.
pub fn first_due_date(today: NaiveDate, lead: Days) -> NaiveDate {
    let earliest = today.checked_add_days(lead).unwrap_or(today);
    let fifteenth = earliest.with_day(15).filter(|day| *day >= earliest);
    let next_first = || earliest.with_day(1).and_then(|day| day.checked_add_months(Months::new(1)));
    let first = if earliest.day() == 1 { Some(earliest) } else { fifteenth.or_else(next_first) };
    first.unwrap_or(earliest)
}
