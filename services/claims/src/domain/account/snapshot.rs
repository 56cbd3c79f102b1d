use chrono::NaiveDate;
use kulanz_law::{Exact, LawError, Parts, Segment, accrue};
use kulanz_types::{Currency, Money};

use crate::domain::terms::Terms;

/// Where the account stands after its last fact: enough to know the balance of any later day without
/// the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// The principal still open.
    pub principal: Money,
    /// The costs still open.
    pub costs: Money,
    /// All interest that accrued before `accrue_from`, paid or not.
    pub interest: Exact,
    /// How much of it was paid.
    pub interest_paid: Money,
    /// The next day that bears interest, none while the debtor is not in default.
    pub accrue_from: Option<NaiveDate>,
    /// What was paid beyond the debt; it belongs to the payer.
    pub overpaid: Money,
    /// Interest of the days that a payment was on its way, not asked for.
    pub waived: Money,
}

impl Snapshot {
    /// An empty account.
    pub fn empty(currency: Currency, terms: &Terms) -> Self {
        let zero = Money::zero(currency);
        Self {
            principal: zero,
            costs: zero,
            interest: Exact::ZERO,
            interest_paid: zero,
            accrue_from: terms.default_start.map(|start| start.first_day),
            overpaid: zero,
            waived: zero,
        }
    }

    /// What a statement of `date` names: interest of that day included. Whoever pays it by a transfer
    /// that is credited on the next day has paid to the cent.
    pub fn open_at_end_of(&self, terms: &Terms, date: NaiveDate) -> Result<Parts, LawError> {
        let mut copy = *self;
        copy.accrue_until(terms, date, true)?;
        copy.open()
    }

    /// What a payment of `date` finds open, `date` being no earlier than the last fact.
    pub fn open_for_payment(&self, terms: &Terms, date: NaiveDate) -> Result<Parts, LawError> {
        let mut copy = *self;
        copy.accrue_until(terms, date, terms.payment_day_counts)?;
        copy.open()
    }

    pub(super) fn open(&self) -> Result<Parts, LawError> {
        let interest = self.interest.round(self.principal.currency())?;
        Ok(Parts {
            costs: self.costs,
            interest: interest.checked_sub(self.interest_paid)?,
            principal: self.principal,
        })
    }

    /// Accrues every day before `date`, and `date` itself where it counts.
    pub(super) fn accrue_until(
        &mut self,
        terms: &Terms,
        date: NaiveDate,
        including: bool,
    ) -> Result<Vec<Segment>, LawError> {
        let Some(from) = self.accrue_from else { return Ok(Vec::new()) };
        let last = if including { Some(date) } else { date.pred_opt() };
        let Some(last) = last.filter(|last| *last >= from) else { return Ok(Vec::new()) };
        let accrual = accrue(self.principal, from, last, terms.rate, terms.day_count)?;
        self.interest = self.interest + accrual.exact();
        self.accrue_from = last.succ_opt();
        Ok(accrual.segments)
    }
}
