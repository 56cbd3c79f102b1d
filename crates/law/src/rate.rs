use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{BaseRateTable, DefaultStart, LawError, Percent, Refusal, Rule};

/// How the yearly rate is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterestRate {
    /// Points over the base rate of each day (§ 288 Abs. 1, 2 BGB; § 497 Abs. 4 BGB).
    OverBase(Percent),
    /// A rate that the contract fixes (§ 288 Abs. 3 BGB).
    Fixed(Percent),
}

/// § 288 Abs. 2 BGB in its wording of nine points holds for obligations from this day on (Art. 229 § 34
/// EGBGB).
const NINE_POINTS_FROM: NaiveDate = day(2014, 7, 29);
/// A continuing obligation from before bears nine points for what is performed after this day.
const CONTINUING_UNTIL: NaiveDate = day(2016, 6, 30);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

impl InterestRate {
    /// Five points, any money debt (§ 288 Abs. 1 BGB).
    pub const CONSUMER: Self = Self::OverBase(Percent::whole(5));
    /// Nine points, payment claims without a consumer on either side (§ 288 Abs. 2 BGB).
    pub const BUSINESS: Self = Self::OverBase(Percent::whole(9));
    /// Eight points, the same for obligations from before 2014-07-29.
    pub const BUSINESS_BEFORE_2014: Self = Self::OverBase(Percent::whole(8));
    /// Two and a half points, consumer loans secured by land (§ 497 Abs. 4 BGB).
    pub const MORTGAGE: Self = Self::OverBase(Percent::basis_points(250));
    /// Four per cent (§ 246 BGB).
    pub const CIVIL: Self = Self::Fixed(Percent::whole(4));
    /// Five per cent (§ 352 Abs. 1 HGB).
    pub const COMMERCIAL: Self = Self::Fixed(Percent::whole(5));

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
        match (consumer, arose < NINE_POINTS_FROM) {
            (true, _) => Self::CONSUMER,
            (false, true) => Self::BUSINESS_BEFORE_2014,
            (false, false) => Self::BUSINESS,
        }
    }

    /// The yearly rate on a day.
    pub fn on(self, date: NaiveDate) -> Result<Percent, LawError> {
        match self {
            Self::Fixed(rate) => Ok(rate),
            Self::OverBase(points) => Ok(BaseRateTable::built_in().on(date)?.percent.plus(points)),
        }
    }

    /// The lowest yearly rate of a period, both days included.
    pub fn lowest(self, from: NaiveDate, to: NaiveDate) -> Result<Percent, LawError> {
        match self {
            Self::Fixed(rate) => Ok(rate),
            Self::OverBase(points) => Ok(BaseRateTable::built_in().lowest(from, to)?.plus(points)),
        }
    }
}

/// What kind of claim bears the interest: it selects the statutory rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateBasis {
    /// Any money debt in default (§ 288 Abs. 1 BGB).
    Default,
    /// A payment claim in default without a consumer on either side (§ 288 Abs. 2 BGB).
    BusinessDefault,
    /// A consumer loan secured by land (§ 497 Abs. 4 BGB).
    Mortgage,
    /// Assessed court costs, from receipt of the application (§ 104 Abs. 1 S. 2 ZPO).
    CourtCosts,
    /// Interest that another law orders without a rate (§ 246 BGB).
    Civil,
    /// The same between merchants (§ 352 Abs. 1 HGB).
    Commercial,
    /// Between merchants from the due date, before default (§ 353 HGB).
    CommercialDue,
}

/// What decides the statutory rate of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateFacts {
    /// What kind of claim it is.
    pub basis: RateBasis,
    /// Whether a consumer stands on either side (§ 13 BGB).
    pub consumer: bool,
    /// When the obligation arose: it selects nine or eight points.
    pub arose: NaiveDate,
    /// For a continuing obligation the day of the performance that is paid for.
    pub performed: Option<NaiveDate>,
}

impl RateFacts {
    /// The statutory rate; nine points are refused where a consumer takes part.
    pub fn rate(&self) -> Result<InterestRate, LawError> {
        Ok(match self.basis {
            RateBasis::Default | RateBasis::CourtCosts => InterestRate::CONSUMER,
            RateBasis::BusinessDefault if self.consumer => {
                return Err(Refusal::BusinessRateWithConsumer.into());
            }
            RateBasis::BusinessDefault => self.business(),
            RateBasis::Mortgage => InterestRate::MORTGAGE,
            RateBasis::Civil => InterestRate::CIVIL,
            RateBasis::Commercial | RateBasis::CommercialDue => InterestRate::COMMERCIAL,
        })
    }

    /// The rule that the rate follows.
    pub const fn rule(&self) -> Rule {
        match self.basis {
            RateBasis::Default => Rule::DefaultInterest,
            RateBasis::BusinessDefault => Rule::BusinessInterest,
            RateBasis::Mortgage => Rule::MortgageInterest,
            RateBasis::CourtCosts => Rule::CourtCostInterest,
            RateBasis::Civil => Rule::CivilInterest,
            RateBasis::Commercial => Rule::CommercialInterest,
            RateBasis::CommercialDue => Rule::CommercialDueInterest,
        }
    }

    fn business(&self) -> InterestRate {
        if self.performed.is_some_and(|day| day > CONTINUING_UNTIL) {
            return InterestRate::BUSINESS;
        }
        InterestRate::statutory(false, self.arose)
    }
}

/// What interest is asked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterestBase {
    /// The main claim.
    Principal,
    /// Interest that the debtor owes for default already.
    DefaultInterest,
}

/// Interest as a creditor asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedInterest {
    /// The rate asked for.
    pub rate: InterestRate,
    /// What it is asked on.
    pub base: InterestBase,
    /// The first day asked for.
    pub from: NaiveDate,
    /// Whether a contract or damage above the statutory rate is recorded (§ 288 Abs. 3, 4 BGB).
    pub reason: bool,
}

impl AskedInterest {
    /// Refuses what the law does not give: interest on default interest, days before default, nine
    /// points with a consumer, more than the statutory rate without a reason.
    pub fn check(&self, facts: &RateFacts, start: Option<DefaultStart>) -> Result<(), LawError> {
        if self.base == InterestBase::DefaultInterest {
            return Err(Refusal::InterestOnInterest.into());
        }
        if start.is_none_or(|start| self.from < start.first_day) {
            return Err(Refusal::StartBeforeDefault.into());
        }
        let above_five = matches!(self.rate, InterestRate::OverBase(p) if p > Percent::whole(5));
        if facts.consumer && above_five && !self.reason {
            return Err(Refusal::BusinessRateWithConsumer.into());
        }
        if self.rate.on(self.from)? > facts.rate()?.on(self.from)? && !self.reason {
            return Err(Refusal::RateAboveStatutory.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DefaultReason;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn business(arose: &str, performed: Option<&str>) -> RateFacts {
        RateFacts {
            basis: RateBasis::BusinessDefault,
            consumer: false,
            arose: date(arose),
            performed: performed.map(date),
        }
    }

    #[test]
    fn a_business_debt_from_before_the_reform_bears_eight_points() {
        let old = InterestRate::statutory(false, date("2014-07-28"));
        assert_eq!(old, InterestRate::OverBase(Percent::whole(8)));
        assert_eq!(InterestRate::statutory(false, date("2014-07-29")), InterestRate::BUSINESS);
        assert_eq!(InterestRate::statutory(true, date("2010-01-01")), InterestRate::CONSUMER);
    }

    #[test]
    fn a_continuing_obligation_bears_nine_points_for_what_came_after_june_2016() {
        let rate = |performed| business("2010-03-01", performed).rate().unwrap();
        assert_eq!(rate(None), InterestRate::BUSINESS_BEFORE_2014);
        assert_eq!(rate(Some("2016-06-30")), InterestRate::BUSINESS_BEFORE_2014);
        assert_eq!(rate(Some("2016-07-01")), InterestRate::BUSINESS);
    }

    #[test]
    fn each_basis_has_its_rate() {
        let rate = |basis| RateFacts { basis, ..business("2026-01-01", None) }.rate().unwrap();
        assert_eq!(rate(RateBasis::Default), InterestRate::CONSUMER);
        assert_eq!(rate(RateBasis::Mortgage).on(date("2026-07-01")).unwrap().to_string(), "4.02");
        assert_eq!(rate(RateBasis::Civil), InterestRate::Fixed(Percent::whole(4)));
        assert_eq!(rate(RateBasis::CommercialDue), InterestRate::Fixed(Percent::whole(5)));
    }

    #[test]
    fn what_the_law_does_not_give_is_refused() {
        let facts =
            RateFacts { consumer: true, basis: RateBasis::Default, ..business("2026-01-01", None) };
        let start =
            Some(DefaultStart { first_day: date("2026-03-02"), reason: DefaultReason::Reminder });
        let asked = AskedInterest {
            rate: InterestRate::CONSUMER,
            base: InterestBase::Principal,
            from: date("2026-03-02"),
            reason: false,
        };
        let refused = |asked: AskedInterest| asked.check(&facts, start).unwrap_err();
        assert_eq!(asked.check(&facts, start), Ok(()));
        let nine = AskedInterest { rate: InterestRate::BUSINESS, ..asked };
        assert_eq!(refused(nine), Refusal::BusinessRateWithConsumer.into());
        let ten = AskedInterest { rate: InterestRate::Fixed(Percent::whole(10)), ..asked };
        assert_eq!(refused(ten), Refusal::RateAboveStatutory.into());
        assert_eq!(AskedInterest { reason: true, ..ten }.check(&facts, start), Ok(()));
        let early = AskedInterest { from: date("2026-03-01"), ..asked };
        assert_eq!(refused(early), Refusal::StartBeforeDefault.into());
        assert_eq!(asked.check(&facts, None), Err(Refusal::StartBeforeDefault.into()));
        let compound = AskedInterest { base: InterestBase::DefaultInterest, ..asked };
        assert_eq!(refused(compound), Refusal::InterestOnInterest.into());
        let claimed = RateFacts { basis: RateBasis::BusinessDefault, ..facts };
        assert_eq!(claimed.rate(), Err(Refusal::BusinessRateWithConsumer.into()));
    }
}
