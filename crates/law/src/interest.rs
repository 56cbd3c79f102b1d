use chrono::{Datelike, NaiveDate};
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

use crate::base_rate::{self, half_year_end};
use crate::exact::largest_remainder;
use crate::{
    AmountLine, BaseRate, BaseRateTable, Exact, InterestRate, LawError, Percent, Purpose, Refusal,
    Rule,
};

/// How many days make a year. No statute says; § 191 BGB speaks for 365.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// Actual days over 365: the default.
    #[default]
    Act365,
    /// Actual days over 365 or 366, whichever the calendar year has.
    ActAct,
    /// Twelve months of thirty days (30E/360): only where a contract fixes the rate.
    Thirty360,
}

impl DayCount {
    /// The days of a year, as a formula names them.
    pub fn year(self, date: NaiveDate) -> i64 {
        match self {
            Self::ActAct if date.leap_year() => 366,
            Self::Act365 | Self::ActAct => 365,
            Self::Thirty360 => 360,
        }
    }

    /// The days from `from` to `to`, both included. Sums over neighbouring periods are the sum of the
    /// whole, so that a split changes nothing.
    fn days(self, from: NaiveDate, to: NaiveDate) -> i64 {
        match self {
            Self::Act365 | Self::ActAct => (to - from).num_days() + 1,
            Self::Thirty360 => to.succ_opt().map_or(0, thirty) - thirty(from),
        }
    }
}

/// Days since year zero with months of thirty days; the 31st counts as the 30th.
fn thirty(date: NaiveDate) -> i64 {
    let day = i64::from(date.day().min(30));
    i64::from(date.year()) * 360 + i64::from(date.month0()) * 30 + day
}

/// The last day that bears interest when money is credited on `credited`. No court has settled whether
/// the day itself counts; `payment_day_counts` is off by default, which favours the debtor.
pub fn last_interest_day(credited: NaiveDate, payment_day_counts: bool) -> NaiveDate {
    if payment_day_counts { credited } else { credited.pred_opt().unwrap_or(credited) }
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

impl Segment {
    fn line(&self, rule: Rule, day_count: DayCount, amount: Money) -> AmountLine {
        let year = day_count.year(self.from);
        let formula =
            format!("{} × {} % × {} / {year}", self.principal.to_decimal(), self.rate, self.days);
        let mut line = AmountLine::new(rule, self.from, amount, formula)
            .input("from", self.from)
            .input("to", self.to)
            .input("principal", self.principal.to_decimal())
            .input("days", self.days);
        if let Some(base) = self.base {
            line = line.input("base", base.percent).input("base_from", base.valid_from);
            line.provisional_from = base.provisional.then_some(self.from);
        }
        line.input("rate", self.rate).input("year", year)
    }

    /// What the segment would bear over 360 actual days: a contrast value to compare foreign workings
    /// with, not a convention that a claim can have.
    pub fn contrast_act360(&self) -> Result<Exact, LawError> {
        let days = (self.to - self.from).num_days() + 1;
        Exact::interest(self.principal.minor_units(), self.rate.millionths(), days, 360)
    }
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
                    .map_err(|_| Refusal::AmountOutOfRange.into())
            })
            .collect()
    }

    /// Refuses interest that rests on a base rate not announced yet: what a posting must call first.
    pub fn require_final(self) -> Result<Self, LawError> {
        match self.provisional_from() {
            Some(from) => Err(LawError::Provisional { table: base_rate::TABLE, from }),
            None => Ok(self),
        }
    }

    /// The accrual for a purpose: a posting refuses provisional days, a projection keeps them marked.
    pub fn for_purpose(self, purpose: Purpose) -> Result<Self, LawError> {
        match purpose {
            Purpose::Posting => self.require_final(),
            Purpose::Projection => Ok(self),
        }
    }

    /// One line per segment, adding up to the total that is rounded once.
    pub fn lines(&self, rule: Rule, day_count: DayCount) -> Result<Vec<AmountLine>, LawError> {
        let Some(first) = self.segments.first() else { return Ok(Vec::new()) };
        let total = self.exact().round(first.principal.currency())?;
        let amounts = self.amounts(total)?;
        let lines = self.segments.iter().zip(amounts);
        Ok(lines.map(|(part, amount)| part.line(rule, day_count, amount)).collect())
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
        return Err(Refusal::NegativeAmount.into());
    }
    if day_count == DayCount::Thirty360 && matches!(rate, InterestRate::OverBase(_)) {
        return Err(Refusal::ThirtyDayMonths.into());
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
    let days = day_count.days(from, to);
    let year = i128::from(day_count.year(from));
    let exact = Exact::interest(principal.minor_units(), rate.millionths(), days, year)?;
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
    fn the_contrast_of_three_hundred_and_sixty_days_counts_both_ends() {
        let fixed = InterestRate::Fixed(Percent::whole(10));
        let (from, to) = (date("2026-02-01"), date("2026-02-28"));
        let accrual = accrue(Money::eur(100_000), from, to, fixed, DayCount::Act365).unwrap();
        let contrast = accrual.segments[0].contrast_act360().unwrap();
        // 1,000.00 x 10 % x 28 / 360 = 7.777...
        assert_eq!(contrast.round(Currency::EUR).unwrap(), Money::eur(778));
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
            Err(LawError::Provisional { table: base_rate::TABLE, from: date("2027-01-01") })
        );
    }

    #[test]
    fn months_of_thirty_days_are_for_a_contract_rate_only() {
        let fixed = InterestRate::Fixed(Percent::whole(6));
        // 1,000.00 x 6 % x 30 / 360 for January and for February alike
        for (from, to) in [("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")] {
            assert_eq!(total(100_000, from, to, fixed, DayCount::Thirty360), Money::eur(500));
        }
        let statutory = accrue(
            Money::eur(1),
            date("2026-01-01"),
            date("2026-01-31"),
            InterestRate::CONSUMER,
            DayCount::Thirty360,
        );
        assert_eq!(statutory, Err(Refusal::ThirtyDayMonths.into()));
    }

    #[test]
    fn the_day_of_credit_bears_interest_only_with_the_switch() {
        assert_eq!(last_interest_day(date("2026-03-01"), false), date("2026-02-28"));
        assert_eq!(last_interest_day(date("2026-03-01"), true), date("2026-03-01"));
    }

    #[test]
    fn a_line_carries_norm_version_inputs_and_formula() {
        let accrual = accrue(
            Money::eur(120_000),
            date("2026-12-01"),
            date("2027-01-31"),
            InterestRate::CONSUMER,
            DayCount::Act365,
        )
        .unwrap();
        let lines = accrual.lines(Rule::DefaultInterest, DayCount::Act365).unwrap();
        assert_eq!(lines[0].norm, "§ 288 Abs. 1 S. 2 BGB");
        assert_eq!(lines[0].formula, "1200.00 × 6.52 % × 31 / 365");
        assert_eq!(lines[0].provisional_from, None);
        assert_eq!(lines[1].provisional_from, Some(date("2027-01-01")));
    }

    proptest! {
        #[test]
        fn splitting_a_period_does_not_change_the_result(
            cents in 0i64..100_000_000, start in 0u64..8_000, first in 0u64..800, second in 0u64..800,
            kind in 0usize..3,
        ) {
            let count = [DayCount::ActAct, DayCount::Act365, DayCount::Thirty360][kind];
            let contract = InterestRate::Fixed("7.35".parse().unwrap());
            let rate = if kind == 2 { contract } else { InterestRate::CONSUMER };
            let from = date("2003-01-01") + chrono::Days::new(start);
            let middle = from + chrono::Days::new(first);
            let to = middle + chrono::Days::new(1 + second);
            let run = |a, b| accrue(Money::eur(cents), a, b, rate, count).unwrap();
            let whole = run(from, to).exact();
            let parts = run(from, middle).exact() + run(middle + chrono::Days::new(1), to).exact();
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn more_principal_and_more_days_never_bear_less(
            cents in 0i64..100_000_000, more in 0i64..1_000_000, start in 0u64..8_000,
            length in 0u64..2_000, longer in 0u64..500,
        ) {
            let from = date("2003-01-01") + chrono::Days::new(start);
            let to = from + chrono::Days::new(length);
            let run = |cents, to| {
                accrue(Money::eur(cents), from, to, InterestRate::CONSUMER, DayCount::ActAct)
                    .unwrap()
                    .exact()
            };
            prop_assert!(run(cents, to) <= run(cents + more, to));
            prop_assert!(run(cents, to) <= run(cents, to + chrono::Days::new(longer)));
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
