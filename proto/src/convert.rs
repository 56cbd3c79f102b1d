//! Between the contract's values and the types that the services compute with.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use prost_types::Timestamp;

use crate::types::v1;

/// Why a value of a request means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// Not a currency that Kulanz keeps accounts in.
    #[error("the currency is not supported")]
    UnknownCurrency,
    /// No such day in the calendar.
    #[error("this is not a date")]
    InvalidDate,
    /// Out of range, or nanoseconds that are none.
    #[error("this is not an instant")]
    InvalidTimestamp,
    /// The field is needed and not set.
    #[error("the field is required")]
    Missing,
}

impl From<kulanz_types::Money> for v1::Money {
    fn from(money: kulanz_types::Money) -> Self {
        Self { currency_code: money.currency().code().to_owned(), minor_units: money.minor_units() }
    }
}

impl TryFrom<&v1::Money> for kulanz_types::Money {
    type Error = ConvertError;

    fn try_from(money: &v1::Money) -> Result<Self, ConvertError> {
        let currency = money.currency_code.parse().map_err(|_| ConvertError::UnknownCurrency)?;
        Ok(Self::new(currency, money.minor_units))
    }
}

impl TryFrom<v1::Money> for kulanz_types::Money {
    type Error = ConvertError;

    fn try_from(money: v1::Money) -> Result<Self, ConvertError> {
        Self::try_from(&money)
    }
}

impl From<NaiveDate> for v1::Date {
    fn from(date: NaiveDate) -> Self {
        // Months and days are at most 31: the casts lose nothing.
        Self { year: date.year(), month: date.month().cast_signed(), day: date.day().cast_signed() }
    }
}

impl TryFrom<v1::Date> for NaiveDate {
    type Error = ConvertError;

    fn try_from(date: v1::Date) -> Result<Self, ConvertError> {
        let month = u32::try_from(date.month).map_err(|_| ConvertError::InvalidDate)?;
        let day = u32::try_from(date.day).map_err(|_| ConvertError::InvalidDate)?;
        if !(1..=9999).contains(&date.year) {
            return Err(ConvertError::InvalidDate);
        }
        Self::from_ymd_opt(date.year, month, day).ok_or(ConvertError::InvalidDate)
    }
}

impl TryFrom<&v1::Date> for NaiveDate {
    type Error = ConvertError;

    fn try_from(date: &v1::Date) -> Result<Self, ConvertError> {
        Self::try_from(*date)
    }
}

/// The wire form of an instant.
pub fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: instant.timestamp(),
        nanos: instant.timestamp_subsec_nanos().cast_signed(),
    }
}

/// The instant behind its wire form.
pub fn instant(timestamp: &Timestamp) -> Result<DateTime<Utc>, ConvertError> {
    let nanos = u32::try_from(timestamp.nanos).map_err(|_| ConvertError::InvalidTimestamp)?;
    DateTime::from_timestamp(timestamp.seconds, nanos).ok_or(ConvertError::InvalidTimestamp)
}

/// A value that must be there, converted.
pub fn required<From, To>(value: Option<From>) -> Result<To, ConvertError>
where
    To: TryFrom<From, Error = ConvertError>,
{
    To::try_from(value.ok_or(ConvertError::Missing)?)
}

/// A value that may be there, converted.
pub fn optional<From, To>(value: Option<From>) -> Result<Option<To>, ConvertError>
where
    To: TryFrom<From, Error = ConvertError>,
{
    value.map(To::try_from).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kulanz_types::Money;

    #[test]
    fn money_survives_the_way_there_and_back() {
        let money = Money::eur(-24_990);
        assert_eq!(Money::try_from(v1::Money::from(money)), Ok(money));
    }

    #[test]
    fn an_unknown_currency_is_refused() {
        let money = v1::Money { currency_code: "eur".to_owned(), minor_units: 1 };
        assert_eq!(Money::try_from(money), Err(ConvertError::UnknownCurrency));
    }

    #[test]
    fn the_thirtieth_of_february_is_no_date() {
        let date = v1::Date { year: 2026, month: 2, day: 30 };
        assert_eq!(NaiveDate::try_from(date), Err(ConvertError::InvalidDate));
    }

    #[test]
    fn an_instant_survives_the_way_there_and_back() {
        let moment = DateTime::from_timestamp(-1, 999_000_000).unwrap();
        assert_eq!(instant(&timestamp(moment)), Ok(moment));
    }
}
