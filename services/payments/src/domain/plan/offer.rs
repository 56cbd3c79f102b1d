//! What may be agreed at once, without a person: within the creditor's policy every wish is granted,
//! outside of it the closest thing that is granted is named.

use chrono::{Days, NaiveDate};
use kulanz_law::LawError;
use kulanz_types::calendar::banking_day_on_or_after;
use kulanz_types::{Money, MoneyError};

use super::calculate::{Debt, Payment, Plan, PlanRefusal, level, monthly, schedule};
use super::dates::first_due_date;

/// What may be granted without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Lowest monthly instalment, in minor units.
    pub lowest_instalment: i64,
    /// Most months.
    pub most_months: usize,
    /// Most days until a deferred payment.
    pub most_deferral_days: u64,
    /// Latest first instalment, in days from today.
    pub most_days_to_first: u64,
    /// Days that a plan leaves for the first payment where none is wished.
    pub usual_lead_days: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            lowest_instalment: 1_000,
            most_months: 36,
            most_deferral_days: 90,
            most_days_to_first: 45,
            usual_lead_days: 7,
        }
    }
}

/// Kind of arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Monthly instalments (Ratenzahlung).
    Instalments,
    /// Everything later (Stundung).
    Deferral,
    /// A part soon, the rest in monthly instalments.
    DownPayment,
    /// Less than all, and it is over (Vergleich): a person decides, so nothing is offered at once.
    Settlement,
}

/// What the debtor asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Kind of arrangement.
    pub kind: Kind,
    /// This much a month.
    pub instalment: Option<Money>,
    /// In so many months.
    pub months: Option<usize>,
    /// First instalment, or the day of a deferral.
    pub first_date: Option<NaiveDate>,
    /// First payment of [`Kind::DownPayment`].
    pub down_payment: Option<Money>,
}

/// A plan that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedPlan {
    /// The regular instalment.
    pub instalment: Money,
    /// The plan.
    pub plan: Plan,
}

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// The plans, the closest to the wish first; empty where nothing is possible.
    pub plans: Vec<OfferedPlan>,
    /// Set where the wished instalment or term is not granted: the lowest instalment that is.
    pub lowest_instalment: Option<Money>,
    /// Set where the wished date is not granted: the latest one that is.
    pub latest_date: Option<NaiveDate>,
}

/// Terms proposed where nothing is wished, in months.
const USUAL_MONTHS: [usize; 3] = [3, 6, 12];
/// Days of deferral proposed where no day is wished.
const USUAL_DEFERRALS: [u64; 2] = [14, 30];

/// The offer for a debt as of its statement's day; every amount in the debt's currency.
pub fn offer(debt: &Debt, wish: &Wish, policy: &Policy) -> Result<Offer, LawError> {
    if !debt.total()?.is_positive() {
        return Ok(Offer::default());
    }
    let desk = Desk { debt, policy };
    match wish.kind {
        Kind::Deferral => desk.deferrals(wish),
        Kind::Instalments => desk.instalments(wish, None),
        Kind::DownPayment => desk.after_down_payment(wish),
        Kind::Settlement => Ok(Offer::default()),
    }
}

struct Desk<'a> {
    debt: &'a Debt,
    policy: &'a Policy,
}

impl Desk<'_> {
    fn deferrals(&self, wish: &Wish) -> Result<Offer, LawError> {
        let latest = self.after(self.policy.most_deferral_days);
        let wished = wish.first_date.filter(|day| *day > self.debt.as_of && *day <= latest);
        let days: Vec<NaiveDate> = match wished {
            Some(day) => vec![day],
            None => USUAL_DEFERRALS.iter().map(|days| self.after(*days)).collect(),
        };
        let mut offer = Offer { latest_date: refused(wish, wished, latest), ..Offer::default() };
        for day in days {
            let due_on = banking_day_on_or_after(day);
            let everything = Payment { due_on, at_most: self.money(i64::MAX) };
            if let Some(plan) = granted(schedule(self.debt, [everything]))? {
                offer.plans.push(OfferedPlan { instalment: plan.total, plan });
            }
        }
        Ok(offer)
    }

    fn instalments(&self, wish: &Wish, down: Option<Payment>) -> Result<Offer, LawError> {
        let (first, latest_date) = self.first_date(wish, down);
        let mut offer = Offer { latest_date, ..Offer::default() };
        let wished = match (wish.instalment, wish.months) {
            (Some(instalment), _) => self.of_instalment(instalment, first, down)?,
            (None, Some(months)) => self.of_months(months, first, down)?,
            (None, None) => None,
        };
        let has_wish = wish.instalment.is_some() || wish.months.is_some();
        if has_wish && wished.is_none() {
            let longest = self.of_months(self.policy.most_months, first, down)?;
            let lowest = longest.as_ref().map_or(0, |plan| plan.instalment.minor_units());
            let lowest = self.money(lowest.max(self.policy.lowest_instalment));
            offer.lowest_instalment = Some(lowest);
            offer.plans.extend(self.of_instalment(lowest, first, down)?);
        }
        offer.plans.extend(wished);
        for months in USUAL_MONTHS {
            offer.plans.extend(self.of_months(months, first, down)?);
        }
        keep_different(&mut offer.plans);
        Ok(offer)
    }

    fn after_down_payment(&self, wish: &Wish) -> Result<Offer, LawError> {
        let total = self.debt.total()?;
        let first = wish.down_payment.filter(|amount| amount.is_positive());
        let third = self.money(total.minor_units() / 3);
        let at_most = first.unwrap_or(third);
        let soon = banking_day_on_or_after(self.after(self.policy.usual_lead_days));
        self.instalments(wish, Some(Payment { due_on: soon, at_most }))
    }

    fn of_instalment(
        &self,
        instalment: Money,
        first: NaiveDate,
        down: Option<Payment>,
    ) -> Result<Option<OfferedPlan>, LawError> {
        if instalment.minor_units() < self.policy.lowest_instalment {
            return Ok(None);
        }
        let months = |most| down.into_iter().chain(monthly(first, instalment, most));
        let plan = granted(schedule(self.debt, months(self.policy.most_months)))?;
        let plan = match plan {
            Some(plan) => self.without_crumb(plan, months(self.policy.most_months))?,
            None => return Ok(None),
        };
        Ok(Some(plan)
            .filter(|plan| plan.dues.len() > 1)
            .map(|plan| OfferedPlan { instalment, plan }))
    }

    /// A last due below the lowest instalment is paid with the one before.
    fn without_crumb(
        &self,
        plan: Plan,
        payments: impl Iterator<Item = Payment>,
    ) -> Result<Plan, LawError> {
        let is_crumb = plan
            .dues
            .last()
            .is_some_and(|due| due.amount.minor_units() < self.policy.lowest_instalment);
        if !is_crumb || plan.dues.len() < 3 {
            return Ok(plan);
        }
        let last = plan.dues.len() - 2;
        let merged = payments.enumerate().map(|(index, payment)| {
            let at_most = if index == last { self.money(i64::MAX) } else { payment.at_most };
            Payment { at_most, ..payment }
        });
        Ok(granted(schedule(self.debt, merged))?.unwrap_or(plan))
    }

    fn of_months(
        &self,
        months: usize,
        first: NaiveDate,
        down: Option<Payment>,
    ) -> Result<Option<OfferedPlan>, LawError> {
        if months > self.policy.most_months {
            return Ok(None);
        }
        let Some((instalment, plan)) = granted(level(self.debt, first, months, down))? else {
            return Ok(None);
        };
        let fits = instalment.minor_units() >= self.policy.lowest_instalment && plan.dues.len() > 1;
        Ok(fits.then_some(OfferedPlan { instalment, plan }))
    }

    /// The wished first date where the policy allows it, else the next usual day and the latest date
    /// that would be allowed.
    fn first_date(&self, wish: &Wish, down: Option<Payment>) -> (NaiveDate, Option<NaiveDate>) {
        let start = down.map_or(self.debt.as_of, |payment| payment.due_on);
        let latest = self.after(self.policy.most_days_to_first);
        let wished = wish.first_date.filter(|day| *day > start && *day <= latest);
        let usual = || first_due_date(start, Days::new(self.policy.usual_lead_days));
        (wished.unwrap_or_else(usual), refused(wish, wished, latest))
    }

    fn after(&self, days: u64) -> NaiveDate {
        self.debt.as_of.checked_add_days(Days::new(days)).unwrap_or(self.debt.as_of)
    }

    fn money(&self, minor_units: i64) -> Money {
        Money::new(self.debt.open.principal.currency(), minor_units)
    }
}

/// The latest date where another one was wished than is granted.
fn refused(wish: &Wish, granted: Option<NaiveDate>, latest: NaiveDate) -> Option<NaiveDate> {
    (wish.first_date.is_some() && granted.is_none()).then_some(latest)
}

/// Plans that do not work out are no offer; anything else is an error of the calculation.
fn granted<T>(result: Result<T, PlanRefusal>) -> Result<Option<T>, LawError> {
    match result {
        Ok(plan) => Ok(Some(plan)),
        Err(PlanRefusal::Law(LawError::Money(MoneyError::CurrencyMismatch))) => Ok(None),
        Err(PlanRefusal::Law(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Drops plans with the same dues as an earlier one.
fn keep_different(plans: &mut Vec<OfferedPlan>) {
    let mut seen: Vec<Plan> = Vec::new();
    plans.retain(|offered| {
        let is_new = !seen.contains(&offered.plan);
        if is_new {
            seen.push(offered.plan.clone());
        }
        is_new
    });
}
