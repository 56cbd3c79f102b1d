//! What people type into forms: amounts and dates.

use kulanz_proto::types::v1::{Date, Money};
use kulanz_types::Currency;

/// Reads an amount as people write it: `50`, `50,5`, `1.234,50`, `1,234.50`, `50 €`. The last point
/// or comma with at most two digits behind it separates the cents.
pub(crate) fn parse_amount(text: &str, currency_code: &str) -> Option<Money> {
    let exponent = currency_code.parse().map_or(2, Currency::exponent);
    let bare: String =
        text.chars().filter(|letter| !letter.is_whitespace() && *letter != '€').collect();
    let (whole, fraction) = match bare.rfind([',', '.']) {
        Some(at) if bare.len() - at - 1 <= usize::try_from(exponent).ok()? => {
            (bare.get(..at)?, bare.get(at + 1..)?)
        }
        _ => (bare.as_str(), ""),
    };
    let whole = ungrouped(whole)?;
    if whole.len() > 12 || !digits(fraction) {
        return None;
    }
    let width = usize::try_from(exponent).ok()?;
    let minor_units = format!("{whole}{fraction:0<width$}").parse().ok()?;
    Some(Money { currency_code: currency_code.to_owned(), minor_units })
}

/// The digits of a whole number; groups, if any, have three digits.
fn ungrouped(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split(['.', ',', '\'']).collect();
    let (first, rest) = groups.split_first()?;
    let lengths = !first.is_empty() && rest.iter().all(|group| group.len() == 3);
    (lengths && groups.iter().all(|group| digits(group))).then(|| groups.concat())
}

/// Reads a date that was typed in three fields. Whether the day exists is the service's to say.
pub(crate) fn parse_parts(day: &str, month: &str, year: &str) -> Option<Date> {
    let day = day.trim().parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = month.trim().parse().ok().filter(|month| (1..=12).contains(month))?;
    let year = year.trim().parse().ok().filter(|year| (1900..=2100).contains(year))?;
    Some(Date { year, month, day })
}

/// Reads a date as date fields send it (`2026-11-21`) or as Germans type it (`21.11.2026`).
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.trim().split(['-', '.']).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => parse_parts(day, month, year),
        [day, month, year] => parse_parts(day, month, year),
        _ => None,
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(text: &str) -> Option<i64> {
        parse_amount(text, "EUR").map(|money| money.minor_units)
    }

    #[test]
    fn an_amount_is_read_however_people_write_it() {
        assert_eq!(cents("50"), Some(5_000));
        assert_eq!(cents(" 50,5 €"), Some(5_050));
        assert_eq!(cents("1.234,50"), Some(123_450));
        assert_eq!(cents("1,234.50"), Some(123_450));
        assert_eq!(cents("1.234"), Some(123_400));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in ["", "abc", "-5", "5-", "1e3", "50,5,", "12.34.567", "9999999999999"] {
            assert_eq!(cents(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_date_is_read_from_a_date_field_and_from_the_keyboard() {
        let expected = Some(Date { year: 2026, month: 11, day: 21 });
        assert_eq!(parse_date("2026-11-21"), expected);
        assert_eq!(parse_date("21.11.2026"), expected);
        assert_eq!(parse_date("tomorrow"), None);
        assert_eq!(parse_parts("31", "13", "1990"), None);
    }
}
