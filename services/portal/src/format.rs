//! Amounts, dates and numbers as the two languages write them.

use kulanz_proto::types::v1::{Date, Money};
use kulanz_types::{Currency, grouped};

use crate::language::Language;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `1.249,90 €` or `€1,249.90`; a missing amount is empty.
pub(crate) fn money(amount: Option<&Money>, language: Language) -> String {
    let Some(amount) = amount else { return String::new() };
    let group = if language.is_german() { '.' } else { ',' };
    let number = written(amount, language, Some(group));
    let sign = if amount.minor_units < 0 { "\u{2212}" } else { "" };
    // The spaces do not break, so that an amount stays on one line.
    match (language, amount.currency_code.as_str()) {
        (Language::German, "EUR") => format!("{sign}{number}\u{a0}€"),
        (Language::English, "EUR") => format!("{sign}€{number}"),
        (_, code) => format!("{sign}{number}\u{a0}{code}"),
    }
}

/// `1249,90`: an amount as it is typed into a bank's form; a missing one is empty.
pub(crate) fn number(amount: Option<&Money>, language: Language) -> String {
    amount.map(|amount| written(amount, language, None)).unwrap_or_default()
}

/// The amount without sign and currency.
fn written(amount: &Money, language: Language, group: Option<char>) -> String {
    let exponent = amount.currency_code.parse().map_or(2, Currency::exponent);
    let scale = 10_u64.pow(exponent);
    let units = amount.minor_units.unsigned_abs();
    let whole = match group {
        Some(separator) => grouped(&(units / scale).to_string(), separator),
        None => (units / scale).to_string(),
    };
    if exponent == 0 {
        return whole;
    }
    let point = if language.is_german() { ',' } else { '.' };
    let width = usize::try_from(exponent).unwrap_or(2);
    format!("{whole}{point}{:0width$}", units % scale)
}

/// `21.11.2026` or `21 November 2026`; a missing date is empty.
pub(crate) fn date(date: Option<&Date>, language: Language) -> String {
    let Some(date) = date else { return String::new() };
    if language.is_german() {
        return format!("{:02}.{:02}.{}", date.day, date.month, date.year);
    }
    let month = usize::try_from(date.month - 1).ok().and_then(|index| MONTHS.get(index));
    format!("{} {} {}", date.day, month.unwrap_or(&""), date.year)
}

/// `2026-11-21`, as date fields of forms want it.
pub(crate) fn form_date(date: &Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// `340 kB` or `1,2 MB`, as people count: a thousand bytes are a kilobyte.
pub(crate) fn file_size(bytes: i64, language: Language) -> String {
    let point = if language.is_german() { ',' } else { '.' };
    match (bytes + 99_999) / 100_000 {
        tenths @ 10.. => format!("{}{point}{}\u{a0}MB", tenths / 10, tenths % 10),
        _ => format!("{}\u{a0}kB", (bytes + 999) / 1000),
    }
}

/// `6,27 %` from `6.27`; nothing from nothing.
pub(crate) fn percent(rate: &str, language: Language) -> String {
    if rate.is_empty() {
        String::new()
    } else if language.is_german() {
        format!("{}\u{a0}%", rate.replace('.', ","))
    } else {
        format!("{rate}%")
    }
}

/// An IBAN or reference in groups of four.
pub(crate) fn fours(compact: &str) -> String {
    let letters: Vec<char> = compact.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minor_units: i64, currency_code: &str) -> Money {
        Money { currency_code: currency_code.to_owned(), minor_units }
    }

    #[test]
    fn an_amount_is_written_as_the_language_writes_it() {
        assert_eq!(money(Some(&of(24_990, "EUR")), Language::German), "249,90\u{a0}€");
        assert_eq!(money(Some(&of(123_456_705, "EUR")), Language::German), "1.234.567,05\u{a0}€");
        assert_eq!(money(Some(&of(24_990, "EUR")), Language::English), "€249.90");
        assert_eq!(money(Some(&of(-500, "EUR")), Language::German), "\u{2212}5,00\u{a0}€");
        assert_eq!(money(Some(&of(1500, "JPY")), Language::English), "1,500\u{a0}JPY");
        assert_eq!(money(None, Language::German), "");
        assert_eq!(number(Some(&of(124_990, "EUR")), Language::German), "1249,90");
    }

    #[test]
    fn a_size_is_written_as_people_count_it() {
        assert_eq!(file_size(1, Language::German), "1\u{a0}kB");
        assert_eq!(file_size(340_000, Language::German), "340\u{a0}kB");
        assert_eq!(file_size(900_001, Language::German), "1,0\u{a0}MB");
        assert_eq!(file_size(1_234_567, Language::English), "1.3\u{a0}MB");
    }

    #[test]
    fn a_date_is_written_as_the_language_writes_it() {
        let day = Date { year: 2026, month: 3, day: 9 };
        assert_eq!(date(Some(&day), Language::German), "09.03.2026");
        assert_eq!(date(Some(&day), Language::English), "9 March 2026");
        assert_eq!(form_date(&day), "2026-03-09");
    }

    #[test]
    fn an_iban_is_read_in_groups_of_four() {
        assert_eq!(fours("DE89370400440532013000"), "DE89 3704 0044 0532 0130 00");
    }
}
