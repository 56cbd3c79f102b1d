//! The two languages that statements speak, and how they write amounts and dates.

use chrono::{Datelike, NaiveDate};
use kulanz_types::{Currency, Money};

/// A language of statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// German, the default.
    #[default]
    German,
    /// English.
    English,
}

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

impl Language {
    /// The language of a tag; German where none is given.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag {
            "" | "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        self.choose("de", "en")
    }

    /// The German or the English one.
    pub const fn choose<'a>(self, german: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::German => german,
            Self::English => english,
        }
    }

    /// `1.249,90 €` or `€1,249.90`, minus in front. The space does not break.
    pub fn money(self, amount: Money) -> String {
        let (group, point) = match self {
            Self::German => ('.', ','),
            Self::English => (',', '.'),
        };
        let number = amount.to_grouped(group, point);
        let (sign, number) = match number.strip_prefix('-') {
            Some(number) => ("\u{2212}", number),
            None => ("", number.as_str()),
        };
        match (self, amount.currency()) {
            (Self::German, Currency::EUR) => format!("{sign}{number}\u{a0}€"),
            (Self::English, Currency::EUR) => format!("{sign}€{number}"),
            (_, currency) => format!("{sign}{number}\u{a0}{currency}"),
        }
    }

    /// `21.11.2026` or `21 November 2026`.
    pub fn date(self, date: NaiveDate) -> String {
        match self {
            Self::German => format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
            Self::English => {
                let month = MONTHS.get(date.month0() as usize).unwrap_or(&"");
                format!("{} {month} {}", date.day(), date.year())
            }
        }
    }

    /// `6,27 %` or `6.27%` from `6.27`.
    pub fn percent(self, rate: &str) -> String {
        match self {
            Self::German => format!("{}\u{a0}%", rate.replace('.', ",")),
            Self::English => format!("{rate}%"),
        }
    }

    /// A formula of symbols and numbers as the language writes decimals: `0,5 × 51,50`.
    pub fn formula(self, neutral: &str) -> String {
        if self == Self::English {
            return neutral.to_owned();
        }
        let mut written = String::with_capacity(neutral.len());
        let mut after_digit = false;
        let mut letters = neutral.chars().peekable();
        while let Some(letter) = letters.next() {
            let before_digit = letters.peek().is_some_and(char::is_ascii_digit);
            written.push(match letter {
                '.' if after_digit && before_digit => ',',
                ',' if !before_digit => ';',
                other => other,
            });
            after_digit = letter.is_ascii_digit();
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_days_are_written_as_the_language_writes_them() {
        let (german, english) = (Language::German, Language::English);
        assert_eq!(german.money(Money::eur(124_990)), "1.249,90\u{a0}€");
        assert_eq!(english.money(Money::eur(-124_990)), "\u{2212}€1,249.90");
        assert_eq!(german.money(Money::new(Currency::CHF, 100)), "1,00\u{a0}CHF");
        let day = "2026-03-01".parse().unwrap();
        assert_eq!(
            (german.date(day), english.date(day)),
            ("01.03.2026".into(), "1 March 2026".into())
        );
    }

    #[test]
    fn a_formula_keeps_its_symbols() {
        assert_eq!(
            Language::German.formula("min(20 % × 25.75, 20.00)"),
            "min(20 % × 25,75; 20,00)"
        );
        assert_eq!(Language::English.formula("0.5 × 51.50"), "0.5 × 51.50");
    }
}
