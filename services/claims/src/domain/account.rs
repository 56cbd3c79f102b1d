//! The claim account: append-only entries, and what they come to on a day.
//!
//! Entries are facts: what was claimed, what was paid, what came back. What a payment covered is not
//! stored but follows from replaying the facts in the order of their value dates, so that a back-dated
//! or returned payment changes the interest exactly as if it had been known at once.

use chrono::{Datelike, Days, NaiveDate};
use kulanz_law::{Allocation, AllocationRule, Exact, LawError, Parts, Segment, accrue, allocate};
use kulanz_types::{Currency, EntryId, Money, PaymentId};

use super::terms::Terms;

/// What kind of fact an entry records. The order is that in which facts of one day count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Main claim.
    Principal,
    /// Costs of the legal pursuit.
    Cost,
    /// A part of the claim that turned out not to be owed: takes off the principal first.
    Credit,
    /// Money received.
    Payment(PaymentId),
    /// Money that went back: undoes its payment as of the payment's value date.
    Reversal(PaymentId),
}

/// One entry. Amounts are positive whatever the kind; the kind gives the sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id; later entries have later ids.
    pub id: EntryId,
    /// What it records.
    pub kind: EntryKind,
    /// The day from which it counts.
    pub value_date: NaiveDate,
    /// How much.
    pub amount: Money,
}

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

/// Days within which a stated amount still settles the claim: who pays what a statement of these days
/// named has paid in full, and the interest that accrued while the money was on its way is not asked
/// for. Banks take one banking day (§ 675s BGB), weekends and holidays lie between.
const TRANSFER_DAYS: u64 = 5;

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

    fn open(&self) -> Result<Parts, LawError> {
        let interest = self.interest.round(self.principal.currency())?;
        Ok(Parts {
            costs: self.costs,
            interest: interest.checked_sub(self.interest_paid)?,
            principal: self.principal,
        })
    }

    /// Accrues every day before `date`, and `date` itself where it counts.
    fn accrue_until(
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

/// The account replayed to a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Where the account stands after the last fact, interest accrued to it.
    pub snapshot: Snapshot,
    /// The interest day by day, in segments of one principal and rate, to the end of the replay.
    pub segments: Vec<Segment>,
    /// What each payment and credit covered, in the order of value dates.
    pub allocations: Vec<(EntryId, Allocation)>,
    /// What was not asked for, with the value date of the payment that earned it.
    pub waivers: Vec<(NaiveDate, Money)>,
    /// What is open at the end of the day.
    pub open: Parts,
    /// All interest that accrued to the day, rounded once.
    pub interest: Money,
}

/// Replays the entries that count by `date` and accrues interest through it.
pub fn replay(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    date: NaiveDate,
) -> Result<Replay, LawError> {
    let mut run = Run {
        snapshot: Snapshot::empty(currency, terms),
        segments: Vec::new(),
        allocations: Vec::new(),
        waivers: Vec::new(),
    };
    for fact in facts(entries, date)? {
        run.apply(terms, &fact)?;
    }
    let mut end = run.snapshot;
    let rest = end.accrue_until(terms, date, true)?;
    append(&mut run.segments, rest);
    Ok(Replay {
        snapshot: run.snapshot,
        segments: run.segments,
        allocations: run.allocations,
        waivers: run.waivers,
        open: end.open()?,
        interest: end.interest.round(currency)?,
    })
}

/// The entries in the order in which they count, each payment less what was returned of it. A return
/// that is known before its payment waits for it.
fn facts(entries: &[Entry], date: NaiveDate) -> Result<Vec<Entry>, LawError> {
    let mut facts = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| entry.value_date <= date) {
        let amount = match entry.kind {
            EntryKind::Reversal(_) => continue,
            EntryKind::Payment(payment) => less_returned(entry.amount, payment, entries)?,
            EntryKind::Principal | EntryKind::Cost | EntryKind::Credit => entry.amount,
        };
        facts.push(Entry { amount, ..entry.clone() });
    }
    facts.sort_by_key(|fact| (fact.value_date, fact.kind, fact.id));
    Ok(facts)
}

fn less_returned(amount: Money, payment: PaymentId, entries: &[Entry]) -> Result<Money, LawError> {
    let mut rest = amount;
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Reversal(payment)) {
        rest = rest.checked_sub(entry.amount)?;
    }
    Ok(if rest.is_negative() { Money::zero(amount.currency()) } else { rest })
}

/// Adds segments, drawing together those that only an entry without effect on the interest parted.
fn append(segments: &mut Vec<Segment>, more: Vec<Segment>) {
    for next in more {
        match segments.last_mut() {
            Some(last) if continues(last, &next) => {
                last.to = next.to;
                last.days += next.days;
                last.exact = last.exact + next.exact;
            }
            _ => segments.push(next),
        }
    }
}

fn continues(last: &Segment, next: &Segment) -> bool {
    last.to.succ_opt() == Some(next.from)
        && last.from.year() == next.from.year()
        && (last.principal, last.rate, last.base) == (next.principal, next.rate, next.base)
}

struct Run {
    snapshot: Snapshot,
    segments: Vec<Segment>,
    allocations: Vec<(EntryId, Allocation)>,
    waivers: Vec<(NaiveDate, Money)>,
}

impl Run {
    fn apply(&mut self, terms: &Terms, fact: &Entry) -> Result<(), LawError> {
        let payment = matches!(fact.kind, EntryKind::Payment(_));
        let including = payment && terms.payment_day_counts;
        let segments = self.snapshot.accrue_until(terms, fact.value_date, including)?;
        append(&mut self.segments, segments);
        let snapshot = &mut self.snapshot;
        match fact.kind {
            EntryKind::Principal => {
                snapshot.principal = snapshot.principal.checked_add(fact.amount)?;
            }
            EntryKind::Cost => snapshot.costs = snapshot.costs.checked_add(fact.amount)?,
            EntryKind::Credit => self.credit(fact)?,
            EntryKind::Payment(_) => self.pay(terms, fact)?,
            EntryKind::Reversal(_) => {}
        }
        Ok(())
    }

    fn pay(&mut self, terms: &Terms, fact: &Entry) -> Result<(), LawError> {
        let stated = self.stated_before(terms, fact.value_date)?;
        let allocation = allocate(fact.amount, self.snapshot.open()?, terms.allocation)?;
        self.post(fact.id, allocation)?;
        let rest = allocation.remaining.total()?;
        if rest.is_positive() && fact.amount.minor_units() >= stated.minor_units() {
            self.waive(fact.value_date, rest)?;
        }
        Ok(())
    }

    /// The smallest amount that a statement of the days of transfer before `date` named.
    fn stated_before(&self, terms: &Terms, date: NaiveDate) -> Result<Money, LawError> {
        let open = self.snapshot.open()?;
        let Some(start) = terms.default_start else { return open.total() };
        let from = date.checked_sub_days(Days::new(TRANSFER_DAYS)).unwrap_or(date);
        let Some(last) = date.pred_opt() else { return open.total() };
        let principal = self.snapshot.principal;
        let transit =
            accrue(principal, from.max(start.first_day), last, terms.rate, terms.day_count)?;
        let interest = (self.snapshot.interest - transit.exact()).round(principal.currency())?;
        let paid = self.snapshot.interest_paid;
        let interest = if interest.minor_units() > paid.minor_units() { interest } else { paid };
        Parts { interest: interest.checked_sub(paid)?, ..open }.total()
    }

    /// What is left is interest by amount, whatever part the order of allocation left it on.
    fn waive(&mut self, date: NaiveDate, rest: Money) -> Result<(), LawError> {
        let snapshot = &mut self.snapshot;
        snapshot.interest_paid = snapshot.interest.round(rest.currency())?;
        snapshot.principal = Money::zero(rest.currency());
        snapshot.costs = Money::zero(rest.currency());
        snapshot.waived = snapshot.waived.checked_add(rest)?;
        self.waivers.push((date, rest));
        Ok(())
    }

    fn credit(&mut self, fact: &Entry) -> Result<(), LawError> {
        let open = self.snapshot.open()?;
        let order = Parts { costs: open.principal, interest: open.interest, principal: open.costs };
        let covered = allocate(fact.amount, order, AllocationRule::CostsInterestPrincipal)?;
        let swap = |parts: Parts| Parts { costs: parts.principal, principal: parts.costs, ..parts };
        let allocation = Allocation {
            allocated: swap(covered.allocated),
            remaining: swap(covered.remaining),
            overpayment: covered.overpayment,
        };
        self.post(fact.id, allocation)
    }

    fn post(&mut self, entry: EntryId, allocation: Allocation) -> Result<(), LawError> {
        let snapshot = &mut self.snapshot;
        snapshot.principal = allocation.remaining.principal;
        snapshot.costs = allocation.remaining.costs;
        snapshot.interest_paid =
            snapshot.interest_paid.checked_add(allocation.allocated.interest)?;
        snapshot.overpaid = snapshot.overpaid.checked_add(allocation.overpayment)?;
        self.allocations.push((entry, allocation));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
