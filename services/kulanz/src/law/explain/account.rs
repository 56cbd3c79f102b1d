use chrono::NaiveDate;
use kulanz_law::{
    Accrual, AllocationRule, AmountLine, DayCount, DefaultStart, LawError, Parts, Segment, accrue,
    allocate, last_interest_day,
};
use kulanz_types::Money;
use serde::Serialize;

use super::{Claim, rate_facts};

/// What a payment covered.
#[derive(Debug, Clone, Serialize)]
pub struct PaymentCovers {
    /// The day of credit.
    pub date: NaiveDate,
    /// The payment.
    pub amount: Money,
    /// What of costs, interest and principal it covered.
    pub covers: Parts,
    /// What of it belongs to the payer.
    pub overpaid: Money,
    /// The norm.
    pub norm: &'static str,
    /// `200.00 = 100.44 + 32.95 + 66.61`.
    pub formula: String,
}

/// The account of a claim up to a day.
pub(super) struct Account {
    pub interest: Vec<AmountLine>,
    pub payments: Vec<PaymentCovers>,
    pub open: Parts,
    pub total: Money,
    pub overpaid: Money,
}

struct Run<'a> {
    claim: &'a Claim,
    start: Option<DefaultStart>,
    segments: Vec<Segment>,
    /// The first day whose interest is not counted yet.
    next_day: Option<NaiveDate>,
    principal: Money,
    interest_paid: Money,
}

impl Account {
    pub fn run(
        claim: &Claim,
        start: Option<DefaultStart>,
        costs: &[(NaiveDate, AmountLine)],
    ) -> Result<Self, LawError> {
        let zero = Money::zero(claim.principal.currency());
        let mut run = Run {
            claim,
            start,
            segments: Vec::new(),
            next_day: start.map(|start| start.first_day),
            principal: claim.principal,
            interest_paid: zero,
        };
        let (mut payments, mut costs_paid, mut overpaid) = (Vec::new(), zero, zero);
        for (date, amount) in claim.payments.iter().filter(|(date, _)| *date <= claim.as_of) {
            run.accrue_to(last_interest_day(*date, false))?;
            let arisen = costs.iter().filter(|(on, _)| on <= date).map(|(_, line)| line.amount);
            let owed = Money::sum(zero.currency(), arisen)?.checked_sub(costs_paid)?;
            let owed = if owed.is_negative() { zero } else { owed };
            let paid = run.pay(*date, *amount, owed)?;
            costs_paid = costs_paid.checked_add(paid.covers.costs)?;
            overpaid = overpaid.checked_add(paid.overpaid)?;
            payments.push(paid);
        }
        run.accrue_to(claim.as_of)?;
        let all_costs = Money::sum(zero.currency(), costs.iter().map(|(_, line)| line.amount))?;
        let open = run.open(all_costs.checked_sub(costs_paid)?)?;
        let accrual = Accrual { segments: run.segments };
        let interest = accrual.lines(rate_facts(claim).rule(), DayCount::Act365)?;
        Ok(Self { interest, payments, total: open.total()?, open, overpaid })
    }
}

impl Run<'_> {
    fn accrue_to(&mut self, last: NaiveDate) -> Result<(), LawError> {
        let Some(from) = self.next_day.filter(|from| *from <= last) else { return Ok(()) };
        let rate = rate_facts(self.claim).rate()?;
        let accrual = accrue(self.principal, from, last, rate, DayCount::Act365)?;
        self.segments.extend(accrual.segments);
        self.next_day = last.succ_opt();
        Ok(())
    }

    fn open(&self, costs: Money) -> Result<Parts, LawError> {
        let accrual = Accrual { segments: self.segments.clone() };
        let interest = accrual.exact().round(self.principal.currency())?;
        let interest = interest.checked_sub(self.interest_paid)?;
        Ok(Parts { costs, interest, principal: self.principal })
    }

    fn pay(
        &mut self,
        date: NaiveDate,
        amount: Money,
        costs: Money,
    ) -> Result<PaymentCovers, LawError> {
        let rule = AllocationRule::CostsInterestPrincipal;
        let done = allocate(amount, self.open(costs)?, rule)?;
        self.principal = done.remaining.principal;
        self.interest_paid = self.interest_paid.checked_add(done.allocated.interest)?;
        // Without default there is no interest, and the day of credit is not counted before it began.
        debug_assert!(self.start.is_some() || done.allocated.interest.is_zero());
        let covers = done.allocated;
        let mut formula = format!(
            "{} = {} + {} + {}",
            amount.to_decimal(),
            covers.costs.to_decimal(),
            covers.interest.to_decimal(),
            covers.principal.to_decimal()
        );
        if done.overpayment.is_positive() {
            formula = format!("{formula} + {}", done.overpayment.to_decimal());
        }
        let norm = rule.norm();
        Ok(PaymentCovers { date, amount, covers, overpaid: done.overpayment, norm, formula })
    }
}
