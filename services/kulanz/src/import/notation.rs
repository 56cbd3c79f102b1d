use std::str::FromStr;

use chrono::NaiveDate;
use kulanz_law::Percent;
use serde::Deserialize;

/// How a file writes dates: `dd`, `mm`, `yyyy` and separators, e.g. `dd.mm.yyyy`. Every part has
/// its full width; a two-digit year is not a date, for its century would be a guess.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DateNotation(String);

impl TryFrom<String> for DateNotation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let once = |part: &str| text.matches(part).count() == 1;
        let rest = text.replacen("dd", "", 1).replacen("mm", "", 1).replacen("yyyy", "", 1);
        let separators = rest.chars().all(|c| matches!(c, '.' | '-' | '/' | ' '));
        if once("dd") && once("mm") && once("yyyy") && separators {
            Ok(Self(text))
        } else {
            Err(format!("\"{text}\" is not a date format: use dd, mm and yyyy once each"))
        }
    }
}

impl DateNotation {
    /// The format as the mapping writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day that `text` names, or `None` if it is written otherwise or does not exist.
    pub fn parse(&self, text: &str) -> Option<NaiveDate> {
        if text.len() != self.0.len() || !text.is_ascii() {
            return None;
        }
        let separators_agree = self
            .0
            .bytes()
            .zip(text.bytes())
            .all(|(pattern, byte)| pattern.is_ascii_alphabetic() || pattern == byte);
        if !separators_agree {
            return None;
        }
        let year = i32::try_from(self.part(text, "yyyy")?).ok()?;
        NaiveDate::from_ymd_opt(year, self.part(text, "mm")?, self.part(text, "dd")?)
    }

    fn part(&self, text: &str, name: &str) -> Option<u32> {
        let start = self.0.find(name)?;
        let digits = text.get(start..start + name.len())?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| u32::from_str(digits).ok())?
    }
}

/// How a file writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountNotation {
    /// Between whole and fraction; the file's only one.
    pub decimal: char,
    /// Between groups of three digits, where the file writes one.
    pub thousands: Option<char>,
}

impl AmountNotation {
    /// The amount in minor units of a currency with `exponent` decimals. Exactly that many
    /// decimals must be written; groups, if any, must be complete. Anything else is no amount:
    /// "89.90" in a file with decimal commas must become neither 89 nor 8990.
    pub fn parse(self, text: &str, exponent: u32) -> Option<i64> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) =
            if exponent == 0 { (digits, "") } else { digits.split_once(self.decimal)? };
        let right_width = usize::try_from(exponent).ok()? == fraction.len();
        if !right_width || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let minor_units = format!("{}{fraction}", self.whole(whole)?).parse::<i64>().ok()?;
        Some(if negative { -minor_units } else { minor_units })
    }

    /// A rate above zero in per cent a year, with at most four decimals.
    pub fn rate(self, text: &str) -> Option<Percent> {
        let (whole, fraction) = text.split_once(self.decimal).unwrap_or((text, "0"));
        let rate: Percent = format!("{whole}.{fraction}").parse().ok()?;
        (rate > Percent::whole(0)).then_some(rate)
    }

    fn whole(self, text: &str) -> Option<String> {
        let groups: Vec<&str> = match self.thousands {
            Some(separator) => text.split(separator).collect(),
            None => vec![text],
        };
        let all_digits =
            groups.iter().all(|g| !g.is_empty() && g.bytes().all(|b| b.is_ascii_digit()));
        let complete = groups.len() == 1
            || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
        (all_digits && complete).then(|| groups.concat())
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{AmountNotation, DateNotation};

    const GERMAN: AmountNotation = AmountNotation { decimal: ',', thousands: Some('.') };

    #[test]
    fn an_amount_in_the_notation_of_the_file_is_read_to_the_cent() {
        assert_eq!(GERMAN.parse("1.234,56", 2), Some(123_456));
        assert_eq!(GERMAN.parse("1234,56", 2), Some(123_456));
        assert_eq!(GERMAN.parse("0,05", 2), Some(5));
        assert_eq!(GERMAN.parse("-43,39", 2), Some(-4339));
        let english = AmountNotation { decimal: '.', thousands: Some(',') };
        assert_eq!(english.parse("1,234.56", 2), Some(123_456));
    }

    #[test]
    fn an_amount_in_another_notation_is_not_guessed() {
        for text in [
            "89.90",
            "89,901",
            "89,9",
            "89",
            "1.23,45",
            "1234.567,00",
            "12.3456,00",
            ",50",
            "5,",
            "1,234.56",
            "89,90 €",
            " 89,90",
            "+5,00",
            "--5,00",
            "1e3,00",
            "٣,00",
            "",
            "99999999999999999999,00",
            ".123,00",
        ] {
            assert_eq!(GERMAN.parse(text, 2), None, "{text}");
        }
    }

    #[test]
    fn a_rate_is_read_in_the_notation_of_the_file() {
        let rate = |text| GERMAN.rate(text).map(|rate| rate.to_string());
        assert_eq!(rate("9,5").as_deref(), Some("9.50"));
        assert_eq!(rate("12").as_deref(), Some("12.00"));
        for text in ["9.5", "9,5 %", "-3", "0", "0,0", "1,23456", "", ",5", "9,"] {
            assert_eq!(rate(text), None, "{text}");
        }
    }

    #[test]
    fn a_currency_without_minor_unit_is_written_without_decimals() {
        assert_eq!(GERMAN.parse("1.500", 0), Some(1500));
        assert_eq!(GERMAN.parse("1.500,00", 0), None);
    }

    #[test]
    fn only_days_that_exist_and_are_written_in_full_are_dates() -> Result<(), String> {
        let german = DateNotation::try_from("dd.mm.yyyy".to_owned())?;
        assert_eq!(german.parse("29.02.2024"), NaiveDate::from_ymd_opt(2024, 2, 29));
        for text in ["30.02.2026", "11.04.26", "1.2.2026", "2026-02-01", "01-02-2026", "0a.01.2026"]
        {
            assert_eq!(german.parse(text), None, "{text}");
        }
        let iso = DateNotation::try_from("yyyy-mm-dd".to_owned())?;
        assert_eq!(iso.parse("2026-02-01"), NaiveDate::from_ymd_opt(2026, 2, 1));
        assert!(DateNotation::try_from("dd.mm.yy".to_owned()).is_err());
        Ok(())
    }
}
