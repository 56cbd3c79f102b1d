use super::field::Field;
use super::problem::{Problem, ProblemCode};

/// The e-mail address, or nothing if it does not have the shape of one.
pub(super) fn email(text: &str, problems: &mut Vec<Problem>) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if is_email(text) {
        return Some(text.to_owned());
    }
    let reason = "not an e-mail address; it is not used";
    problems.push(Problem::of(Field::Email, ProblemCode::EmailInvalid, reason));
    None
}

/// The part of RFC 5321 that occurs: no quoted local parts, no address literals.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_character = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let labels: Vec<&str> = domain.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    (1..=64).contains(&local.len())
        && local.split('.').all(|part| !part.is_empty())
        && local.chars().all(local_character)
        && labels.len() >= 2
        && labels.iter().all(label)
        && labels.last().is_some_and(|last| last.len() >= 2)
}

/// The telephone number in E.164, or nothing if it is not one. `country` decides what a number
/// without a country code means.
pub(super) fn phone(text: &str, country: &str, problems: &mut Vec<Problem>) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let number = international(text, country);
    let problem = match &number {
        None => Some((ProblemCode::PhoneInvalid, "not a telephone number; it is not used")),
        Some(number) if is_mobile(number) => None,
        Some(_) => Some((ProblemCode::PhoneNotMobile, "not a mobile number: no text messages")),
    };
    if let Some((code, reason)) = problem {
        problems.push(Problem::of(Field::Phone, code, reason));
    }
    number
}

struct Plan {
    country: &'static str,
    code: &'static str,
    /// Mobile prefixes after the country code, with the digits of a whole national number.
    mobile: &'static [(&'static str, std::ops::RangeInclusive<usize>)],
}

/// Mobile ranges of the numbering plans of Bundesnetzagentur, RTR and BAKOM.
const PLANS: [Plan; 3] = [
    Plan {
        country: "DE",
        code: "49",
        mobile: &[("15", 10..=11), ("16", 10..=11), ("17", 10..=11)],
    },
    Plan {
        country: "AT",
        code: "43",
        mobile: &[
            ("65", 10..=13),
            ("66", 10..=13),
            ("67", 10..=13),
            ("68", 10..=13),
            ("69", 10..=13),
        ],
    },
    Plan {
        country: "CH",
        code: "41",
        mobile: &[
            ("74", 9..=9),
            ("75", 9..=9),
            ("76", 9..=9),
            ("77", 9..=9),
            ("78", 9..=9),
            ("79", 9..=9),
        ],
    },
];

impl Plan {
    fn is_mobile(&self, national: &str) -> bool {
        self.mobile.iter().any(|(prefix, digits)| {
            national.starts_with(prefix) && digits.contains(&national.len())
        })
    }
}

fn international(text: &str, country: &str) -> Option<String> {
    let bare: String = text.replace("(0)", "").chars().filter(|c| !" /-().".contains(*c)).collect();
    let (digits, has_country_code) = match (bare.strip_prefix('+'), bare.strip_prefix("00")) {
        (Some(digits), _) | (None, Some(digits)) => (digits, true),
        (None, None) => (bare.strip_prefix('0')?, false),
    };
    let plausible = (6..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    if !plausible {
        return None;
    }
    if has_country_code {
        return Some(format!("+{digits}"));
    }
    plan_of_national(digits, country).map(|plan| format!("+{}{digits}", plan.code))
}

/// The plan of the address, unless the number is a mobile number of exactly one neighbour: an
/// Austrian customer may have a German mobile.
fn plan_of_national(digits: &str, country: &str) -> Option<&'static Plan> {
    let home = PLANS.iter().find(|plan| plan.country == country);
    if home.is_some_and(|plan| plan.is_mobile(digits)) {
        return home;
    }
    let mut neighbours = PLANS.iter().filter(|plan| plan.is_mobile(digits));
    match (neighbours.next(), neighbours.next()) {
        (Some(only), None) => Some(only),
        _ => home,
    }
}

/// Whether text messages can reach the number; numbers of other countries are not known to.
pub(super) fn is_mobile(number: &str) -> bool {
    PLANS.iter().any(|plan| {
        number
            .strip_prefix('+')
            .and_then(|digits| digits.strip_prefix(plan.code))
            .is_some_and(|national| plan.is_mobile(national))
    })
}

#[cfg(test)]
#[path = "contact_tests.rs"]
mod tests;
