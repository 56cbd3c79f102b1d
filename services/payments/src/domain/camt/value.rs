//! Reads the simple values of a camt element: amounts, dates, codes, account numbers.

use chrono::NaiveDate;
use kulanz_types::{Currency, Iban, Money};

use super::error::{CamtError, CamtFault};
use super::statement::{Direction, EntryStatus};
use super::tree::Element;

/// Longest run of digits that is sure to fit 64 bits.
const MOST_DIGITS: usize = 18;

/// A plain decimal such as `1234.5` in minor units; more decimals than the currency has are
/// refused, even when they are zeros: whoever writes them may round elsewhere.
pub fn amount(element: &Element, currency: Currency) -> Result<Money, CamtError> {
    let refuse = |fault| CamtError::at(fault, element.name.clone(), element.line);
    let (whole, fraction) = element.text.split_once('.').unwrap_or((element.text.as_str(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let dangling = element.text.ends_with('.');
    if whole.is_empty() || dangling || !digits(whole) || !digits(fraction) {
        return Err(refuse(CamtFault::InvalidAmount));
    }
    let places = currency.exponent() as usize;
    if fraction.len() > places {
        return Err(refuse(CamtFault::TooManyDecimals));
    }
    let digits = format!("{whole}{fraction:0<places$}");
    if digits.trim_start_matches('0').len() > MOST_DIGITS {
        return Err(refuse(CamtFault::InvalidAmount));
    }
    let minor = digits.parse().map_err(|_| refuse(CamtFault::InvalidAmount))?;
    Ok(Money::new(currency, minor))
}

/// The `Ccy` attribute of an amount.
pub fn currency_of(element: &Element) -> Result<Currency, CamtError> {
    let refuse = |fault| CamtError::at(fault, format!("{}/@Ccy", element.name), element.line);
    let code = element.currency.as_deref().ok_or_else(|| refuse(CamtFault::Missing))?;
    code.parse().map_err(|_| refuse(CamtFault::UnknownCurrency))
}

/// `CdtDbtInd`.
pub fn direction(element: &Element) -> Result<Direction, CamtError> {
    match element.text.as_str() {
        "CRDT" => Ok(Direction::Credit),
        "DBIT" => Ok(Direction::Debit),
        _ => Err(CamtError::at(CamtFault::InvalidCode, element.name.clone(), element.line)),
    }
}

/// `Sts`, a code in older versions and an element with a code in newer ones.
pub fn status(element: &Element) -> Result<EntryStatus, CamtError> {
    match element.text_at(&["Cd"]).unwrap_or(&element.text) {
        "BOOK" => Ok(EntryStatus::Booked),
        "PDNG" => Ok(EntryStatus::Pending),
        "INFO" => Ok(EntryStatus::Information),
        "FUTR" => Ok(EntryStatus::Future),
        _ => Err(CamtError::at(CamtFault::InvalidCode, element.name.clone(), element.line)),
    }
}

/// `RvslInd` and other XML booleans; absent means false.
pub fn boolean(element: Option<&Element>) -> Result<bool, CamtError> {
    match element.map(|element| (element.text.as_str(), element)) {
        None | Some(("false" | "0", _)) => Ok(false),
        Some(("true" | "1", _)) => Ok(true),
        Some((_, element)) => {
            Err(CamtError::at(CamtFault::InvalidCode, element.name.clone(), element.line))
        }
    }
}

/// A date element: `Dt`, or the calendar day of `DtTm` in the bank's own offset.
pub fn date(element: Option<&Element>) -> Result<Option<NaiveDate>, CamtError> {
    let Some(element) = element else { return Ok(None) };
    let text = element.text_at(&["Dt"]).or_else(|| element.text_at(&["DtTm"]));
    let day = text.unwrap_or(&element.text).get(..10).unwrap_or_default();
    let refuse = |_| CamtError::at(CamtFault::InvalidDate, element.name.clone(), element.line);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").map(Some).map_err(refuse)
}

/// The account of a statement: `IBAN`, or an IBAN that the bank put into `Othr/Id`.
pub fn account(account: &Element) -> Result<Iban, CamtError> {
    let id = account.required(&["Id"])?;
    let (path, element) = match (id.child("IBAN"), id.path(&["Othr", "Id"])) {
        (Some(iban), _) => ("Id/IBAN", iban),
        (None, Some(other)) => ("Id/Othr/Id", other),
        (None, None) => return Err(CamtError::at(CamtFault::Missing, "Id/IBAN", id.line)),
    };
    element.text.parse().map_err(|_| CamtError::at(CamtFault::InvalidIban, path, element.line))
}
