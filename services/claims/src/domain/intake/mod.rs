//! Validation at intake: every problem of a row, each with a stable code, before anything is kept.
//!
//! A rejected row never becomes a claim. A warned row does, but what was wrong with it is not used: an
//! unreadable address is never written to, a reminder before the due date starts no default.

mod check;
mod code;
mod contact;
mod dates;
mod party;
mod placed;
mod regions;
mod standing;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::Percent;
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

use super::person::{Indexes, Profile};
use super::protection::ProtectionKind;

pub use check::check;
pub use code::Code;
pub use placed::{Placed, Placements, number};
pub use standing::Standing;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Stable code.
    pub code: Code,
    /// Field of the contract's `ImportRow`.
    pub field: String,
    /// What is wrong, without personal data.
    pub message: String,
}

impl Problem {
    /// What the code says of a field.
    pub fn new(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self { severity: code.severity(), code, field: field.into(), message: message.into() }
    }

    /// Whether the row is not taken.
    pub fn rejects(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A row as supplied, its values typed where the contract types them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    /// The creditor knows that the debtor has died.
    pub deceased: bool,
    /// Contractual rate of this claim in per cent a year, none for the creditor's.
    pub contractual_rate: Option<Percent>,
    /// Why a rate above the statutory one is owed.
    pub contractual_rate_reason: String,
    /// What the creditor's costs are for.
    pub creditor_costs_reason: String,
    /// The claim comes from a consumer loan (§ 491 BGB).
    pub consumer_loan: bool,
    /// Collateral, a guarantor or a title secures it.
    pub secured: bool,
    /// Day on which a title for it became final.
    pub title_final_on: Option<NaiveDate>,
    /// Why the person is shielded, if the creditor knows.
    pub protection: Option<ProtectionKind>,
    /// Fields that could not be typed, found while reading the wire.
    pub unreadable: Vec<Problem>,
}

impl Row {
    /// Whether the debtor is a consumer: as stated, else by the party.
    pub fn is_consumer(&self) -> bool {
        self.consumer.unwrap_or(!self.profile.is_company())
    }

    /// Why nobody is written to.
    pub fn protections(&self) -> Vec<ProtectionKind> {
        let died = self.deceased.then_some(ProtectionKind::Death);
        died.into_iter().chain(self.protection.filter(|kind| died != Some(*kind))).collect()
    }
}

/// A row that may become a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    // What came to the contract later is left out of the content where it is not stated, so that a row
    // that was taken before is still known as the same.
    /// Why nobody is written to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protections: Vec<ProtectionKind>,
    /// Contractual rate of this claim in per cent a year, none for the creditor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contractual_rate: Option<Percent>,
    /// Why a rate above the statutory one is owed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub contractual_rate_reason: String,
    /// What the creditor's costs are for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub creditor_costs_reason: String,
    /// The claim comes from a consumer loan (§ 491 BGB).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub consumer_loan: bool,
    /// Collateral, a guarantor or a title secures it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secured: bool,
    /// Day on which a title for it became final.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_final_on: Option<NaiveDate>,
    /// By what the debtor is found again; whoever holds the key fills it in.
    #[serde(skip)]
    pub indexes: Indexes,
}

/// What validation makes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The row, none where it is rejected; one that is time-barred is there until its creditor's standing
    /// decides.
    pub accepted: Option<Accepted>,
    /// Everything wrong with it.
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests;
