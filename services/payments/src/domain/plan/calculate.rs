//! Runs a plan through time: interest accrues day by day on the open principal, each payment covers
//! costs, then interest, then principal (§ 367 Abs. 1 BGB). Interest bears no interest (§ 289 BGB).

use chrono::{Days, NaiveDate};
use kulanz_law::{
    AllocationRule, BaseRateTable, DayCount, Exact, InterestRate, LawError, Parts, Percent, accrue,
    allocate,
};
use kulanz_types::Money;

/// What is owed, as claims states it for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debt {
    /// The day of the statement; its interest is included.
    pub as_of: NaiveDate,
    /// Open costs, interest and principal.
    pub open: Parts,
    /// What each further day costs.
    pub rate: InterestRate,
}

/// A payment that a plan foresees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// When it is to arrive.
    pub due_on: NaiveDate,
    /// At most this much; the last payment is what is left.
    pub at_most: Money,
}

/// One due of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When it is to arrive: a banking day.
    pub due_on: NaiveDate,
    /// How much, above zero.
    pub amount: Money,
    /// Interest that accrued since the due before.
    pub period_interest: Money,
    /// What of costs, interest and principal is open after it.
    pub remaining: Parts,
}

/// A plan that ends with nothing owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The dues in order, at least one.
    pub dues: Vec<Due>,
    /// Everything that will have been paid.
    pub total: Money,
    /// Interest from the day of the statement to the last due.
    pub added_interest: Money,
    /// First day whose base rate is not announced yet, so that interest from there is assumed.
    pub provisional_from: Option<NaiveDate>,
}

/// Why there is no such plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// The payments end before the debt does.
    #[error("the payments do not suffice")]
    Insufficient,
    /// The instalment does not even cover the interest of its month, so that the debt would grow.
    #[error("the instalment does not exceed the interest of its period")]
    InterestOutruns,
    /// There is nothing to pay.
    #[error("nothing is owed")]
    NothingOwed,
    /// The calculator refuses.
    #[error(transparent)]
    Law(#[from] LawError),
}

impl Debt {
    /// Costs, interest and principal together.
    pub fn total(&self) -> Result<Money, LawError> {
        self.open.total()
    }
}

/// The rule behind a yearly rate that claims states: points over the base rate of `as_of` where they
/// are those of the law (§ 288 Abs. 1, 2 BGB, § 497 Abs. 4 BGB), else a fixed rate.
pub fn interest_of(rate: Percent, as_of: NaiveDate) -> InterestRate {
    let Ok(base) = BaseRateTable::built_in().on(as_of) else { return InterestRate::Fixed(rate) };
    let statutory = [5, 9, 8].map(Percent::whole);
    let points = statutory.into_iter().find(|points| base.percent.plus(*points) == rate);
    points.map_or(InterestRate::Fixed(rate), InterestRate::OverBase)
}

/// Runs the payments until nothing is owed.
pub fn schedule(
    debt: &Debt,
    payments: impl IntoIterator<Item = Payment>,
) -> Result<Plan, PlanRefusal> {
    if !debt.total()?.is_positive() {
        return Err(PlanRefusal::NothingOwed);
    }
    let mut run = Run::new(debt);
    for payment in payments {
        if run.pay(payment)? {
            return run.finish();
        }
    }
    Err(PlanRefusal::Insufficient)
}

struct Run {
    rate: InterestRate,
    open: Parts,
    /// The first day whose interest is not counted yet.
    next_day: Option<NaiveDate>,
    accrued: Exact,
    added_interest: Money,
    provisional_from: Option<NaiveDate>,
    dues: Vec<Due>,
}

impl Run {
    fn new(debt: &Debt) -> Self {
        Self {
            rate: debt.rate,
            open: debt.open,
            next_day: debt.as_of.succ_opt(),
            accrued: Exact::ZERO,
            added_interest: Money::zero(debt.open.principal.currency()),
            provisional_from: None,
            dues: Vec::new(),
        }
    }

    /// One payment; whether nothing is owed after it.
    fn pay(&mut self, payment: Payment) -> Result<bool, PlanRefusal> {
        let period_interest = self.accrue_until(payment.due_on)?;
        let owed = self.open.total()?;
        let amount =
            if payment.at_most.minor_units() < owed.minor_units() { payment.at_most } else { owed };
        if amount.minor_units() <= period_interest.minor_units() && amount != owed {
            return Err(PlanRefusal::InterestOutruns);
        }
        let allocation = allocate(amount, self.open, AllocationRule::CostsInterestPrincipal)?;
        self.open = allocation.remaining;
        let remaining = self.open;
        self.dues.push(Due { due_on: payment.due_on, amount, period_interest, remaining });
        Ok(remaining.total()?.is_zero())
    }

    /// Adds the interest up to the day before a payment: the day of credit bears none.
    ///
    /// The running sum is rounded and not each period, so that the number of dues costs nothing; and
    /// it is rounded down: a statement's interest is rounded already, and a plan kept to the day must
    /// not end in an overpayment of a cent.
    fn accrue_until(&mut self, payment_day: NaiveDate) -> Result<Money, PlanRefusal> {
        let currency = self.open.principal.currency();
        let (Some(from), Some(to)) = (self.next_day, payment_day.pred_opt()) else {
            return Ok(Money::zero(currency));
        };
        let accrual = accrue(self.open.principal, from, to, self.rate, DayCount::Act365)?;
        self.provisional_from = self.provisional_from.or(accrual.provisional_from());
        self.accrued = self.accrued + accrual.exact();
        self.next_day = Some(payment_day.max(from));
        let added = self.accrued.floor(currency)?;
        let money = LawError::from;
        let period = added.checked_sub(self.added_interest).map_err(money)?;
        self.added_interest = added;
        self.open.interest = self.open.interest.checked_add(period).map_err(money)?;
        Ok(period)
    }

    fn finish(self) -> Result<Plan, PlanRefusal> {
        let currency = self.added_interest.currency();
        let amounts = self.dues.iter().map(|due| due.amount);
        let total = Money::sum(currency, amounts).map_err(LawError::from)?;
        Ok(Plan {
            total,
            added_interest: self.added_interest,
            provisional_from: self.provisional_from,
            dues: self.dues,
        })
    }
}

/// Equal monthly payments from a first date on.
pub(super) fn monthly(
    first: NaiveDate,
    amount: Money,
    most: usize,
) -> impl Iterator<Item = Payment> {
    let dues = super::dates::due_dates(first).take(most);
    dues.map(move |due_on| Payment { due_on, at_most: amount })
}

/// The lowest equal instalment that ends in `months` after an optional down payment, and its plan.
pub(super) fn level(
    debt: &Debt,
    first: NaiveDate,
    months: usize,
    down: Option<Payment>,
) -> Result<(Money, Plan), PlanRefusal> {
    let currency = debt.open.principal.currency();
    let ends = |cents: i64| {
        let amount = Money::new(currency, cents);
        schedule(debt, down.into_iter().chain(monthly(first, amount, months)))
    };
    let (mut low, mut high) = (0, level_bound(debt, first, months)?);
    let mut best = ends(high)?;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match ends(middle) {
            Ok(plan) => (high, best) = (middle, plan),
            Err(PlanRefusal::Insufficient | PlanRefusal::InterestOutruns) => low = middle,
            Err(refusal) => return Err(refusal),
        }
    }
    Ok((Money::new(currency, high), best))
}

/// An instalment that surely suffices: everything at once after the last day, interest included.
fn level_bound(debt: &Debt, first: NaiveDate, months: usize) -> Result<i64, PlanRefusal> {
    let last = super::dates::due_dates(first).take(months).last();
    let last = last.ok_or(PlanRefusal::Insufficient)?;
    let late = last.checked_add_days(Days::new(1)).unwrap_or(last);
    let at_most = Money::new(debt.open.principal.currency(), i64::MAX);
    let everything = Payment { due_on: late, at_most };
    Ok(schedule(debt, [everything])?.total.minor_units())
}
