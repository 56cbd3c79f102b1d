//! Forderungsaufstellung: what is owed on a day, each line with its norm and working.

use chrono::NaiveDate;
use kulanz_law::{LawError, Segment, accrue};
use kulanz_types::{Currency, EntryId, Money};

use super::account::{Entry, EntryKind, Replay, replay};
use super::terms::Terms;

/// An entry as a statement explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The entry.
    pub entry: Entry,
    /// The norm it rests on.
    pub norm: String,
    /// How the amount was found.
    pub formula: String,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The invoice.
    Principal,
    /// Default interest of a period at one rate.
    Interest,
    /// Costs.
    Cost,
    /// A payment.
    Payment,
    /// A payment that was taken back.
    Reversal,
    /// A credit that is no payment.
    Credit,
    /// Interest that is not asked for.
    Waiver,
}

/// One line; charges above zero, credits below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// The norm.
    pub norm: String,
    /// The amount.
    pub amount: Money,
    /// First day of the period, or the day of the entry.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: Option<NaiveDate>,
    /// Days of interest.
    pub days: i64,
    /// Per cent a year; empty where there is none.
    pub rate: String,
    /// How the amount was found.
    pub formula: String,
}

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Principal still open.
    pub principal: Money,
    /// Interest still open.
    pub interest: Money,
    /// Costs still open.
    pub costs: Money,
    /// Everything credited so far.
    pub credits: Money,
    /// What is to be paid; below zero if overpaid.
    pub total: Money,
}

/// A statement as of a day, interest of that day included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The day.
    pub as_of: NaiveDate,
    /// The lines by date; they add up to the total.
    pub lines: Vec<Line>,
    /// The sums.
    pub totals: Totals,
    /// First day whose base rate is not announced yet.
    pub provisional_from: Option<NaiveDate>,
    /// Interest of one further day.
    pub interest_per_day: Money,
}

/// The statement of an account on a day.
pub fn statement(
    currency: Currency,
    terms: &Terms,
    entries: &[Explained],
    as_of: NaiveDate,
) -> Result<Statement, LawError> {
    let plain: Vec<Entry> = entries.iter().map(|explained| explained.entry.clone()).collect();
    let replay = replay(currency, terms, &plain, as_of)?;
    let mut lines = interest_lines(terms, &replay)?;
    for explained in entries.iter().filter(|explained| explained.entry.value_date <= as_of) {
        let mut line = entry_line(terms, explained, entries)?;
        if let Some(line) = line.as_mut().filter(|line| line.kind == LineKind::Payment) {
            line.formula = covered(&replay, explained.entry.id);
        }
        lines.extend(line);
    }
    for (date, amount) in &replay.waivers {
        lines.push(waiver_line(*date, *amount)?);
    }
    lines.sort_by_key(|line| (line.from, line.kind as u8));
    let provisional = |part: &&Segment| part.base.is_some_and(|base| base.provisional);
    Ok(Statement {
        as_of,
        totals: totals(&replay, &lines)?,
        provisional_from: replay.segments.iter().find(provisional).map(|part| part.from),
        interest_per_day: next_day(terms, &replay, as_of)?,
        lines,
    })
}

/// The sums of a replayed account; `lines` name the credits.
fn totals(replay: &Replay, lines: &[Line]) -> Result<Totals, LawError> {
    let open = replay.open;
    let currency = open.principal.currency();
    let credited = lines
        .iter()
        .filter(|line| {
            !matches!(line.kind, LineKind::Principal | LineKind::Interest | LineKind::Cost)
        })
        .map(|line| line.amount);
    Ok(Totals {
        principal: open.principal,
        interest: open.interest,
        costs: open.costs,
        credits: Money::sum(currency, credited)?.checked_neg()?,
        total: open.total()?.checked_sub(replay.snapshot.overpaid)?,
    })
}

fn interest_lines(terms: &Terms, replay: &Replay) -> Result<Vec<Line>, LawError> {
    let accrual = kulanz_law::Accrual { segments: replay.segments.clone() };
    let amounts = accrual.amounts(replay.interest)?;
    let norm = match terms.default_start {
        Some(start) => format!("{}, {}, § 247 BGB", terms.rate.norm(), start.reason.norm()),
        None => terms.rate.norm().to_owned(),
    };
    let line = |(part, amount): (Segment, Money)| Line {
        kind: LineKind::Interest,
        norm: norm.clone(),
        amount,
        from: part.from,
        to: Some(part.to),
        days: part.days,
        rate: part.rate.to_string(),
        formula: format!(
            "{} x {} % x {} / {}",
            part.principal,
            part.rate,
            part.days,
            year(terms, &part)
        ),
    };
    Ok(accrual.segments.into_iter().zip(amounts).map(line).collect())
}

fn year(terms: &Terms, part: &Segment) -> i64 {
    use kulanz_law::DayCount;
    let leap = part.from.leap_year() && terms.day_count == DayCount::ActAct;
    if leap { 366 } else { 365 }
}

fn entry_line(
    terms: &Terms,
    explained: &Explained,
    all: &[Explained],
) -> Result<Option<Line>, LawError> {
    let entry = &explained.entry;
    let (kind, amount, norm) = match entry.kind {
        EntryKind::Principal => (LineKind::Principal, entry.amount, explained.norm.as_str()),
        EntryKind::Cost => (LineKind::Cost, entry.amount, explained.norm.as_str()),
        EntryKind::Credit => {
            (LineKind::Credit, entry.amount.checked_neg()?, explained.norm.as_str())
        }
        EntryKind::Payment(_) => {
            (LineKind::Payment, entry.amount.checked_neg()?, terms.allocation.norm())
        }
        // Until its payment is known a return has nothing to undo.
        EntryKind::Reversal(payment) if !has(all, EntryKind::Payment(payment)) => return Ok(None),
        EntryKind::Reversal(_) => (LineKind::Reversal, entry.amount, explained.norm.as_str()),
    };
    Ok(Some(Line {
        kind,
        norm: norm.to_owned(),
        amount,
        from: entry.value_date,
        to: None,
        days: 0,
        rate: String::new(),
        formula: explained.formula.clone(),
    }))
}

/// What a payment covered, in the order of the norm.
fn covered(replay: &Replay, entry: EntryId) -> String {
    let Some((_, allocation)) = replay.allocations.iter().find(|(id, _)| *id == entry) else {
        return String::new();
    };
    let parts = allocation.allocated;
    let named = [
        ("costs", parts.costs),
        ("interest", parts.interest),
        ("principal", parts.principal),
        ("overpaid", allocation.overpayment),
    ];
    let shown = named.iter().filter(|(_, amount)| !amount.is_zero());
    shown.map(|(name, amount)| format!("{name} {amount}")).collect::<Vec<_>>().join(", ")
}

fn has(all: &[Explained], kind: EntryKind) -> bool {
    all.iter().any(|explained| explained.entry.kind == kind)
}

fn waiver_line(date: NaiveDate, amount: Money) -> Result<Line, LawError> {
    Ok(Line {
        kind: LineKind::Waiver,
        norm: "§ 397 Abs. 1 BGB".into(),
        amount: amount.checked_neg()?,
        from: date,
        to: None,
        days: 0,
        rate: String::new(),
        formula: String::new(),
    })
}

fn next_day(terms: &Terms, replay: &Replay, as_of: NaiveDate) -> Result<Money, LawError> {
    let principal = replay.snapshot.principal;
    let Some(next) = as_of.succ_opt().filter(|next| terms.in_default_on(*next)) else {
        return Ok(Money::zero(principal.currency()));
    };
    let accrual = accrue(principal, next, next, terms.rate, terms.day_count)?;
    accrual.exact().round(principal.currency())
}

#[cfg(test)]
mod tests {
    use kulanz_law::{AllocationRule, DayCount, DefaultReason, DefaultStart, InterestRate};
    use kulanz_types::{PaymentId, Seeds};
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn terms() -> Terms {
        Terms {
            consumer: true,
            rate: InterestRate::CONSUMER,
            day_count: DayCount::Act365,
            payment_day_counts: false,
            allocation: AllocationRule::CostsInterestPrincipal,
            default_start: Some(DefaultStart {
                first_day: date("2025-11-18"),
                reason: DefaultReason::Reminder,
            }),
        }
    }

    fn explained(seeds: &Seeds, kind: EntryKind, day: &str, cents: i64) -> Explained {
        Explained {
            entry: Entry {
                id: EntryId::generate(seeds, chrono::DateTime::UNIX_EPOCH),
                kind,
                value_date: date(day),
                amount: Money::eur(cents),
            },
            norm: "norm".into(),
            formula: String::new(),
        }
    }

    fn sum(statement: &Statement) -> Money {
        Money::sum(Currency::EUR, statement.lines.iter().map(|line| line.amount)).unwrap()
    }

    #[test]
    fn a_statement_shows_every_rate_with_its_days() {
        let seeds = Seeds::fixed(1);
        let entries = [explained(&seeds, EntryKind::Principal, "2025-10-01", 120_000)];
        let found = statement(Currency::EUR, &terms(), &entries, date("2026-11-23")).unwrap();
        let rates: Vec<(String, i64)> = found
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::Interest)
            .map(|line| (line.rate.clone(), line.days))
            .collect();
        assert_eq!(rates, [("6.27".into(), 44), ("6.27".into(), 181), ("6.52".into(), 146)]);
        assert_eq!(sum(&found), found.totals.total);
        // 1,200.00 x 6.52 / 36,500 = 0.2144 a day
        assert_eq!(found.interest_per_day, Money::eur(21));
        assert_eq!(found.provisional_from, None);
    }

    #[test]
    fn a_projection_beyond_the_base_rates_names_its_first_assumed_day() {
        let seeds = Seeds::fixed(1);
        let entries = [explained(&seeds, EntryKind::Principal, "2025-10-01", 120_000)];
        let found = statement(Currency::EUR, &terms(), &entries, date("2027-02-01")).unwrap();
        assert_eq!(found.provisional_from, Some(date("2027-01-01")));
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_total(
            history in prop::collection::vec((0u8..5, 0u64..300, 1i64..50_000), 0..20),
        ) {
            let seeds = Seeds::fixed(5);
            let mut entries = vec![explained(&seeds, EntryKind::Principal, "2025-10-01", 80_000)];
            let mut open: Vec<(PaymentId, i64)> = Vec::new();
            for (kind, offset, cents) in history {
                let day = (date("2025-10-01") + chrono::Days::new(offset)).to_string();
                let payment = PaymentId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
                let (kind, cents) = match (kind, open.pop()) {
                    (0, kept) => { open.extend(kept); (EntryKind::Cost, cents) }
                    (1, kept) => { open.extend(kept); (EntryKind::Credit, cents) }
                    (2, Some((returned, paid))) => (EntryKind::Reversal(returned), paid),
                    (_, kept) => {
                        open.extend(kept);
                        open.push((payment, cents));
                        (EntryKind::Payment(payment), cents)
                    }
                };
                entries.push(explained(&seeds, kind, &day, cents));
            }
            let found = statement(Currency::EUR, &terms(), &entries, date("2026-11-23")).unwrap();
            prop_assert_eq!(sum(&found), found.totals.total);
        }
    }
}
