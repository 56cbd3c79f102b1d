use chrono::NaiveDate;
use kulanz_types::Money;
use serde::Serialize;

use crate::{Mark, Rule};

/// A named value that went into an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// What it is, a word of the rule: `value`, `rate`, `days`.
    pub name: &'static str,
    /// The value: an amount, a rate, a date or a count.
    pub value: String,
}

/// An amount with everything that a reader needs to find it again: norm, version, inputs, formula.
///
/// The formula is symbols and numbers; words around it belong to whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AmountLine {
    /// The rule.
    pub rule: Rule,
    /// The norm, as a statement cites it.
    pub norm: &'static str,
    /// The version of the rule, and of its table where it has one.
    pub version: String,
    /// How far the rule was verified.
    pub mark: Mark,
    /// What went in.
    pub inputs: Vec<Input>,
    /// How the amount was found: `0.9 × 93.00`.
    pub formula: String,
    /// The amount.
    pub amount: Money,
    /// The first day that rests on a value not announced yet.
    pub provisional_from: Option<NaiveDate>,
}

impl AmountLine {
    /// A line by the version of the rule that holds on the anchor day.
    pub(crate) fn new(rule: Rule, anchor: NaiveDate, amount: Money, formula: String) -> Self {
        let set = rule.on(anchor);
        Self {
            rule,
            norm: set.map_or_else(|| rule.norm(), |set| set.norm),
            version: set.map(crate::RuleSet::version).unwrap_or_default(),
            mark: set.map_or_else(|| rule.mark(), |set| set.mark),
            inputs: Vec::new(),
            formula,
            amount,
            provisional_from: None,
        }
    }

    pub(crate) fn input(mut self, name: &'static str, value: impl ToString) -> Self {
        self.inputs.push(Input { name, value: value.to_string() });
        self
    }

    pub(crate) fn table(mut self, name: &str) -> Self {
        self.version = format!("{} ({name})", self.version);
        self
    }
}
