use std::collections::{HashMap, HashSet};

use chrono::{Datelike, Days, NaiveDate};
use kulanz_law::{Allocation, AllocationRule, LawError, Parts, Segment, accrue, allocate};
use kulanz_types::{Currency, EntryId, Money, MoneyError, PaymentId};

use super::{Entry, EntryKind, Snapshot};
use crate::domain::terms::Terms;

/// Days within which a stated amount still settles the claim: who pays what a statement of these days
/// named has paid in full, and the interest that accrued while the money was on its way is not asked
/// for. Banks take one banking day (§ 675s BGB), weekends and holidays lie between.
const TRANSFER_DAYS: u64 = 5;

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
    /// Payments and credits that count, and what was not asked for.
    pub credited: Money,
}

/// Replays the entries that count by `date` and accrues interest through it.
pub fn replay(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    date: NaiveDate,
) -> Result<Replay, LawError> {
    let mut run = Run::new(currency, terms);
    let facts = facts(entries, date)?;
    for group in facts.chunk_by(|one, other| group(one) == group(other)) {
        run.apply(group)?;
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
        credited: run.credited.checked_add(run.snapshot.waived)?,
    })
}

/// Facts that count together: the payments of a day, whatever their order.
fn group(fact: &Entry) -> (NaiveDate, bool) {
    (fact.value_date, matches!(fact.kind, EntryKind::Payment(_)))
}

/// The entries in the order in which they count, each payment less what was returned of it, nothing that
/// was taken back. A return that is known before its payment waits for it.
fn facts(entries: &[Entry], date: NaiveDate) -> Result<Vec<Entry>, LawError> {
    let undone = Undone::by(entries)?;
    let mut facts = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| entry.value_date <= date) {
        let amount = match entry.kind {
            EntryKind::Reversal(_) | EntryKind::Correction(_) => continue,
            EntryKind::Payment(payment) => undone.left_of(entry.amount, payment)?,
            EntryKind::Cost | EntryKind::Credit if undone.corrected.contains(&entry.id) => continue,
            EntryKind::Principal | EntryKind::Cost | EntryKind::Credit => entry.amount,
        };
        if !amount.is_zero() {
            facts.push(Entry { amount, ..*entry });
        }
    }
    facts.sort_unstable_by_key(|fact| (fact.value_date, fact.kind, fact.id));
    Ok(facts)
}

/// What later entries take away from earlier ones.
struct Undone {
    returned: HashMap<PaymentId, Money>,
    corrected: HashSet<EntryId>,
}

impl Undone {
    fn by(entries: &[Entry]) -> Result<Self, MoneyError> {
        let mut undone = Self { returned: HashMap::new(), corrected: HashSet::new() };
        for entry in entries {
            match entry.kind {
                EntryKind::Reversal(payment) => {
                    let zero = Money::zero(entry.amount.currency());
                    let returned = undone.returned.entry(payment).or_insert(zero);
                    *returned = returned.checked_add(entry.amount)?;
                }
                EntryKind::Correction(entry) => {
                    undone.corrected.insert(entry);
                }
                _ => {}
            }
        }
        Ok(undone)
    }

    fn left_of(&self, amount: Money, payment: PaymentId) -> Result<Money, MoneyError> {
        let Some(returned) = self.returned.get(&payment) else { return Ok(amount) };
        let rest = amount.checked_sub(*returned)?;
        Ok(if rest.is_negative() { Money::zero(amount.currency()) } else { rest })
    }
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

struct Run<'a> {
    terms: &'a Terms,
    snapshot: Snapshot,
    segments: Vec<Segment>,
    allocations: Vec<(EntryId, Allocation)>,
    waivers: Vec<(NaiveDate, Money)>,
    credited: Money,
}

impl<'a> Run<'a> {
    fn new(currency: Currency, terms: &'a Terms) -> Self {
        Self {
            terms,
            snapshot: Snapshot::empty(currency, terms),
            segments: Vec::new(),
            allocations: Vec::new(),
            waivers: Vec::new(),
            credited: Money::zero(currency),
        }
    }

    fn apply(&mut self, facts: &[Entry]) -> Result<(), LawError> {
        let Some(first) = facts.first() else { return Ok(()) };
        let payment = matches!(first.kind, EntryKind::Payment(_));
        let including = payment && self.terms.payment_day_counts;
        let segments = self.snapshot.accrue_until(self.terms, first.value_date, including)?;
        append(&mut self.segments, segments);
        if payment {
            return self.pay(facts, first.value_date);
        }
        for fact in facts {
            let snapshot = &mut self.snapshot;
            match fact.kind {
                EntryKind::Principal => {
                    snapshot.principal = snapshot.principal.checked_add(fact.amount)?;
                }
                EntryKind::Cost => snapshot.costs = snapshot.costs.checked_add(fact.amount)?,
                EntryKind::Credit => self.credit(fact)?,
                EntryKind::Payment(_) | EntryKind::Reversal(_) | EntryKind::Correction(_) => {}
            }
        }
        Ok(())
    }

    /// The payments of one day: what they settle, they settle together.
    fn pay(&mut self, payments: &[Entry], date: NaiveDate) -> Result<(), LawError> {
        let stated = self.stated_before(date)?;
        let mut paid = Money::zero(stated.currency());
        for fact in payments {
            let allocation = allocate(fact.amount, self.snapshot.open()?, self.terms.allocation)?;
            self.post(fact, allocation)?;
            paid = paid.checked_add(fact.amount)?;
        }
        let rest = self.snapshot.open()?.total()?;
        if rest.is_positive() && paid.is_positive() && paid.minor_units() >= stated.minor_units() {
            self.waive(date, rest)?;
        }
        Ok(())
    }

    /// The smallest amount that a statement of the days of transfer before `date` named.
    fn stated_before(&self, date: NaiveDate) -> Result<Money, LawError> {
        let open = self.snapshot.open()?;
        let Some(start) = self.terms.default_start else { return open.total() };
        let from = date.checked_sub_days(Days::new(TRANSFER_DAYS)).unwrap_or(date);
        let Some(last) = date.pred_opt() else { return open.total() };
        let principal = self.snapshot.principal;
        let terms = self.terms;
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
        self.post(fact, allocation)
    }

    fn post(&mut self, fact: &Entry, allocation: Allocation) -> Result<(), LawError> {
        let snapshot = &mut self.snapshot;
        snapshot.principal = allocation.remaining.principal;
        snapshot.costs = allocation.remaining.costs;
        snapshot.interest_paid =
            snapshot.interest_paid.checked_add(allocation.allocated.interest)?;
        snapshot.overpaid = snapshot.overpaid.checked_add(allocation.overpayment)?;
        self.allocations.push((fact.id, allocation));
        self.credited = self.credited.checked_add(fact.amount)?;
        Ok(())
    }
}
