//! Contact points as supplied, brought into the form in which they can be used.

use crate::domain::person::{ContactKind, ContactPoint};

use super::{Code, Problem};

/// An e-mail address, domain in lower case, if it can be one.
fn email(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let domain = domain.to_lowercase();
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && part
                .chars()
                .all(|letter| !letter.is_whitespace() && !"@,;:()<>[]\\\"".contains(letter))
    };
    let dotted = domain.rsplit_once('.').is_some_and(|(_, top)| top.len() >= 2);
    (plain(local) && plain(&domain) && dotted && text.len() <= 254)
        .then(|| format!("{local}@{domain}"))
}

/// A telephone number in E.164, however it is written; a leading zero is the trunk prefix of `country`.
fn number(text: &str, country: &str) -> Option<String> {
    if text.chars().any(|letter| !letter.is_ascii_digit() && !" +-/().".contains(letter)) {
        return None;
    }
    let compact: String =
        text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect();
    let prefix = match country {
        "AT" => "43",
        "CH" => "41",
        _ => "49",
    };
    let digits = match compact.strip_prefix('+').or_else(|| compact.strip_prefix("00")) {
        Some(international) => international.to_owned(),
        None => format!("{prefix}{}", compact.strip_prefix('0')?),
    };
    // "+49 (0) 152" keeps a trunk zero that is not dialled from abroad.
    let digits = digits.strip_prefix("490").map_or(digits.clone(), |rest| format!("49{rest}"));
    let valid = (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    valid.then(|| format!("+{digits}"))
}

/// Whether a number of Germany, Austria or Switzerland is a mobile one; others are taken as told.
fn is_mobile(number: &str) -> bool {
    let ranges: &[&str] = match number {
        german if german.starts_with("+49") => &["+4915", "+4916", "+4917"],
        austrian if austrian.starts_with("+43") => &["+436"],
        swiss if swiss.starts_with("+41") => {
            &["+4174", "+4175", "+4176", "+4177", "+4178", "+4179"]
        }
        _ => return true,
    };
    ranges.iter().any(|range| number.starts_with(range))
}

/// The contact points of a row; what cannot be used is left out and warned of.
pub(super) fn points(
    supplied: [(&str, ContactKind); 3],
    country: &str,
    problems: &mut Vec<Problem>,
) -> Vec<ContactPoint> {
    supplied
        .into_iter()
        .filter(|(text, _)| !text.trim().is_empty())
        .filter_map(|(text, kind)| point(text.trim(), kind, country, problems))
        .collect()
}

fn point(
    text: &str,
    kind: ContactKind,
    country: &str,
    problems: &mut Vec<Problem>,
) -> Option<ContactPoint> {
    let usable = |kind, value| ContactPoint { kind, value, usable: true, note: String::new() };
    if kind == ContactKind::Email {
        let Some(value) = email(text) else {
            let message = "no e-mail address; it is not kept and never written to";
            problems.push(Problem::new(Code::EmailInvalid, "email", message));
            return None;
        };
        return Some(usable(kind, value));
    }
    let field = if kind == ContactKind::Mobile { "mobile" } else { "phone" };
    let Some(value) = number(text, country) else {
        let message = "no telephone number; it is not kept and never called";
        problems.push(Problem::new(Code::PhoneInvalid, field, message));
        return None;
    };
    if kind == ContactKind::Mobile && !is_mobile(&value) {
        let message = "a fixed line: no text messages go there";
        problems.push(Problem::new(Code::PhoneNotMobile, field, message));
        return Some(usable(ContactKind::Phone, value));
    }
    Some(usable(kind, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_ways_to_write_a_mobile_number_mean_one() {
        for text in [
            "+49 152 28817386",
            "+4915228817386",
            "0152/28817386",
            "0152 28817386",
            "004915228817386",
        ] {
            assert_eq!(number(text, "DE").as_deref(), Some("+4915228817386"), "{text}");
        }
        assert_eq!(number("+49 (0)152 28817386", "DE").as_deref(), Some("+4915228817386"));
        assert_eq!(number("0664 1234567", "AT").as_deref(), Some("+436641234567"));
    }

    #[test]
    fn what_a_spreadsheet_made_of_a_number_is_none() {
        for text in ["4,91523E+11", "491523", "0152 288 x", "+", ""] {
            assert_eq!(number(text, "DE"), None, "{text}");
        }
    }

    #[test]
    fn an_address_without_at_or_domain_is_none() {
        assert_eq!(email("Anna.Beck@Example.ORG").as_deref(), Some("Anna.Beck@example.org"));
        for text in
            ["anna(at)example.org", "anna@", "@example.org", "a b@example.org", "a@b", "a@@b.de"]
        {
            assert_eq!(email(text), None, "{text}");
        }
    }
}
