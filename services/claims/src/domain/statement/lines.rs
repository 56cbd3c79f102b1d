//! The lines of a statement.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use kulanz_law::{Accrual, Allocation, InterestRate, LawError, Segment};
use kulanz_types::{EntryId, Money, PaymentId};

use super::{Explained, Line, LineKind, Working};
use crate::domain::account::{Entry, EntryKind, Replay};
use crate::domain::terms::Terms;

/// The lines of a replayed account by date, those of one day in the order of their kinds.
pub fn of(
    terms: &Terms,
    replay: Replay,
    entries: Vec<Explained>,
    as_of: NaiveDate,
) -> Result<Vec<Line>, LawError> {
    let known = Known::of(&entries);
    let covered: HashMap<EntryId, Allocation> = replay.allocations.iter().copied().collect();
    let mut lines = Vec::with_capacity(entries.len() + replay.segments.len());
    for explained in entries {
        if explained.entry.value_date <= as_of && known.counts(&explained.entry) {
            lines.push(entry_line(terms, explained, &known, &covered)?);
        }
    }
    for (date, amount) in &replay.waivers {
        lines.push(waiver_line(*date, *amount)?);
    }
    interest_lines(terms, replay.segments, replay.interest, &mut lines)?;
    // Lines are large and many: their keys are sorted, and each line is moved once.
    lines.sort_by_cached_key(|line| (line.from, line.kind));
    Ok(lines)
}

/// What is known of the entries as a whole.
struct Known {
    payments: HashSet<PaymentId>,
    credits: HashSet<EntryId>,
}

impl Known {
    fn of(entries: &[Explained]) -> Self {
        let mut known = Self { payments: HashSet::new(), credits: HashSet::new() };
        for Entry { id, kind, .. } in entries.iter().map(|explained| explained.entry) {
            match kind {
                EntryKind::Payment(payment) => {
                    known.payments.insert(payment);
                }
                EntryKind::Credit => {
                    known.credits.insert(id);
                }
                _ => {}
            }
        }
        known
    }

    /// Until its payment is known a return has nothing to undo.
    fn counts(&self, entry: &Entry) -> bool {
        match entry.kind {
            EntryKind::Reversal(payment) => self.payments.contains(&payment),
            _ => true,
        }
    }
}

fn entry_line(
    terms: &Terms,
    explained: Explained,
    known: &Known,
    covered: &HashMap<EntryId, Allocation>,
) -> Result<Line, LawError> {
    let Entry { id, kind, value_date, amount } = explained.entry;
    let (kind, amount) = match kind {
        EntryKind::Principal => (LineKind::Principal, amount),
        EntryKind::Cost => (LineKind::Cost, amount),
        EntryKind::Credit => (LineKind::Credit, amount.checked_neg()?),
        EntryKind::Payment(_) => (LineKind::Payment, amount.checked_neg()?),
        EntryKind::Reversal(_) => (LineKind::Reversal, amount),
        EntryKind::Correction(entry) if known.credits.contains(&entry) => {
            (LineKind::Correction, amount)
        }
        EntryKind::Correction(_) => (LineKind::Correction, amount.checked_neg()?),
    };
    let working = match covered.get(&id) {
        Some(done) => Working::Covered { parts: done.allocated, overpaid: done.overpayment },
        None if explained.formula.is_empty() => Working::Given,
        None => Working::Formula(explained.formula),
    };
    let payment = kind == LineKind::Payment;
    Ok(Line {
        kind,
        subject: Some(explained.subject),
        norm: if payment { terms.allocation.norm().to_owned() } else { explained.norm },
        rule_version: explained.rule_version,
        amount,
        from: value_date,
        to: None,
        days: 0,
        rate: String::new(),
        working,
        inputs: explained.inputs,
        entry: Some(id),
        note: explained.note,
    })
}

fn interest_lines(
    terms: &Terms,
    segments: Vec<Segment>,
    interest: Money,
    lines: &mut Vec<Line>,
) -> Result<(), LawError> {
    let accrual = Accrual { segments };
    let amounts = accrual.amounts(interest)?;
    let norm = match terms.default_start {
        Some(start) => format!("{}, {}, § 247 BGB", terms.rate.norm(), start.reason.norm()),
        None => terms.rate.norm().to_owned(),
    };
    for (part, amount) in accrual.segments.into_iter().zip(amounts) {
        let (year, rate) = (terms.day_count.year(part.from), part.rate.to_string());
        lines.push(Line {
            kind: LineKind::Interest,
            subject: None,
            norm: norm.clone(),
            rule_version: part
                .base
                .map(|base| format!("base rate {}", base.valid_from))
                .unwrap_or_default(),
            amount,
            from: part.from,
            to: Some(part.to),
            days: part.days,
            inputs: interest_inputs(terms, &part, &rate, year),
            rate,
            working: Working::Interest {
                principal: part.principal,
                base: part.base,
                rate: part.rate,
                year,
            },
            entry: None,
            note: String::new(),
        });
    }
    Ok(())
}

fn interest_inputs(
    terms: &Terms,
    part: &Segment,
    rate: &str,
    year: i64,
) -> BTreeMap<String, String> {
    let mut inputs = BTreeMap::from([
        ("principal".to_owned(), part.principal.to_decimal()),
        ("rate".to_owned(), rate.to_owned()),
        ("days".to_owned(), part.days.to_string()),
        ("year".to_owned(), year.to_string()),
    ]);
    if let Some(base) = part.base {
        inputs.insert("base_rate".to_owned(), base.percent.to_string());
        inputs.insert("base_rate_from".to_owned(), base.valid_from.to_string());
    }
    if let InterestRate::OverBase(points) = terms.rate {
        inputs.insert("points".to_owned(), points.to_string());
    }
    inputs
}

fn waiver_line(date: NaiveDate, amount: Money) -> Result<Line, LawError> {
    Ok(Line {
        kind: LineKind::Waiver,
        subject: None,
        norm: "§ 397 Abs. 1 BGB".into(),
        rule_version: String::new(),
        amount: amount.checked_neg()?,
        from: date,
        to: None,
        days: 0,
        rate: String::new(),
        working: Working::Given,
        inputs: BTreeMap::new(),
        entry: None,
        note: String::new(),
    })
}
