//! Who owes, and where they live.

use chrono::{Months, NaiveDate};

use super::{Code, Problem, Row, regions};
use crate::domain::protection::ProtectionKind;

/// Checks who owes.
pub(super) fn check(row: &Row, today: NaiveDate, problems: &mut Vec<Problem>) {
    let profile = &row.profile;
    if profile.company_name.trim().is_empty() && profile.family_name.trim().is_empty() {
        let message = "neither a family name nor a firm: nobody owes";
        problems.push(Problem::new(Code::DebtorNameMissing, "family_name", message));
    }
    if profile.is_company() && row.consumer == Some(true) {
        let message = "a firm is no consumer (§§ 13, 14 BGB); interest and duties depend on it";
        problems.push(Problem::new(Code::ConsumerContradiction, "consumer", message));
    }
    if row.consumer_loan && !row.is_consumer() {
        let message = "a consumer loan has a consumer for its debtor (§ 491 BGB)";
        problems.push(Problem::new(Code::LoanContradiction, "consumer_loan", message));
    }
    shielded(row, problems);
    minor(row, today, problems);
}

/// Whom nobody may write to is taken in and silent from the first moment.
fn shielded(row: &Row, problems: &mut Vec<Problem>) {
    use ProtectionKind::{Death, Guardian, Vulnerable};
    let person_only = |kind| matches!(kind, Death | Guardian | Vulnerable);
    for kind in row.protections() {
        let field = if kind == Death && row.deceased { "deceased" } else { "protection" };
        let ended = row.deceased && matches!(kind, Guardian | Vulnerable);
        let problem = if (row.profile.is_company() && person_only(kind)) || ended {
            let message = "the debtor cannot be shielded so: a firm does not die and has no guardian, \
                           and who has died needs none";
            Problem::new(Code::ProtectionContradiction, field, message)
        } else if kind == Death {
            let message = "the debtor has died: silent until the heirs are known (§ 1967 BGB)";
            Problem::new(Code::Deceased, field, message)
        } else {
            Problem::new(Code::DebtorShielded, field, format!("silent: {}", kind.why()))
        };
        problems.push(problem);
    }
}

fn minor(row: &Row, today: NaiveDate, problems: &mut Vec<Problem>) {
    let Some(birth) = row.profile.birth_date else { return };
    let contract = row.contract_date.or(row.invoice_date).or(row.due_date);
    let of_age = birth.checked_add_months(Months::new(18 * 12));
    if !plausible(birth, today) {
        let message = "in the future or more than 120 years ago: not used";
        problems.push(Problem::new(Code::BirthDateImplausible, "birth_date", message));
    } else if contract.zip(of_age).is_some_and(|(contract, of_age)| contract < of_age) {
        let message = "under 18 when the contract was made (§§ 106 to 108 BGB)";
        problems.push(Problem::new(Code::MinorAtContract, "birth_date", message));
    }
}

/// Whether somebody living can have been born on that day.
pub(super) fn plausible(birth: NaiveDate, today: NaiveDate) -> bool {
    let oldest = today.checked_sub_months(Months::new(120 * 12)).unwrap_or(NaiveDate::MIN);
    (oldest..=today).contains(&birth)
}

/// Checks where the debtor lives and which language they speak.
pub(super) fn place(row: &Row, problems: &mut Vec<Problem>) {
    let address = &row.profile.address;
    let (country, postcode) = (address.country_code.as_str(), address.postcode.as_str());
    if !country.is_empty() && !regions::is_country(country) {
        let message = "no ISO 3166-1 alpha-2 code";
        problems.push(Problem::new(Code::CountryUnknown, "address.country_code", message));
    }
    let language = &row.profile.language;
    if !language.is_empty() && !regions::is_language(language) {
        let message = "no ISO 639-1 language: the default is used";
        problems.push(Problem::new(Code::LanguageUnknown, "language", message));
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
        Problem::new(
            Code::PostcodeLeadingZero,
            "address.postcode",
            "four digits in Germany: a leading zero is lost",
        )
    } else {
        Problem::new(Code::PostcodeInvalid, "address.postcode", "no postcode of that country")
    };
    problems.push(problem);
}
