//! How amounts, dates and rates are written to people, in one place.

use chrono::{Datelike, NaiveDate};
use kulanz_types::Money;

use super::blocks::Language;

const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const ENGLISH_MONTHS: [&str; 12] = [
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

/// An amount as people write it: `1.249,90 €` in German, `EUR 1,249.90` in English. The space is a
/// no-break space.
pub fn amount(money: Money, language: Language) -> String {
    let (point, group) = match language {
        Language::De => (',', '.'),
        Language::En => ('.', ','),
    };
    let code = money.currency().to_string();
    let digits = money.to_grouped(group, point);
    match (language, code.as_str()) {
        (Language::De, "EUR") => format!("{digits}\u{a0}€"),
        (Language::De, _) => format!("{digits}\u{a0}{code}"),
        (Language::En, _) => format!("{code}\u{a0}{digits}"),
    }
}

/// A date as people write it: `1. Dezember 2026`, `1 December 2026`.
pub fn date(date: NaiveDate, language: Language) -> String {
    let month = usize::try_from(date.month0()).unwrap_or(0);
    match language {
        Language::De => format!("{}. {} {}", date.day(), GERMAN_MONTHS[month], date.year()),
        Language::En => format!("{} {} {}", date.day(), ENGLISH_MONTHS[month], date.year()),
    }
}

/// A decimal rate as people write it: `6.27` becomes `6,27` in German.
pub fn rate(decimal: &str, language: Language) -> String {
    match language {
        Language::De => decimal.replace('.', ","),
        Language::En => decimal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kulanz_types::Currency;

    use super::*;

    #[test]
    fn amounts_are_written_in_the_readers_way() {
        assert_eq!(amount(Money::eur(124_990), Language::De), "1.249,90\u{a0}€");
        assert_eq!(amount(Money::eur(124_990), Language::En), "EUR\u{a0}1,249.90");
        assert_eq!(amount(Money::eur(5), Language::De), "0,05\u{a0}€");
        assert_eq!(amount(Money::eur(-100_000_000), Language::De), "-1.000.000,00\u{a0}€");
    }

    #[test]
    fn yen_have_no_fraction() {
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(amount(Money::new(yen, 1_250), Language::En), "JPY\u{a0}1,250");
    }

    #[test]
    fn dates_name_the_month() {
        let first = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        assert_eq!(date(first, Language::De), "1. Dezember 2026");
        assert_eq!(date(first, Language::En), "1 December 2026");
    }
}
