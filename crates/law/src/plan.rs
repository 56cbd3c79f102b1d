use chrono::{Months, NaiveDate};
use kulanz_types::Money;

use crate::{AllocationRule, Exact, LawError, Parts, Percent, Refusal, allocate};

/// A hundred years of months: what has not ended then never will.
const MOST_ROWS: u32 = 1_200;

/// What an instalment plan is simulated from: a fixed rate, one instalment a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanTerms {
    /// What is open on the day of the statement, its interest included.
    pub open: Parts,
    /// That day.
    pub stated_on: NaiveDate,
    /// Per cent per year on the open principal.
    pub rate: Percent,
    /// The first due date; later ones fall on the same day, or on the month's last where it has none.
    pub first_due: NaiveDate,
    /// What is paid each month; the last instalment is what is left.
    pub instalment: Money,
}

/// One instalment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanRow {
    /// Its number, from 1.
    pub number: u32,
    /// When it is due.
    pub due_on: NaiveDate,
    /// The interest since the row before, rounded.
    pub interest_accrued: Money,
    /// What is paid.
    pub paid: Money,
    /// What of it covers costs, interest and principal (§ 367 Abs. 1 BGB).
    pub covers: Parts,
    /// What is open after it.
    pub remaining: Parts,
}

/// A plan that ends with nothing owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedPlan {
    /// Every instalment.
    pub rows: Vec<PlanRow>,
    /// Everything that will have been paid.
    pub total: Money,
    /// The first due date whose instalment does not exceed the interest of its period: a warning.
    pub outrun_on: Option<NaiveDate>,
}

/// Simulates monthly instalments at a fixed rate: interest on the open principal by days over 365, rounded
/// per period, then costs, interest, principal. Refused where the debt would never end.
pub fn simulate_plan(terms: &PlanTerms) -> Result<SimulatedPlan, LawError> {
    if !terms.instalment.is_positive() {
        return Err(Refusal::InstalmentInsufficient.into());
    }
    let mut open = terms.open;
    let mut before = terms.stated_on;
    let zero = Money::zero(terms.instalment.currency());
    let mut plan = SimulatedPlan { rows: Vec::new(), total: zero, outrun_on: None };
    for number in 1..=MOST_ROWS {
        if !open.total()?.is_positive() {
            return Ok(plan);
        }
        let due_on = terms.first_due.checked_add_months(Months::new(number - 1));
        let due_on = due_on.ok_or(LawError::from(Refusal::DateOutOfRange))?;
        let row = row(terms, open, number, before, due_on)?;
        let outrun = row.paid.minor_units() <= row.interest_accrued.minor_units();
        if outrun && row.remaining.total()?.is_positive() {
            plan.outrun_on = plan.outrun_on.or(Some(due_on));
        }
        plan.total = plan.total.checked_add(row.paid)?;
        plan.rows.push(row);
        (open, before) = (row.remaining, due_on);
    }
    Err(Refusal::InstalmentInsufficient.into())
}

fn row(
    terms: &PlanTerms,
    open: Parts,
    number: u32,
    before: NaiveDate,
    due_on: NaiveDate,
) -> Result<PlanRow, LawError> {
    let days = (due_on - before).num_days();
    if days < 0 {
        return Err(Refusal::PeriodReversed.into());
    }
    let principal = open.principal;
    let exact = Exact::interest(principal.minor_units(), terms.rate.millionths(), days, 365)?;
    let interest_accrued = exact.round(principal.currency())?;
    let open = Parts { interest: open.interest.checked_add(interest_accrued)?, ..open };
    let owed = open.total()?;
    let paid =
        if terms.instalment.minor_units() < owed.minor_units() { terms.instalment } else { owed };
    let done = allocate(paid, open, AllocationRule::CostsInterestPrincipal)?;
    Ok(PlanRow {
        number,
        due_on,
        interest_accrued,
        paid,
        covers: done.allocated,
        remaining: done.remaining,
    })
}

#[cfg(test)]
mod tests {
    use kulanz_types::Currency;
    use proptest::prelude::*;

    use super::*;

    fn terms(principal: i64, instalment: i64) -> PlanTerms {
        PlanTerms {
            open: Parts { principal: Money::eur(principal), ..Parts::zero(Currency::EUR) },
            stated_on: "2026-01-01".parse().unwrap(),
            rate: Percent::whole(10),
            first_due: "2026-01-31".parse().unwrap(),
            instalment: Money::eur(instalment),
        }
    }

    #[test]
    fn each_period_accrues_on_what_is_open_and_the_day_is_capped_at_the_months_end() {
        let plan = simulate_plan(&terms(100_000, 50_000)).unwrap();
        let shown: Vec<_> = plan
            .rows
            .iter()
            .map(|row| {
                (row.due_on.to_string(), row.interest_accrued.minor_units(), row.paid.minor_units())
            })
            .collect();
        // 1,000 x 10 % x 30 / 365 = 8.22; 508.22 x 10 % x 28 / 365 = 3.90; 12.12 x 10 % x 31 / 365 = 0.10
        assert_eq!(
            shown,
            [
                ("2026-01-31".into(), 822, 50_000),
                ("2026-02-28".into(), 390, 50_000),
                ("2026-03-31".into(), 10, 1_222),
            ]
        );
        assert_eq!(plan.total, Money::eur(101_222));
        assert_eq!(plan.outrun_on, None);
    }

    #[test]
    fn an_instalment_below_the_interest_never_ends() {
        let refused = simulate_plan(&terms(1_000_000, 5_000));
        assert_eq!(refused, Err(Refusal::InstalmentInsufficient.into()));
    }

    proptest! {
        #[test]
        fn the_total_is_the_debt_and_the_interest_of_every_period(
            principal in 1i64..1_000_000, instalment in 20_000i64..200_000,
        ) {
            let plan = simulate_plan(&terms(principal, instalment)).unwrap();
            let interest: i64 = plan.rows.iter().map(|row| row.interest_accrued.minor_units()).sum();
            prop_assert_eq!(plan.total.minor_units(), principal + interest);
            prop_assert!(plan.rows.last().unwrap().remaining.total().unwrap().is_zero());
        }
    }
}
