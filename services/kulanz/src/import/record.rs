use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::Percent;
use kulanz_types::{Iban, Money};

/// One claim with its debtor, read from one row and free of formal faults. Holds personal data:
/// it is sent to claims and appears in no log and no report.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ImportRecord {
    /// The creditor's invoice number.
    pub claim_reference: String,
    /// The creditor's customer number.
    pub customer_number: String,
    /// The day the invoice was written.
    pub invoice_date: NaiveDate,
    /// The day payment was due.
    pub due_date: NaiveDate,
    /// The open amount.
    pub amount: Money,
    /// What the creditor already charged for reminding.
    pub creditor_costs: Option<Money>,
    /// What was ordered.
    pub subject: String,
    /// The day the contract was made.
    pub contract_date: Option<NaiveDate>,
    /// The day of the creditor's reminder.
    pub reminder_date: Option<NaiveDate>,
    /// The first day of default, where the creditor states it.
    pub default_since: Option<NaiveDate>,
    /// Consumer (§ 13 BGB) or business (§ 14 BGB).
    pub consumer: bool,
    /// Whether the customer disputes the claim.
    pub disputed: bool,
    /// What was already paid on the invoice.
    pub already_paid: Option<Money>,
    /// What the creditor's costs are for; empty without costs.
    pub creditor_costs_reason: String,
    /// Per cent a year that the contract fixes.
    pub contractual_rate: Option<Percent>,
    /// Why a rate above the statutory one is owed.
    pub contractual_rate_reason: String,
    /// Whether it comes from a consumer loan (§ 491 BGB).
    pub consumer_loan: bool,
    /// Whether collateral, a guarantor or a title secures it.
    pub secured: bool,
    /// The day on which a title for it became final.
    pub title_final_on: Option<NaiveDate>,
    /// Whether the customer has died.
    pub deceased: bool,
    /// Why the customer is shielded, by the name in mappings; none for no reason.
    pub protection: Option<&'static str>,
    /// Who owes.
    pub debtor: DebtorRecord,
    /// Facts about the customer, by the names of the feature registry.
    pub facts: BTreeMap<String, String>,
}

/// Who owes, as the creditor knows the person or company.
#[derive(Clone, PartialEq, Eq)]
pub struct DebtorRecord {
    /// How the creditor addresses the person.
    pub salutation: Salutation,
    /// First name with title; empty if unknown.
    pub first_name: String,
    /// Surname; for a company that of the contact person, or empty.
    pub last_name: String,
    /// Company name; empty for a natural person.
    pub company: String,
    /// Street and house number.
    pub street: String,
    /// Postcode in the shape of its country.
    pub postcode: String,
    /// City.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// E-mail address, if there is one with the shape of one.
    pub email: Option<String>,
    /// Telephone number in E.164 that can receive text messages.
    pub mobile: Option<String>,
    /// Another telephone number in E.164.
    pub phone: Option<String>,
    /// The account that the customer paid from so far; its check digits are right.
    pub iban: Option<Iban>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// ISO 639-1.
    pub language: Option<String>,
}

/// How the creditor addresses the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Salutation {
    /// Not stated.
    None,
    /// Herr, Mr.
    Mr,
    /// Frau, Ms.
    Ms,
    /// Nobody in particular at a company.
    Company,
}
