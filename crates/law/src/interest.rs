use chrono::NaiveDate;
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

use crate::base_rate::half_year_end;
use crate::exact::largest_remainder;
use crate::{BaseRate, BaseRateTable, Exact, LawError, Percent};

/// How the yearly rate is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterestRate {
    /// Points over the base rate of each day (§ 288 Abs. 1, 2 BGB; § 497 Abs. 4 BGB).
    OverBase(Percent),
    /// A rate that the contract fixes (§ 288 Abs. 3 BGB).
    Fixed(Percent),
}

impl InterestRate {
    /// Five points, any money debt (§ 288 Abs. 1 BGB).
    pub const CONSUMER: Self = Self::OverBase(Percent::whole(5));
    /// Nine points, payment claims without a consumer on either side (§ 288 Abs. 2 BGB).
    pub const BUSINESS: Self = Self::OverBase(Percent::whole(9));

    /// The norm, as a statement cites it.
    pub fn norm(self) -> &'static str {
        match self {
            Self::Fixed(_) => "§ 288 Abs. 3 BGB",
            Self::OverBase(points) if points > Percent::whole(5) => "§ 288 Abs. 2 BGB",
            Self::OverBase(points) if points < Percent::whole(5) => "§ 497 Abs. 4 BGB",
            Self::OverBase(_) => "§ 288 Abs. 1 BGB",
        }
    }

    /// The rate for a payment claim that arose on `arose`: until 2014-07-28 eight points instead of
    /// nine (Art. 229 § 34 EGBGB).
    pub fn statutory(consumer: bool, arose: NaiveDate) -> Self {
        const NINE_POINTS_FROM: NaiveDate = match NaiveDate::from_ymd_opt(2014, 7, 29) {
            Some(day) => day,
            None => NaiveDate::MIN,
        };
        match (consumer, arose < NINE_POINTS_FROM) {
            (true, _) => Self::CONSUMER,
            (false, true) => Self::OverBase(Percent::whole(8)),
            (false, false) => Self::BUSINESS,
        }
    }
}

/// How many days make a year. No statute says; § 191 BGB speaks for 365.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// Actual days over 365: the default.
    #[default]
    Act365,
    /// Actual days over 365 or 366, whichever the calendar year has.
    ActAct,
}

impl DayCount {
    fn year(self, date: NaiveDate) -> i128 {
        match self {
            Self::ActAct if date.leap_year() => 366,
            Self::Act365 | Self::ActAct => 365,
        }
    }
}

/// A run of days with one principal and one rate; both ends bear interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How many days that is.
    pub days: i64,
    /// The principal that bears the interest.
    pub principal: Money,
    /// Per cent per year: base rate plus points, or the contract's rate.
    pub rate: Percent,
    /// The base rate used, none where the contract fixes the rate.
    pub base: Option<BaseRate>,
    /// The interest before rounding.
    pub exact: Exact,
}

/// The interest of a period, exact, with its working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accrual {
    /// One segment per half-year.
    pub segments: Vec<Segment>,
}

impl Accrual {
    /// The sum before rounding.
    pub fn exact(&self) -> Exact {
        self.segments.iter().map(|segment| segment.exact).sum()
    }

    /// The first day whose base rate is not announced yet.
    pub fn provisional_from(&self) -> Option<NaiveDate> {
        self.segments
            .iter()
            .find(|part| part.base.is_some_and(|base| base.provisional))
            .map(|part| part.from)
    }

    /// The amount of each segment, summing to the rounded total by largest remainder.
    pub fn amounts(&self, total: Money) -> Result<Vec<Money>, LawError> {
        let parts: Vec<Exact> = self.segments.iter().map(|segment| segment.exact).collect();
        largest_remainder(&parts, i128::from(total.minor_units()))
            .into_iter()
            .map(|units| {
                i64::try_from(units)
                    .map(|minor_units| Money::new(total.currency(), minor_units))
                    .map_err(|_| LawError::Refused("the interest leaves the range of an amount"))
            })
            .collect()
    }

    /// Refuses interest that rests on a base rate not announced yet: what a posting must call first.
    pub fn require_final(self) -> Result<Self, LawError> {
        match self.provisional_from() {
            Some(from) => Err(LawError::Provisional { from }),
            None => Ok(self),
        }
    }
}

/// The default interest on `principal` for every day from `from` to `to`, both included; nothing when
/// `to` lies before `from`.
///
/// Interest bears no interest (§ 289 BGB): `principal` is the main claim alone.
pub fn accrue(
    principal: Money,
    from: NaiveDate,
    to: NaiveDate,
    rate: InterestRate,
    day_count: DayCount,
) -> Result<Accrual, LawError> {
    if principal.is_negative() {
        return Err(LawError::Refused("interest needs a principal that is not negative"));
    }
    let mut segments = Vec::new();
    let mut first = from;
    while first <= to && !principal.is_zero() {
        let last = half_year_end(first).min(to);
        segments.push(segment(principal, first, last, rate, day_count)?);
        let Some(next) = last.succ_opt() else { break };
        first = next;
    }
    Ok(Accrual { segments })
}

fn segment(
    principal: Money,
    from: NaiveDate,
    to: NaiveDate,
    rate: InterestRate,
    day_count: DayCount,
) -> Result<Segment, LawError> {
    let (base, rate) = match rate {
        InterestRate::Fixed(rate) => (None, rate),
        InterestRate::OverBase(points) => {
            let base = BaseRateTable::built_in().on(from)?;
            (Some(base), base.percent.plus(points))
        }
    };
    let days = (to - from).num_days() + 1;
    let exact =
        Exact::interest(principal.minor_units(), rate.millionths(), days, day_count.year(from))?;
    Ok(Segment { from, to, days, principal, rate, base, exact })
}

#[cfg(test)]
mod tests {
    use kulanz_types::Currency;
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn total(cents: i64, from: &str, to: &str, rate: InterestRate, count: DayCount) -> Money {
        let accrual = accrue(Money::eur(cents), date(from), date(to), rate, count).unwrap();
        accrual.exact().round(Currency::EUR).unwrap()
    }

    #[test]
    fn the_rate_follows_the_base_rate_from_half_year_to_half_year() {
        let accrual = accrue(
            Money::eur(48_000),
            date("2024-11-30"),
            date("2025-07-31"),
            InterestRate::CONSUMER,
            DayCount::Act365,
        )
        .unwrap();
        let shown: Vec<(i64, String)> =
            accrual.segments.iter().map(|part| (part.days, part.rate.to_string())).collect();
        assert_eq!(shown, [(32, "8.37".into()), (181, "7.27".into()), (31, "6.27".into())]);
        // 480.00 x (8.37 x 32 + 7.27 x 181 + 6.27 x 31) / 36,500 = 23.38
        assert_eq!(accrual.exact().round(Currency::EUR).unwrap(), Money::eur(2_338));
    }

    #[test]
    fn a_negative_base_rate_lowers_the_points() {
        // 900.00 x 4.12 x 30 / 36,500 = 3.0477
        assert_eq!(
            total(90_000, "2021-09-01", "2021-09-30", InterestRate::CONSUMER, DayCount::Act365),
            Money::eur(305)
        );
    }

    #[test]
    fn two_days_are_rounded_once_and_not_twice() {
        let one = |day| total(123_456, day, day, InterestRate::BUSINESS, DayCount::Act365);
        assert_eq!(one("2026-06-01"), Money::eur(35));
        assert_eq!(
            total(123_456, "2026-06-01", "2026-06-02", InterestRate::BUSINESS, DayCount::Act365),
            Money::eur(69)
        );
    }

    #[test]
    fn a_leap_year_counts_366_days_only_by_actual_year() {
        let fixed = InterestRate::Fixed(Percent::whole(10));
        let year = |count| total(100_000, "2024-01-01", "2024-12-31", fixed, count);
        assert_eq!(year(DayCount::Act365), Money::eur(10_027));
        assert_eq!(year(DayCount::ActAct), Money::eur(10_000));
    }

    #[test]
    fn a_period_beyond_the_table_is_provisional_and_cannot_be_posted() {
        let accrual = accrue(
            Money::eur(10_000),
            date("2026-12-01"),
            date("2027-01-31"),
            InterestRate::CONSUMER,
            DayCount::Act365,
        )
        .unwrap();
        assert_eq!(accrual.provisional_from(), Some(date("2027-01-01")));
        assert_eq!(
            accrual.require_final(),
            Err(LawError::Provisional { from: date("2027-01-01") })
        );
    }

    #[test]
    fn a_business_debt_from_before_the_reform_bears_eight_points() {
        let old = InterestRate::statutory(false, date("2014-07-28"));
        assert_eq!(old, InterestRate::OverBase(Percent::whole(8)));
        assert_eq!(InterestRate::statutory(false, date("2014-07-29")), InterestRate::BUSINESS);
        assert_eq!(InterestRate::statutory(true, date("2010-01-01")), InterestRate::CONSUMER);
    }

    proptest! {
        #[test]
        fn splitting_a_period_does_not_change_the_result(
            cents in 0i64..100_000_000, start in 0u64..8_000, first in 0u64..800, second in 0u64..800,
            actual in any::<bool>(),
        ) {
            let count = if actual { DayCount::ActAct } else { DayCount::Act365 };
            let from = date("2003-01-01") + chrono::Days::new(start);
            let middle = from + chrono::Days::new(first);
            let to = middle + chrono::Days::new(1 + second);
            let run = |a, b| accrue(Money::eur(cents), a, b, InterestRate::CONSUMER, count).unwrap();
            let whole = run(from, to).exact();
            let parts = run(from, middle).exact() + run(middle + chrono::Days::new(1), to).exact();
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn the_shown_segments_sum_to_the_rounded_total(
            cents in 0i64..100_000_000, start in 0u64..8_000, length in 0u64..2_000,
        ) {
            let from = date("2003-01-01") + chrono::Days::new(start);
            let to = from + chrono::Days::new(length);
            let accrual =
                accrue(Money::eur(cents), from, to, InterestRate::BUSINESS, DayCount::Act365).unwrap();
            let total = accrual.exact().round(Currency::EUR).unwrap();
            let shown = Money::sum(Currency::EUR, accrual.amounts(total).unwrap()).unwrap();
            prop_assert_eq!(shown, if accrual.segments.is_empty() { Money::eur(0) } else { total });
        }
    }
}
