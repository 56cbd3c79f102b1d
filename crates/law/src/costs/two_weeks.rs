use chrono::{Days, NaiveDate};
use kulanz_types::calendar::{State, next_working_day};

use super::FeeRate;
use crate::{LawError, Refusal};

/// The last day of the two weeks after the first demand: the same weekday (§ 188 Abs. 2 BGB), moved to the
/// next working day (§ 193 BGB). Paid by then, the case is a simple one (VV 2300 note 2).
///
/// Whether the weeks begin with dispatch or receipt is contested: `received` is the day of receipt, or an
/// estimate of it, which favours the debtor.
pub fn simple_case_until(received: NaiveDate, state: State) -> Result<NaiveDate, LawError> {
    let last = received.checked_add_days(Days::new(14));
    last.map(|day| next_working_day(day, state)).ok_or_else(|| Refusal::DateOutOfRange.into())
}

/// The rate of VV 2300 by the day on which the money was credited: 0.5 by the last day of the two weeks,
/// else 0.9. Another rate needs a reason.
pub fn rate_by_payment(credited: Option<NaiveDate>, until: NaiveDate) -> FeeRate {
    if credited.is_some_and(|day| day <= until) { FeeRate::SIMPLE } else { FeeRate::UNCONTESTED }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn two_weeks_end_on_the_same_weekday_or_the_next_working_day() {
        let until = |day| simple_case_until(date(day), State::Nationwide).unwrap();
        assert_eq!(until("2026-09-01"), date("2026-09-15"));
        // Saturday 12 September 2026 moves from Saturday 26 to Monday 28.
        assert_eq!(until("2026-09-12"), date("2026-09-28"));
        // Friday 11 December 2026: 25 and 26 December are holidays, 27 is a Sunday.
        assert_eq!(until("2026-12-11"), date("2026-12-28"));
    }

    #[test]
    fn a_payment_on_the_last_day_makes_the_case_simple() {
        let until = date("2026-09-15");
        assert_eq!(rate_by_payment(Some(until), until), FeeRate::SIMPLE);
        assert_eq!(rate_by_payment(until.succ_opt(), until), FeeRate::UNCONTESTED);
        assert_eq!(rate_by_payment(None, until), FeeRate::UNCONTESTED);
    }
}
