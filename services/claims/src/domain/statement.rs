//! Forderungsaufstellung: what is owed on a day, each line with its norm and working.

mod letter;
mod lines;
mod plain;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{BaseRate, InterestRate, LawError, Parts, Percent, Segment, accrue};
use kulanz_types::{Currency, EntryId, Money};

use super::account::{Entry, Replay, Subject, replay};
use super::rise::{RISES_BY, UNPAID_UNTIL};
use super::terms::Terms;

pub use letter::Correspondents;
pub use plain::{Occasion, Outlook};

/// An entry as a statement explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The entry.
    pub entry: Entry,
    /// What it is for.
    pub subject: Subject,
    /// The norm it rests on.
    pub norm: String,
    /// By which version of the rule.
    pub rule_version: String,
    /// What the formula was fed with.
    pub inputs: BTreeMap<String, String>,
    /// How the amount was found.
    pub formula: String,
    /// Words about it; empty for none.
    pub note: String,
}

/// What a line is, in the order in which lines of one day stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// An earlier cost or credit that was taken back.
    Correction,
    /// Interest that is not asked for.
    Waiver,
}

/// How the amount of a line was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Working {
    /// It was given.
    Given,
    /// By a formula of symbols and numbers.
    Formula(String),
    /// As the interest of a period.
    Interest {
        /// On what.
        principal: Money,
        /// The base rate, none where the contract fixes the rate.
        base: Option<BaseRate>,
        /// Per cent a year.
        rate: Percent,
        /// The days of the year.
        year: i64,
    },
    /// By what it covered.
    Covered {
        /// Of what is owed.
        parts: Parts,
        /// Beyond it.
        overpaid: Money,
    },
}

/// One line; charges above zero, credits below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// What for.
    pub subject: Option<Subject>,
    /// The norm.
    pub norm: String,
    /// By which version of the rule or table.
    pub rule_version: String,
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
    pub working: Working,
    /// What the working was fed with.
    pub inputs: BTreeMap<String, String>,
    /// The entry behind it; none for interest.
    pub entry: Option<EntryId>,
    /// Words about it; empty for none.
    pub note: String,
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
    /// What the claim bears.
    pub terms: Terms,
    /// Why a rate above the statutory one is asked for; empty where none is.
    pub rate_reason: String,
}

/// The statement of an account on a day.
pub fn statement(
    currency: Currency,
    terms: &Terms,
    entries: Vec<Explained>,
    as_of: NaiveDate,
) -> Result<Statement, LawError> {
    let plain: Vec<Entry> = entries.iter().map(|explained| explained.entry).collect();
    let replay = replay(currency, terms, &plain, as_of)?;
    let provisional = |part: &&Segment| part.base.is_some_and(|base| base.provisional);
    Ok(Statement {
        as_of,
        totals: totals(&replay)?,
        provisional_from: replay.segments.iter().find(provisional).map(|part| part.from),
        interest_per_day: next_day(terms, &replay, as_of)?,
        lines: lines::of(terms, replay, entries, as_of)?,
        terms: *terms,
        rate_reason: String::new(),
    })
}

impl Statement {
    /// Marks the interest whose rate lies above the statutory one at some time of its period, and says why
    /// it does (§ 13a Abs. 1 Nr. 4 RDG). The obligation arose on `arose`.
    pub fn explain_rate(&mut self, arose: NaiveDate, reason: &str) -> Result<(), LawError> {
        let InterestRate::Fixed(rate) = self.terms.rate else { return Ok(()) };
        let statutory = InterestRate::statutory(self.terms.consumer, arose);
        for line in self.lines.iter_mut().filter(|line| line.kind == LineKind::Interest) {
            let lawful = statutory.lowest(line.from, line.to.unwrap_or(line.from))?;
            if rate > lawful {
                line.inputs.insert("statutory_rate".to_owned(), lawful.to_string());
                line.inputs.insert("rate_reason".to_owned(), reason.to_owned());
                reason.clone_into(&mut self.rate_reason);
            }
        }
        Ok(())
    }

    /// Says with the fee of collection by how much the costs will rise, and after which day where it is known: the
    /// first demand shows both amounts (note 2 to Nr. 2300 VV RVG).
    pub fn announce_rise(&mut self, by: Money, until: Option<NaiveDate>) {
        let fee = |line: &&mut Line| {
            line.kind == LineKind::Cost && line.subject == Some(Subject::BusinessFee)
        };
        let Some(line) = self.lines.iter_mut().find(fee) else { return };
        line.inputs.insert(RISES_BY.to_owned(), by.to_decimal());
        if let Some(until) = until {
            line.inputs.insert(UNPAID_UNTIL.to_owned(), until.to_string());
        }
    }
}

/// The sums of a replayed account.
fn totals(replay: &Replay) -> Result<Totals, LawError> {
    let open = replay.open;
    Ok(Totals {
        principal: open.principal,
        interest: open.interest,
        costs: open.costs,
        credits: replay.credited,
        total: open.total()?.checked_sub(replay.snapshot.overpaid)?,
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
mod tests;
