use chrono::NaiveDate;
use kulanz_law::Percent;
use kulanz_types::{Currency, Money};

use super::{Accepted, Checked, Code, Problem, Row, contact, dates, party, regions};
use crate::domain::person::{ContactKind, ContactPoint, Indexes};

/// Above this, in minor units, an amount is looked at twice: a lost decimal comma makes such amounts.
const IMPLAUSIBLE: i64 = 100_000_000;
const LONGEST_TEXT: usize = 500;
const LONGEST_REFERENCE: usize = 64;

/// Checks a row on the business day `today`. Every rule looks at the row for itself, so that a faulty row
/// is answered with everything that is wrong with it.
pub fn check(row: Row, today: NaiveDate) -> Checked {
    let mut problems = row.unreadable.clone();
    texts(&row, &mut problems);
    required(&row, &mut problems);
    amounts(&row, &mut problems);
    creditor_costs(&row, &mut problems);
    dates::check(&row, today, &mut problems);
    party::check(&row, today, &mut problems);
    party::place(&row, &mut problems);
    let points = contact::points(
        [
            (&row.email, ContactKind::Email),
            (&row.mobile, ContactKind::Mobile),
            (&row.phone, ContactKind::Phone),
        ],
        &row.profile.address.country_code,
        &mut problems,
    );
    // Whether a barred row is taken is the creditor's to say.
    let barred = |problem: &&Problem| problem.code == Code::TimeBarred;
    let rejected = problems.iter().filter(|one| !barred(one)).any(Problem::rejects);
    let accepted = if rejected { None } else { accept(row, points, today) };
    Checked { accepted, problems }
}

fn texts(row: &Row, problems: &mut Vec<Problem>) {
    let profile = &row.profile;
    let fields = [
        ("claim_reference", &row.reference, LONGEST_REFERENCE),
        ("customer_number", &row.customer_number, LONGEST_REFERENCE),
        ("contract_subject", &row.contract_subject, LONGEST_TEXT),
        ("given_name", &profile.given_name, LONGEST_TEXT),
        ("family_name", &profile.family_name, LONGEST_TEXT),
        ("company_name", &profile.company_name, LONGEST_TEXT),
        ("address.street", &profile.address.street, LONGEST_TEXT),
        ("address.city", &profile.address.city, LONGEST_TEXT),
        ("email", &row.email, LONGEST_TEXT),
        ("mobile", &row.mobile, LONGEST_TEXT),
        ("phone", &row.phone, LONGEST_TEXT),
        ("contractual_rate_reason", &row.contractual_rate_reason, LONGEST_TEXT),
        ("creditor_costs_reason", &row.creditor_costs_reason, LONGEST_TEXT),
    ];
    for (field, text, longest) in fields {
        if text.chars().any(char::is_control) {
            problems.push(Problem::new(Code::ControlCharacter, field, "holds a control character"));
        }
        if text.chars().count() > longest {
            let message = format!("longer than {longest} characters");
            problems.push(Problem::new(Code::TextTooLong, field, message));
        }
    }
    if row.facts.iter().any(unfit_fact) {
        let message = "a name or value is out of form: left out";
        problems.push(Problem::new(Code::FactInvalid, "facts", message));
    }
}

fn unfit_fact((key, value): (&String, &String)) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    key.len() > 40 || !key.bytes().all(plain) || value.chars().count() > 200
}

fn required(row: &Row, problems: &mut Vec<Problem>) {
    let mut need = |present: bool, field: &str, message: &str| {
        let known = problems.iter().any(|problem| problem.field == field);
        if !present && !known {
            problems.push(Problem::new(Code::RequiredFieldMissing, field, message));
        }
    };
    let reference = "without its number a claim cannot be told apart or found again";
    need(!row.reference.trim().is_empty(), "claim_reference", reference);
    need(
        !row.customer_number.trim().is_empty(),
        "customer_number",
        "without it the debtor's claims cannot be brought together",
    );
    need(row.due_date.is_some(), "due_date", "without it nothing is due");
    need(row.principal.is_some(), "principal", "without an amount nothing is owed");
    contract(row, problems);
}

/// What a consumer has to be told of the contract in the first message; a claim that lacks it could never
/// be asked for.
fn contract(row: &Row, problems: &mut Vec<Problem>) {
    let subject = ("contract_subject", row.contract_subject.trim().is_empty());
    let date = ("contract_date", row.contract_date.is_none());
    for (field, missing) in [subject, date] {
        let known = problems.iter().any(|problem| problem.field == field);
        if missing && !known && row.is_consumer() {
            let message =
                "a consumer must be told what was agreed and when (§ 13a Abs. 1 Nr. 2 RDG)";
            problems.push(Problem::new(Code::ContractFactsMissing, field, message));
        }
    }
}

fn amounts(row: &Row, problems: &mut Vec<Problem>) {
    if row.contractual_rate.is_some_and(|rate| rate <= Percent::whole(0)) {
        let message = "must be above zero; leave it empty for the creditor's";
        problems.push(Problem::new(Code::RateInvalid, "contractual_rate", message));
    }
    let Some(principal) = row.principal else { return };
    if principal.currency() != Currency::EUR {
        let message =
            format!("{} is not collected: accounts are kept in EUR", principal.currency());
        problems.push(Problem::new(Code::CurrencyNotAllowed, "principal", message));
    }
    if principal.is_zero() {
        problems.push(Problem::new(Code::AmountZero, "principal", "nothing is owed"));
    } else if principal.is_negative() {
        let message = "below zero: a credit of the debtor is no claim";
        problems.push(Problem::new(Code::AmountNegative, "principal", message));
    } else if principal.minor_units() > IMPLAUSIBLE {
        let message = "above 1,000,000: is a decimal comma lost?";
        problems.push(Problem::new(Code::AmountImplausible, "principal", message));
    }
    for (field, amount) in
        [("creditor_costs", row.creditor_costs), ("already_paid", row.already_paid)]
    {
        let Some(amount) = amount else { continue };
        if amount.is_negative() || amount.currency() != principal.currency() {
            let message = "below zero or in another currency than the claim";
            problems.push(Problem::new(Code::AmountInvalid, field, message));
        } else if field == "already_paid" && amount.minor_units() >= principal.minor_units() {
            problems.push(Problem::new(Code::AmountInvalid, field, "the claim is paid already"));
        }
    }
}

/// What the creditor charges of its own is asked for by kind, amount and ground, or not at all.
fn creditor_costs(row: &Row, problems: &mut Vec<Problem>) {
    let Some(costs) = row.creditor_costs.filter(|costs| costs.is_positive()) else { return };
    if row.creditor_costs_reason.trim().is_empty() {
        let message = "charged without saying what for (§ 13a Abs. 1 Nr. 5 RDG)";
        problems.push(Problem::new(Code::CostsWithoutReason, "creditor_costs_reason", message));
    }
    if row.principal.is_some_and(|principal| costs.minor_units() > principal.minor_units()) {
        let message = "above the claim itself: is a decimal comma lost?";
        problems.push(Problem::new(Code::AmountImplausible, "creditor_costs", message));
    }
}

fn accept(row: Row, points: Vec<ContactPoint>, today: NaiveDate) -> Option<Accepted> {
    let due_date = row.due_date?;
    let (consumer, protections) = (row.is_consumer(), row.protections());
    let mut profile = row.profile;
    profile.contact_points = points;
    profile.birth_date = profile.birth_date.filter(|birth| party::plausible(*birth, today));
    if !regions::is_language(&profile.language) {
        profile.language.clear();
    }
    if profile.address.country_code.is_empty() {
        profile.address.country_code = "DE".into();
    }
    let positive = |amount: Option<Money>| amount.filter(|money| money.is_positive());
    Some(Accepted {
        reference: row.reference.trim().to_owned(),
        customer_number: row.customer_number.trim().to_owned(),
        invoice_date: row.invoice_date,
        due_date,
        principal: row.principal?,
        contract_subject: row.contract_subject,
        contract_date: row.contract_date,
        reminder_date: row.reminder_date.filter(|reminder| *reminder > due_date),
        consumer,
        disputed: row.disputed,
        profile,
        facts: row.facts.into_iter().filter(|(key, value)| !unfit_fact((key, value))).collect(),
        creditor_costs: positive(row.creditor_costs),
        default_since: row.default_since,
        already_paid: positive(row.already_paid),
        protections,
        contractual_rate: row.contractual_rate,
        contractual_rate_reason: row.contractual_rate_reason.trim().to_owned(),
        creditor_costs_reason: row.creditor_costs_reason.trim().to_owned(),
        consumer_loan: row.consumer_loan,
        secured: row.secured || row.title_final_on.is_some(),
        title_final_on: row.title_final_on,
        indexes: Indexes::default(),
    })
}
