//! What is still expected of a promise or an arrangement, set right with everything that is heard of it: as it is
//! made, with each payment, each due that is missed, and at its end.

use chrono::NaiveDate;
use kulanz_policy::{Due, arrangement_value};
use kulanz_types::berlin_date;

use super::agreement::{AgreedDue, Agreement, Fate};
use super::known::KEPT;

/// Probability that a due of an arrangement is paid, where those before it were. Six dues, a usual plan, are then all
/// paid with a probability of 0.74, as often as promises are kept.
const KEPT_DUE: f64 = 0.95;
/// Yearly rate at which later money is worth less.
const RATE: f64 = 0.05;

/// What is still expected.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prospect {
    /// Present value of what is to come as far as it is kept, in minor units.
    pub coming: f64,
    /// Probability that any of it comes.
    pub chance: f64,
}

/// What is still expected of a promise or an arrangement of which `came` minor units are there, as of a day; nothing
/// once it has ended. Of one whose dues nobody told, only the chance is known.
#[expect(
    clippy::cast_precision_loss,
    reason = "amounts below 90 trillion and days of a few years are exact"
)]
pub fn prospect(agreement: &Agreement<'_>, came: i64, as_of: NaiveDate) -> Prospect {
    if agreement.fate != Fate::Open {
        return Prospect::default();
    }
    let left = left(agreement.dues, came);
    let Some(next) = left.first() else {
        let chance = if agreement.dues.is_empty() { KEPT } else { 0.0 };
        return Prospect { coming: 0.0, chance };
    };
    let kept = if agreement.is_promise { KEPT } else { KEPT_DUE };
    // A due that was missed is made up for as a promise is kept.
    let missed = agreement.missed_at.is_some_and(|at| next.on < berlin_date(at));
    let mended = if missed { KEPT } else { 1.0 };
    let due = |due: &AgreedDue| Due {
        days: (due.on - as_of).num_days().max(0) as f64,
        amount: due.minor_units as f64,
    };
    let dues: Vec<Due> = left.iter().map(due).collect();
    Prospect { coming: mended * arrangement_value(&dues, kept, RATE), chance: mended * kept }
}

/// What of each due is not there yet: money fills the earliest first.
fn left(dues: &[AgreedDue], came: i64) -> Vec<AgreedDue> {
    let mut came = came.max(0);
    let mut left = Vec::with_capacity(dues.len());
    for due in dues {
        let filled = due.minor_units.min(came);
        came -= filled;
        if filled < due.minor_units {
            left.push(AgreedDue { minor_units: due.minor_units - filled, ..*due });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Days, TimeDelta, Utc};

    use crate::domain::agreement::{News, agreements};
    use crate::domain::outcome::OutcomeKind::{self, Arrangement, Broken, Kept, Missed, Promise};

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn day(day: u64) -> NaiveDate {
        NaiveDate::default() + Days::new(day)
    }

    /// Of 100 EUR in so many dues, a month apart from day 10 on.
    fn expected(dues: u64, news: &[(OutcomeKind, i64)], came: i64) -> Prospect {
        let amount = 10_000 / i64::try_from(dues).unwrap();
        let due = |place| AgreedDue { on: day(10 + 30 * place), minor_units: amount };
        let dues: Vec<_> = (0..dues).map(due).collect();
        let news = news.iter().map(|(kind, day)| News {
            at: at(*day),
            kind: *kind,
            about: "a",
            dues: &dues,
        });
        prospect(&agreements(news)[0], came, day(0))
    }

    #[test]
    fn the_longer_a_plan_the_less_it_is_worth_and_each_payment_makes_the_rest_more_certain() {
        let long = expected(10, &[(Arrangement, 1)], 0);
        let short = expected(2, &[(Arrangement, 1)], 0);
        assert!(long.coming < short.coming && long.coming > 6_500.0, "{long:?} {short:?}");
        assert!((long.chance - 0.95).abs() < 1e-12);
        let whole =
            |came: i32| f64::from(came) + expected(10, &[(Arrangement, 1)], came.into()).coming;
        for came in [0, 1_000, 2_000, 9_000] {
            assert!(whole(came) < whole(came + 1_000), "{came}");
        }
        assert_eq!(expected(10, &[(Arrangement, 1)], 10_000), Prospect::default());
    }

    #[test]
    fn a_plan_that_is_kept_or_broken_has_nothing_to_come() {
        for end in [Kept, Broken] {
            assert_eq!(expected(10, &[(Arrangement, 1), (end, 90)], 3_000), Prospect::default());
        }
    }

    #[test]
    fn a_missed_due_makes_the_rest_doubtful_until_it_is_there() {
        let agreed = [(Arrangement, 1)];
        let missed = [(Arrangement, 1), (Missed, 16)];
        let (sure, doubtful) = (expected(4, &agreed, 0), expected(4, &missed, 0));
        assert!((doubtful.coming - KEPT * sure.coming).abs() < 1e-9);
        assert!((doubtful.chance - KEPT * sure.chance).abs() < 1e-12);
        assert_eq!(expected(4, &missed, 2_500), expected(4, &agreed, 2_500));
    }

    #[test]
    fn a_promise_is_worth_what_promises_are_kept() {
        let promised = expected(1, &[(Promise, 1)], 0);
        assert!((promised.chance - KEPT).abs() < 1e-12);
        assert!(promised.coming < KEPT * 10_000.0 && promised.coming > KEPT * 9_900.0);
        let half = expected(1, &[(Promise, 1)], 5_000);
        assert!((half.coming - promised.coming / 2.0).abs() < 1e-9);
    }
}
