//! How a record is written on the wire.

use kulanz_proto::claims::v1::{ImportRow, ProtectionKind};
use kulanz_proto::types::v1 as types;

use super::field::Field;
use super::record::{DebtorRecord, ImportRecord, Salutation};

/// The version of `ImportRow` that [`row`] fills.
pub(super) const SCHEMA_VERSION: i32 = 1;

/// The row that claims takes in.
pub(super) fn row(record: ImportRecord) -> ImportRow {
    let address = address(&record.debtor);
    let debtor = record.debtor;
    ImportRow {
        claim_reference: record.claim_reference,
        customer_number: record.customer_number,
        invoice_date: Some(record.invoice_date.into()),
        due_date: Some(record.due_date.into()),
        principal: Some(record.amount.into()),
        contract_subject: record.subject,
        contract_date: record.contract_date.map(Into::into),
        reminder_sent_on: record.reminder_date.map(Into::into),
        consumer: Some(record.consumer),
        disputed: record.disputed,
        given_name: debtor.first_name,
        family_name: debtor.last_name,
        company_name: debtor.company,
        birth_date: debtor.birth_date.map(Into::into),
        salutation: salutation(debtor.salutation).into(),
        address: Some(address),
        email: debtor.email.unwrap_or_default(),
        mobile: debtor.mobile.unwrap_or_default(),
        phone: debtor.phone.unwrap_or_default(),
        language: debtor.language.unwrap_or_default(),
        facts: record.facts.into_iter().collect(),
        creditor_costs: record.creditor_costs.map(Into::into),
        default_since: record.default_since.map(Into::into),
        already_paid: record.already_paid.map(Into::into),
        deceased: record.deceased,
        contractual_rate: record.contractual_rate.map(|rate| rate.to_string()).unwrap_or_default(),
        contractual_rate_reason: record.contractual_rate_reason,
        creditor_costs_reason: record.creditor_costs_reason,
        consumer_loan: record.consumer_loan,
        secured: record.secured,
        title_final_on: record.title_final_on.map(Into::into),
        protection: protection(record.protection).into(),
    }
}

fn protection(name: Option<&str>) -> ProtectionKind {
    match name {
        Some("insolvency") => ProtectionKind::Insolvency,
        Some("death") => ProtectionKind::Death,
        Some("debt_adviser") => ProtectionKind::DebtAdviser,
        Some("lawyer") => ProtectionKind::Lawyer,
        Some("guardian") => ProtectionKind::Guardian,
        Some("vulnerable") => ProtectionKind::Vulnerable,
        _ => ProtectionKind::Unspecified,
    }
}

fn address(debtor: &DebtorRecord) -> types::PostalAddress {
    types::PostalAddress {
        street: debtor.street.clone(),
        supplement: String::new(),
        postcode: debtor.postcode.clone(),
        city: debtor.city.clone(),
        country_code: debtor.country.clone(),
    }
}

const fn salutation(salutation: Salutation) -> types::Salutation {
    match salutation {
        Salutation::Mr => types::Salutation::Mr,
        Salutation::Ms => types::Salutation::Ms,
        Salutation::Company | Salutation::None => types::Salutation::Unspecified,
    }
}

/// The field of a mapping that fills a field of `ImportRow`, so that a fault that claims finds can
/// be told under the name of the file's own column.
pub(super) fn field_of(wire_name: &str) -> Option<Field> {
    let first = wire_name.split('.').next_back().unwrap_or(wire_name);
    Some(match first {
        "principal" => Field::Amount,
        "contract_subject" => Field::Subject,
        "reminder_sent_on" => Field::ReminderDate,
        "given_name" => Field::FirstName,
        "family_name" => Field::LastName,
        "company_name" => Field::Company,
        "mobile" => Field::Phone,
        "country_code" => Field::Country,
        "currency_code" => Field::Currency,
        "address" => Field::Street,
        other => return other.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::{ProtectionKind, field_of, protection};
    use crate::import::field::Field;

    #[test]
    fn every_kind_of_protection_that_a_mapping_may_name_is_one_of_the_contract() {
        for name in Field::Protection.values() {
            assert_eq!(protection(Some(name)) == ProtectionKind::Unspecified, *name == "none");
        }
    }

    #[test]
    fn a_fault_of_the_wire_is_told_by_the_field_of_the_mapping() {
        assert_eq!(field_of("due_date"), Some(Field::DueDate));
        assert_eq!(field_of("principal"), Some(Field::Amount));
        assert_eq!(field_of("row.address.postcode"), Some(Field::Postcode));
        assert_eq!(field_of("facts"), None);
    }
}
