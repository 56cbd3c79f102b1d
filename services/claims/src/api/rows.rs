//! Rows of an import as the wire gives them.

use chrono::NaiveDate;
use kulanz_law::Percent;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::types::v1::{Date, Money as WireMoney};
use kulanz_types::{Currency, Money};

use super::{convert, protections};
use crate::domain::intake::{Code, Problem, Row};
use crate::domain::person::Profile;
use crate::domain::protection::ProtectionKind;

/// A row with its values typed; what cannot be typed is a problem of the row.
pub fn row(row: wire::ImportRow) -> Row {
    let mut unreadable = Vec::new();
    let bad = &mut unreadable;
    let birth_date = date(row.birth_date, "birth_date", bad);
    Row {
        reference: row.claim_reference,
        customer_number: row.customer_number,
        invoice_date: date(row.invoice_date, "invoice_date", bad),
        due_date: date(row.due_date, "due_date", bad),
        principal: money(row.principal, "principal", bad),
        contract_subject: row.contract_subject,
        contract_date: date(row.contract_date, "contract_date", bad),
        reminder_date: date(row.reminder_sent_on, "reminder_sent_on", bad),
        consumer: row.consumer,
        disputed: row.disputed,
        profile: Profile {
            address: row.address.map(convert::address_of).unwrap_or_default(),
            language: row.language,
            ..party((row.given_name, row.family_name, row.company_name), row.salutation, birth_date)
        },
        email: row.email,
        mobile: row.mobile,
        phone: row.phone,
        facts: row.facts.into_iter().collect(),
        creditor_costs: money(row.creditor_costs, "creditor_costs", bad),
        default_since: date(row.default_since, "default_since", bad),
        already_paid: money(row.already_paid, "already_paid", bad),
        deceased: row.deceased,
        contractual_rate: rate(row.contractual_rate.trim(), bad),
        contractual_rate_reason: row.contractual_rate_reason,
        creditor_costs_reason: row.creditor_costs_reason,
        consumer_loan: row.consumer_loan,
        secured: row.secured,
        title_final_on: date(row.title_final_on, "title_final_on", bad),
        protection: protection(row.protection, bad),
        unreadable,
    }
}

/// A person, or a company whose names are those of a contact there.
fn party(
    (given_name, family_name, company_name): (String, String, String),
    salutation: i32,
    birth_date: Option<NaiveDate>,
) -> Profile {
    if company_name.is_empty() {
        return Profile { given_name, family_name, salutation, birth_date, ..Profile::default() };
    }
    let contact_name = format!("{given_name} {family_name}").trim().to_owned();
    Profile { company_name, contact_name, salutation, ..Profile::default() }
}

fn date(given: Option<Date>, field: &str, bad: &mut Vec<Problem>) -> Option<NaiveDate> {
    let parsed = given.map(NaiveDate::try_from).transpose();
    parsed.unwrap_or_else(|_| {
        bad.push(Problem::new(Code::DateInvalid, field, "there is no such day"));
        None
    })
}

fn rate(given: &str, bad: &mut Vec<Problem>) -> Option<Percent> {
    if given.is_empty() {
        return None;
    }
    let parsed = given.parse().ok();
    if parsed.is_none() {
        let message = "no percentage with at most four decimals, such as `9.5`";
        bad.push(Problem::new(Code::RateInvalid, "contractual_rate", message));
    }
    parsed
}

fn protection(given: i32, bad: &mut Vec<Problem>) -> Option<ProtectionKind> {
    let kind = protections::kind_of(given);
    if kind.is_none() && given != 0 {
        bad.push(Problem::new(Code::ValueUnknown, "protection", "no kind of protection"));
    }
    kind
}

fn money(given: Option<WireMoney>, field: &str, bad: &mut Vec<Problem>) -> Option<Money> {
    let given = given?;
    let Ok(currency) = given.currency_code.parse::<Currency>() else {
        bad.push(Problem::new(
            Code::CurrencyUnknown,
            field,
            "no currency that accounts are kept in",
        ));
        return None;
    };
    Some(Money::new(currency, given.minor_units))
}
