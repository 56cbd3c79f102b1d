use chrono::{Datelike, Months, NaiveDate};
use kulanz_types::calendar::{State, next_working_day};

use crate::{LawError, Refusal};

/// When a claim can no longer be enforced against the debtor's will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limitation {
    /// The last day of the period.
    pub expires_on: NaiveDate,
    /// The last day on which a filing is still in time: the next working day (§ 193 BGB). The period
    /// itself does not move.
    pub last_timely_filing: NaiveDate,
}

/// The ordinary period: three years (§ 195 BGB) from the end of the year in which the claim arose and
/// the creditor knew of it (§ 199 Abs. 1 BGB), at most ten years from its arising (§ 199 Abs. 4 BGB).
pub fn ordinary_limitation(
    arose: NaiveDate,
    known: NaiveDate,
    state: State,
) -> Result<Limitation, LawError> {
    let out_of_range = LawError::from(Refusal::DateOutOfRange);
    let by_year =
        NaiveDate::from_ymd_opt(arose.max(known).year() + 3, 12, 31).ok_or(out_of_range.clone())?;
    let by_age = arose.checked_add_months(Months::new(120)).ok_or(out_of_range)?;
    let expires_on = by_year.min(by_age);
    Ok(Limitation { expires_on, last_timely_filing: next_working_day(expires_on, state) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expires(arose: &str, known: &str) -> String {
        let date = |text: &str| text.parse().unwrap();
        ordinary_limitation(date(arose), date(known), State::Nationwide)
            .unwrap()
            .expires_on
            .to_string()
    }

    #[test]
    fn three_years_run_from_the_end_of_the_year() {
        assert_eq!(expires("2022-03-31", "2022-03-31"), "2025-12-31");
        assert_eq!(expires("2021-12-30", "2022-01-02"), "2025-12-31");
    }

    #[test]
    fn late_knowledge_ends_after_ten_years_to_the_day() {
        assert_eq!(expires("2014-05-06", "2024-01-10"), "2024-05-06");
    }

    #[test]
    fn a_filing_on_the_next_working_day_is_in_time() {
        let date = |text: &str| text.parse().unwrap();
        let day = date("2019-04-01");
        // 31 December 2022 is a Saturday, 1 January a holiday on a Sunday.
        let limitation = ordinary_limitation(day, day, State::Nationwide).unwrap();
        assert_eq!(limitation.last_timely_filing, date("2023-01-02"));
    }
}
