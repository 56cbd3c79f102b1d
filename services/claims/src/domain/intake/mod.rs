//! Validation at intake: every problem of a row, each with a stable code, before anything is kept.
//!
//! A rejected row never becomes a claim. A warned row does, but what was wrong with it is not used: an
//! unreadable address is never written to, a reminder before the due date starts no default.

mod check;
mod contact;
mod regions;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

use super::person::Profile;

pub use check::check;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row is taken.
    Warning,
    /// The row is not taken.
    Error,
}

/// One thing wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Stable code.
    pub code: String,
    /// Field of the contract's `ImportRow`.
    pub field: String,
    /// What is wrong, without personal data.
    pub message: String,
}

impl Problem {
    /// A problem for which the row is not taken.
    pub fn error(code: &str, field: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, field, message)
    }

    /// A problem with which the row is taken.
    pub fn warning(code: &str, field: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, field, message)
    }

    fn new(severity: Severity, code: &str, field: &str, message: impl Into<String>) -> Self {
        Self { severity, code: code.into(), field: field.into(), message: message.into() }
    }
}

/// A row as supplied, its values typed where the contract types them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The creditor's invoice number.
    pub reference: String,
    /// The creditor's number of the debtor.
    pub customer_number: String,
    /// Date of the invoice.
    pub invoice_date: Option<NaiveDate>,
    /// Date on which it fell due.
    pub due_date: Option<NaiveDate>,
    /// Open amount.
    pub principal: Option<Money>,
    /// What was delivered or agreed.
    pub contract_subject: String,
    /// Date of the contract.
    pub contract_date: Option<NaiveDate>,
    /// When the creditor reminded the debtor.
    pub reminder_date: Option<NaiveDate>,
    /// False for a business; none where the party decides.
    pub consumer: Option<bool>,
    /// The debtor has objected to the creditor.
    pub disputed: bool,
    /// The debtor, contact points left out.
    pub profile: Profile,
    /// E-mail address as supplied.
    pub email: String,
    /// Mobile number as supplied.
    pub mobile: String,
    /// Fixed line as supplied.
    pub phone: String,
    /// Other facts for the choice of contact.
    pub facts: BTreeMap<String, String>,
    /// Costs that the creditor already charged.
    pub creditor_costs: Option<Money>,
    /// First day of default as the creditor states it.
    pub default_since: Option<NaiveDate>,
    /// Amount already paid on the invoice.
    pub already_paid: Option<Money>,
    /// Fields that could not be typed, found while reading the wire.
    pub unreadable: Vec<Problem>,
}

/// A row that may become a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The creditor's invoice number.
    pub reference: String,
    /// The creditor's number of the debtor.
    pub customer_number: String,
    /// Date of the invoice.
    pub invoice_date: Option<NaiveDate>,
    /// Date on which it fell due.
    pub due_date: NaiveDate,
    /// Open amount.
    pub principal: Money,
    /// What was delivered or agreed.
    pub contract_subject: String,
    /// Date of the contract.
    pub contract_date: Option<NaiveDate>,
    /// When a reminder that counts was sent.
    pub reminder_date: Option<NaiveDate>,
    /// The debtor is a consumer.
    pub consumer: bool,
    /// The debtor has objected to the creditor.
    pub disputed: bool,
    /// The debtor with usable and unusable contact points.
    pub profile: Profile,
    /// Other facts.
    pub facts: BTreeMap<String, String>,
    /// Costs that the creditor already charged.
    pub creditor_costs: Option<Money>,
    /// First day of default as the creditor states it.
    pub default_since: Option<NaiveDate>,
    /// Amount already paid on the invoice.
    pub already_paid: Option<Money>,
}

/// What validation makes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The row, none where it is rejected.
    pub accepted: Option<Accepted>,
    /// Everything wrong with it.
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests;
