//! The most that the law gives for a cost: what is booked is held to it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{AmountLine, LawError, Parts, total_of};
use kulanz_store::Work;
use kulanz_types::Money;

use super::account::{Draft, book, entries};
use crate::domain::account::replay;
use crate::error::Error;
use crate::store::{claim, entry};

/// The most of one cost, and how it is found.
pub struct Limit {
    amount: Money,
    lines: Vec<AmountLine>,
    inputs: BTreeMap<&'static str, String>,
    charged: Money,
}

impl Limit {
    /// What lines that were found from a value come to.
    pub fn of(value: Money, lines: Vec<AmountLine>) -> Result<Self, LawError> {
        let amount = total_of(value, &lines)?;
        let mut inputs =
            BTreeMap::from([("value", value.to_decimal()), ("lawful", amount.to_decimal())]);
        for line in &lines {
            let capped =
                line.inputs.iter().filter(|input| ["charged", "rvg"].contains(&input.name));
            inputs.extend(capped.map(|input| (input.name, input.value.clone())));
        }
        Ok(Self { amount, lines, inputs, charged: Money::zero(value.currency()) })
    }

    /// With a further input.
    #[must_use]
    pub fn input(mut self, name: &'static str, value: Money) -> Self {
        self.inputs.insert(name, value.to_decimal());
        self
    }

    /// Less what is charged of it already: it is owed once.
    pub fn less(self, charged: Money) -> Result<Self, LawError> {
        let left = self.amount.checked_sub(charged)?.minor_units().max(0);
        let amount = Money::new(charged.currency(), left);
        Ok(Self { amount, charged, ..self }.input("lawful", amount))
    }

    /// As much of a cost as the law gives, from what and how it is found. Where less was asked for there is
    /// nothing to work out: how much the law would give stands beside it.
    pub fn cap(&self, cost: Money) -> (Money, BTreeMap<&'static str, String>, String) {
        let mut inputs = self.inputs.clone();
        match cost.minor_units().cmp(&self.amount.minor_units()) {
            Ordering::Less => (cost, inputs, String::new()),
            Ordering::Equal => (cost, inputs, self.formula()),
            Ordering::Greater => {
                let formula = format!("min({}, {})", cost.to_decimal(), self.formula());
                inputs.insert("agreed", cost.to_decimal());
                (self.amount, inputs, formula)
            }
        }
    }

    /// Books a draft on a locked claim; above the limit it is refused.
    pub async fn book(
        &self,
        work: &Work,
        claim: &mut claim::Model,
        draft: Draft<'_>,
    ) -> Result<entry::Model, Error> {
        let (lawful, inputs, formula) = self.cap(draft.amount());
        let norm = self.norm(draft.rests_on());
        if lawful != draft.amount() {
            return Err(Error::above_law("amount", self.amount, norm));
        }
        let norm = norm.to_owned();
        book(work, claim, draft.norm(&norm).worked_out(self.version(), inputs, &formula)).await
    }

    /// The norm of the first line; another where nothing is owed.
    pub fn norm<'a>(&'a self, other: &'a str) -> &'a str {
        self.lines.first().map_or(other, |line| line.norm)
    }

    /// By which version of the rule.
    pub fn version(&self) -> &str {
        self.lines.first().map_or("", |line| line.version.as_str())
    }

    fn formula(&self) -> String {
        let formulas: Vec<&str> = self.lines.iter().map(|line| line.formula.as_str()).collect();
        let formula = formulas.join(" + ").replace("+ −", "− ");
        if self.charged.is_positive() {
            return format!("{formula} − {}", self.charged.to_decimal());
        }
        formula
    }
}

/// What was open on a day.
pub async fn open_on(work: &Work, claim: &claim::Model, date: NaiveDate) -> Result<Parts, Error> {
    let entries = entries(work, claim).await?;
    Ok(replay(claim.currency()?, &claim.terms()?, &entries, date)?.open)
}
