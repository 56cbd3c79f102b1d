use std::{fmt, str::FromStr};

/// An ISO 4217 currency that Kulanz keeps accounts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Currency {
    /// Euro, cents.
    EUR,
    /// Swiss franc, centimes.
    CHF,
    /// Pound sterling, pence.
    GBP,
    /// US dollar, cents.
    USD,
    /// Polish złoty, groszy.
    PLN,
    /// Japanese yen, no minor unit.
    JPY,
    /// Kuwaiti dinar, thousandths.
    KWD,
}

impl Currency {
    const ALL: [Self; 7] =
        [Self::EUR, Self::CHF, Self::GBP, Self::USD, Self::PLN, Self::JPY, Self::KWD];

    /// The three letters of ISO 4217.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EUR => "EUR",
            Self::CHF => "CHF",
            Self::GBP => "GBP",
            Self::USD => "USD",
            Self::PLN => "PLN",
            Self::JPY => "JPY",
            Self::KWD => "KWD",
        }
    }

    /// How many decimal places the minor unit stands for (ISO 4217).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::JPY => 0,
            Self::KWD => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::ALL
            .into_iter()
            .find(|currency| currency.code() == text)
            .ok_or(MoneyError::UnknownCurrency)
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why an amount could not be read or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies met in one sum.
    #[error("amounts of different currencies cannot be added")]
    CurrencyMismatch,
    /// The sum does not fit in 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// Not a currency that Kulanz keeps accounts in.
    #[error("the currency is not supported")]
    UnknownCurrency,
}

/// An amount of one currency in whole minor units; arithmetic is checked and never rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    currency: Currency,
    minor_units: i64,
}

impl Money {
    /// `minor_units` of `currency`; negative amounts are credits.
    pub const fn new(currency: Currency, minor_units: i64) -> Self {
        Self { currency, minor_units }
    }

    /// `cents` in euro.
    pub const fn eur(cents: i64) -> Self {
        Self::new(Currency::EUR, cents)
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(currency, 0)
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in minor units, cents for euro.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount with the other sign.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        let minor_units = self.minor_units.checked_neg().ok_or(MoneyError::Overflow)?;
        Ok(Self { minor_units, ..self })
    }

    /// The sum of `amounts`, nothing in `currency` where there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor_units > 0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor_units == 0
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.minor_units < 0
    }

    /// The amount with a decimal point and as many places as the currency has: `1234.56`.
    pub fn to_decimal(self) -> String {
        let places = self.currency.exponent() as usize;
        let sign = if self.is_negative() { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor_units.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// The amount as a language writes it: `to_decimal` with `group` between thousands and `point` before
    /// the fraction, `-1.249,90` for a German reader.
    pub fn to_grouped(self, group: char, point: char) -> String {
        let decimal = self.to_decimal();
        let (sign, digits) = decimal.split_at(usize::from(self.is_negative()));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = grouped(whole, group);
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}{point}{fraction}")
        }
    }

    fn combine(
        self,
        other: Self,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor_units =
            operation(self.minor_units, other.minor_units).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor_units, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

/// Digits in groups of three, `group` between them: `1.000.000`.
pub fn grouped(digits: &str, group: char) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart_and_signs_are_not() {
        assert_eq!(Money::eur(-100_000_000).to_grouped('.', ','), "-1.000.000,00");
        assert_eq!(Money::eur(99_905).to_grouped(',', '.'), "999.05");
        assert_eq!(Money::new(Currency::JPY, 1_250).to_grouped(',', '.'), "1,250");
    }

    #[test]
    fn an_amount_shows_as_many_places_as_its_currency_has() {
        assert_eq!(Money::eur(123_456).to_string(), "1234.56 EUR");
        assert_eq!(Money::eur(-5).to_string(), "-0.05 EUR");
        assert_eq!(Money::new(Currency::JPY, 500).to_string(), "500 JPY");
        assert_eq!(Money::new(Currency::KWD, 7).to_string(), "0.007 KWD");
    }

    #[test]
    fn sums_across_currencies_or_beyond_64_bits_are_refused() {
        let francs = Money::new(Currency::CHF, 1);
        assert_eq!(Money::eur(1).checked_add(francs), Err(MoneyError::CurrencyMismatch));
        assert_eq!(Money::eur(i64::MAX).checked_add(Money::eur(1)), Err(MoneyError::Overflow));
    }
}
