//! The two languages that statements speak, and how they write amounts and dates.

use std::fmt::{self, Display, Formatter, Write as _};

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
    pub fn money(self, amount: Money) -> impl Display {
        fmt::from_fn(move |text| {
            if amount.is_negative() {
                text.write_char('\u{2212}')?;
            }
            match (self, amount.currency()) {
                (Self::German, Currency::EUR) => write!(text, "{}\u{a0}€", self.size(amount)),
                (Self::English, Currency::EUR) => write!(text, "€{}", self.size(amount)),
                (_, currency) => write!(text, "{}\u{a0}{currency}", self.size(amount)),
            }
        })
    }

    /// The same whatever its sign.
    pub fn amount(self, amount: Money) -> impl Display {
        let size = i64::try_from(amount.minor_units().unsigned_abs()).unwrap_or(i64::MAX);
        self.money(Money::new(amount.currency(), size))
    }

    /// `1.249,90` or `1,249.90`, without a sign.
    fn size(self, amount: Money) -> impl Display {
        let (group, point) = match self {
            Self::German => ('.', ','),
            Self::English => (',', '.'),
        };
        let places = amount.currency().exponent() as usize;
        let one = 10_u64.pow(amount.currency().exponent());
        let units = amount.minor_units().unsigned_abs();
        fmt::from_fn(move |text| {
            thousands(text, units / one, group)?;
            if places == 0 { Ok(()) } else { write!(text, "{point}{:0places$}", units % one) }
        })
    }

    /// `21.11.2026` or `21 November 2026`.
    pub fn date(self, date: NaiveDate) -> impl Display {
        fmt::from_fn(move |text| match self {
            Self::German => {
                write!(text, "{:02}.{:02}.{}", date.day(), date.month(), date.year())
            }
            Self::English => {
                let month = MONTHS.get(date.month0() as usize).unwrap_or(&"");
                write!(text, "{} {month} {}", date.day(), date.year())
            }
        })
    }

    /// `6,27 %` or `6.27%` from `6.27`.
    pub fn percent(self, rate: &str) -> impl Display {
        fmt::from_fn(move |text| match (self, rate.split_once('.')) {
            (Self::German, Some((whole, part))) => write!(text, "{whole},{part}\u{a0}%"),
            (Self::German, None) => write!(text, "{rate}\u{a0}%"),
            (Self::English, _) => write!(text, "{rate}%"),
        })
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

/// Digits in groups of three.
fn thousands(text: &mut Formatter<'_>, number: u64, group: char) -> fmt::Result {
    if number < 1_000 {
        return write!(text, "{number}");
    }
    thousands(text, number / 1_000, group)?;
    write!(text, "{group}{:03}", number % 1_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_and_days_are_written_as_the_language_writes_them() {
        let (german, english) = (Language::German, Language::English);
        let money = |language: Language, cents| language.money(Money::eur(cents)).to_string();
        assert_eq!(money(german, 124_990), "1.249,90\u{a0}€");
        assert_eq!(money(english, -124_990), "\u{2212}€1,249.90");
        assert_eq!(money(german, -5), "\u{2212}0,05\u{a0}€");
        assert_eq!(money(english, 100_000_200_003), "€1,000,002,000.03");
        let foreign = |currency, units| german.money(Money::new(currency, units)).to_string();
        assert_eq!(foreign(Currency::CHF, 100), "1,00\u{a0}CHF");
        assert_eq!(foreign(Currency::JPY, 12_345), "12.345\u{a0}JPY");
        assert_eq!(german.amount(Money::eur(-5)).to_string(), "0,05\u{a0}€");
        let day = "2026-03-01".parse().unwrap();
        let date = |language: Language| language.date(day).to_string();
        assert_eq!((date(german).as_str(), date(english).as_str()), ("01.03.2026", "1 March 2026"));
        let percent = |language: Language, rate| language.percent(rate).to_string();
        assert_eq!(percent(german, "-0.88"), "-0,88\u{a0}%");
        assert_eq!(percent(english, "6.27"), "6.27%");
    }

    proptest! {
        #[test]
        fn an_amount_is_written_as_it_is_grouped(cents in any::<i64>()) {
            let amount = Money::eur(cents);
            let grouped = amount.to_grouped('.', ',').replace('-', "\u{2212}");
            prop_assert_eq!(Language::German.money(amount).to_string(), format!("{grouped}\u{a0}€"));
        }
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
