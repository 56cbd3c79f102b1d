use chrono::{Months, NaiveDate};
use kulanz_law::ordinary_limitation;
use kulanz_types::calendar::State;
use kulanz_types::{Currency, Money};

use super::{Accepted, Checked, Problem, Row, Severity, contact, regions};
use crate::domain::person::{ContactKind, ContactPoint};

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
    dates(&row, today, &mut problems);
    party(&row, today, &mut problems);
    place(&row, &mut problems);
    let points = contact::points(
        [
            (&row.email, ContactKind::Email),
            (&row.mobile, ContactKind::Mobile),
            (&row.phone, ContactKind::Phone),
        ],
        &row.profile.address.country_code,
        &mut problems,
    );
    let rejected = problems.iter().any(|problem| problem.severity == Severity::Error);
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
    ];
    for (field, text, longest) in fields {
        if text.chars().any(char::is_control) {
            problems.push(Problem::error("CONTROL_CHARACTER", field, "holds a control character"));
        }
        if text.chars().count() > longest {
            let message = format!("longer than {longest} characters");
            problems.push(Problem::error("TEXT_TOO_LONG", field, message));
        }
    }
    if row.facts.iter().any(unfit_fact) {
        let message = "a name or value is out of form: left out";
        problems.push(Problem::warning("FACT_INVALID", "facts", message));
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
            problems.push(Problem::error("REQUIRED_FIELD_MISSING", field, message));
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
}

fn amounts(row: &Row, problems: &mut Vec<Problem>) {
    let Some(principal) = row.principal else { return };
    if principal.currency() != Currency::EUR {
        let message =
            format!("{} is not collected: accounts are kept in EUR", principal.currency());
        problems.push(Problem::error("CURRENCY_NOT_ALLOWED", "principal", message));
    }
    if principal.is_zero() {
        problems.push(Problem::error("AMOUNT_ZERO", "principal", "nothing is owed"));
    } else if principal.is_negative() {
        let message = "below zero: a credit of the debtor is no claim";
        problems.push(Problem::error("AMOUNT_NEGATIVE", "principal", message));
    } else if principal.minor_units() > IMPLAUSIBLE {
        let message = "above 1,000,000: is a decimal comma lost?";
        problems.push(Problem::warning("AMOUNT_IMPLAUSIBLE", "principal", message));
    }
    for (field, amount) in
        [("creditor_costs", row.creditor_costs), ("already_paid", row.already_paid)]
    {
        let Some(amount) = amount else { continue };
        if amount.is_negative() || amount.currency() != principal.currency() {
            let message = "below zero or in another currency than the claim";
            problems.push(Problem::error("AMOUNT_INVALID", field, message));
        } else if field == "already_paid" && amount.minor_units() >= principal.minor_units() {
            problems.push(Problem::error("AMOUNT_INVALID", field, "the claim is paid already"));
        }
    }
}

fn dates(row: &Row, today: NaiveDate, problems: &mut Vec<Problem>) {
    if row.invoice_date.is_some_and(|invoice| invoice > today) {
        problems.push(Problem::error("INVOICE_IN_FUTURE", "invoice_date", "lies in the future"));
    }
    if let (Some(contract), Some(invoice)) = (row.contract_date, row.invoice_date)
        && contract > invoice
    {
        let message = "lies after the invoice";
        problems.push(Problem::warning("CONTRACT_AFTER_INVOICE", "contract_date", message));
    }
    let Some(due) = row.due_date else { return };
    if due > today {
        problems.push(Problem::error("DUE_IN_FUTURE", "due_date", "not due yet"));
    }
    if row.invoice_date.is_some_and(|invoice| due < invoice) {
        problems.push(Problem::error("DUE_BEFORE_INVOICE", "due_date", "lies before the invoice"));
    }
    if row.reminder_date.is_some_and(|reminder| reminder < due) {
        let message = "before the due date: it starts no default (§ 286 Abs. 1 BGB)";
        problems.push(Problem::warning("REMINDER_BEFORE_DUE", "reminder_sent_on", message));
    }
    if row.reminder_date.is_some_and(|reminder| reminder > today) {
        let message = "lies in the future: it starts no default";
        problems.push(Problem::warning("REMINDER_IN_FUTURE", "reminder_sent_on", message));
    }
    if row.default_since.is_some_and(|default| default <= due || default > today) {
        let message = "default begins after the due date and not in the future (§ 286 BGB)";
        problems.push(Problem::error("DEFAULT_DATE_INVALID", "default_since", message));
    }
    time_bar(due, today, problems);
}

/// §§ 195, 199 BGB: asking for a barred claim as if it could be enforced is not allowed.
fn time_bar(due: NaiveDate, today: NaiveDate, problems: &mut Vec<Problem>) {
    let Ok(limitation) = ordinary_limitation(due, due, State::Nationwide) else { return };
    if limitation.expires_on < today {
        let message = format!("barred since {} (§§ 195, 199 BGB)", limitation.expires_on);
        problems.push(Problem::error("TIME_BARRED", "due_date", message));
    } else if limitation
        .expires_on
        .checked_sub_months(Months::new(2))
        .is_some_and(|soon| soon < today)
    {
        let message = format!("barred after {} (§§ 195, 199 BGB)", limitation.expires_on);
        problems.push(Problem::warning("TIME_BAR_NEAR", "due_date", message));
    }
}

fn party(row: &Row, today: NaiveDate, problems: &mut Vec<Problem>) {
    let profile = &row.profile;
    if profile.company_name.trim().is_empty() && profile.family_name.trim().is_empty() {
        let message = "neither a family name nor a firm: nobody owes";
        problems.push(Problem::error("DEBTOR_NAME_MISSING", "family_name", message));
    }
    if profile.is_company() && row.consumer == Some(true) {
        let message = "a firm is no consumer (§§ 13, 14 BGB); interest and duties depend on it";
        problems.push(Problem::error("CONSUMER_CONTRADICTION", "consumer", message));
    }
    let Some(birth) = profile.birth_date else { return };
    let contract = row.contract_date.or(row.invoice_date).or(row.due_date);
    let of_age = birth.checked_add_months(Months::new(18 * 12));
    if !plausible(birth, today) {
        let message = "in the future or more than 120 years ago: not used";
        problems.push(Problem::warning("BIRTH_DATE_IMPLAUSIBLE", "birth_date", message));
    } else if contract.zip(of_age).is_some_and(|(contract, of_age)| contract < of_age) {
        let message = "under 18 when the contract was made (§§ 106 to 108 BGB)";
        problems.push(Problem::error("MINOR_AT_CONTRACT", "birth_date", message));
    }
}

fn plausible(birth: NaiveDate, today: NaiveDate) -> bool {
    let oldest = today.checked_sub_months(Months::new(120 * 12)).unwrap_or(NaiveDate::MIN);
    (oldest..=today).contains(&birth)
}

fn place(row: &Row, problems: &mut Vec<Problem>) {
    let address = &row.profile.address;
    let (country, postcode) = (address.country_code.as_str(), address.postcode.as_str());
    if !country.is_empty() && !regions::is_country(country) {
        let message = "no ISO 3166-1 alpha-2 code";
        problems.push(Problem::error("COUNTRY_UNKNOWN", "address.country_code", message));
    }
    let language = &row.profile.language;
    if !language.is_empty() && !regions::is_language(language) {
        let message = "no ISO 639-1 language: the default is used";
        problems.push(Problem::warning("LANGUAGE_UNKNOWN", "language", message));
    }
    let digits = postcode.bytes().all(|byte| byte.is_ascii_digit());
    let length = match country {
        "" | "DE" => 5,
        "AT" | "CH" | "LI" => 4,
        _ => return,
    };
    if postcode.is_empty() || (digits && postcode.len() == length) {
        return;
    }
    let problem = if digits && length == 5 && postcode.len() == 4 {
        Problem::warning(
            "POSTCODE_LEADING_ZERO",
            "address.postcode",
            "four digits in Germany: a leading zero is lost",
        )
    } else {
        Problem::warning("POSTCODE_INVALID", "address.postcode", "no postcode of that country")
    };
    problems.push(problem);
}

fn accept(row: Row, points: Vec<ContactPoint>, today: NaiveDate) -> Option<Accepted> {
    let due_date = row.due_date?;
    let mut profile = row.profile;
    profile.contact_points = points;
    profile.birth_date = profile.birth_date.filter(|birth| plausible(*birth, today));
    if !regions::is_language(&profile.language) {
        profile.language.clear();
    }
    if profile.address.country_code.is_empty() {
        profile.address.country_code = "DE".into();
    }
    let consumer = row.consumer.unwrap_or(!profile.is_company());
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
    })
}
