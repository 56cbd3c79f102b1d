//! EPC QR code payload ("GiroCode"): European Payments Council EPC069-12, versions 001 and 002, UTF-8.
//!
//! The banking app that scans it fills name, account, amount and reference; nobody types 22 digits.

use crate::{CreditorReference, Currency, Iban, Money};

/// Largest payload in bytes.
const MOST_BYTES: usize = 331;
/// Longest name of the recipient, in characters.
const LONGEST_NAME: usize = 70;
/// Longest free text, in characters.
const LONGEST_TEXT: usize = 140;
/// Largest amount of a SEPA credit transfer, in cents.
const LARGEST_AMOUNT: i64 = 99_999_999_999;

/// Which version of the format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// 001: the BIC is mandatory.
    V001,
    /// 002: the BIC is optional within the EEA.
    #[default]
    V002,
}

/// What tells the recipient what the money is for: a reference or a text, never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remittance<'a> {
    /// Left to the payer.
    Open,
    /// The structured reference that finds the claim again.
    Reference(&'a CreditorReference),
    /// Free text of at most 140 characters.
    Text(&'a str),
}

/// A credit transfer as the payer's bank shall show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransfer<'a> {
    /// Which version of the format.
    pub version: Version,
    /// Account holder exactly as the bank knows it: Verification of Payee compares it.
    pub holder: &'a str,
    /// The account to pay to.
    pub iban: Iban,
    /// BIC, mandatory in version 001.
    pub bic: Option<&'a str>,
    /// 0.01 to 999,999,999.99 EUR; none leaves the amount to the payer.
    pub amount: Option<Money>,
    /// What it is for.
    pub remittance: Remittance<'a>,
}

/// Why no code can be made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpcError {
    /// Empty, longer than 70 characters or with a line break.
    #[error("the account holder is empty, too long or has a line break")]
    Holder,
    /// Not in euro or outside 0.01 to 999,999,999.99.
    #[error("the amount is not between 0.01 and 999,999,999.99 EUR")]
    Amount,
    /// A BIC of other than 8 or 11 letters and digits, or none in version 001.
    #[error("the BIC is not valid")]
    Bic,
    /// Longer than 140 characters or with a line break.
    #[error("the text is too long or has a line break")]
    Text,
    /// More than 331 bytes.
    #[error("the payload is longer than 331 bytes")]
    TooLong,
}

/// The lines of the code, separated by LF, without trailing empty lines.
pub fn payload(transfer: &CreditTransfer<'_>) -> Result<String, EpcError> {
    let holder = transfer.holder.trim();
    let holder_fits = (1..=LONGEST_NAME).contains(&holder.chars().count());
    if !holder_fits || holder.contains(['\n', '\r']) {
        return Err(EpcError::Holder);
    }
    let bic = transfer.bic.unwrap_or_default();
    let bic_fits =
        matches!(bic.len(), 0 | 8 | 11) && bic.bytes().all(|b| b.is_ascii_alphanumeric());
    if !bic_fits || (bic.is_empty() && transfer.version == Version::V001) {
        return Err(EpcError::Bic);
    }
    let amount = transfer.amount.map(amount_line).transpose()?.unwrap_or_default();
    let (reference, text) = match transfer.remittance {
        Remittance::Open => ("", ""),
        Remittance::Reference(reference) => (reference.as_str(), ""),
        Remittance::Text(text) => ("", text_line(text)?),
    };
    let version = match transfer.version {
        Version::V001 => "001",
        Version::V002 => "002",
    };
    let iban = transfer.iban.to_string();
    let lines = ["BCD", version, "1", "SCT", bic, holder, &iban, &amount, "", reference, text];
    let payload = lines.join("\n").trim_end_matches('\n').to_owned();
    if payload.len() > MOST_BYTES { Err(EpcError::TooLong) } else { Ok(payload) }
}

fn text_line(text: &str) -> Result<&str, EpcError> {
    if text.chars().count() > LONGEST_TEXT || text.contains(['\n', '\r']) {
        return Err(EpcError::Text);
    }
    Ok(text)
}

fn amount_line(amount: Money) -> Result<String, EpcError> {
    let in_range = (1..=LARGEST_AMOUNT).contains(&amount.minor_units());
    if amount.currency() != Currency::EUR || !in_range {
        return Err(EpcError::Amount);
    }
    Ok(format!("EUR{}", amount.to_decimal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> CreditorReference {
        CreditorReference::from_body("INK2026000123").unwrap()
    }

    fn transfer(reference: &CreditorReference) -> CreditTransfer<'_> {
        CreditTransfer {
            version: Version::V002,
            holder: "Muster Inkasso GmbH",
            iban: "DE89370400440532013000".parse().unwrap(),
            bic: None,
            amount: Some(Money::eur(13_975)),
            remittance: Remittance::Reference(reference),
        }
    }

    #[test]
    fn the_payload_is_exact_to_the_byte() {
        let reference = reference();
        let payload = payload(&transfer(&reference)).unwrap();
        let expected = "BCD\n002\n1\nSCT\n\nMuster Inkasso GmbH\nDE89370400440532013000\n\
                        EUR139.75\n\nRF04INK2026000123";
        assert_eq!(payload, expected);
        assert_eq!(payload.len(), 86);
    }

    #[test]
    fn an_open_amount_leaves_its_line_empty() {
        let reference = reference();
        let open = CreditTransfer { amount: None, ..transfer(&reference) };
        assert!(payload(&open).unwrap().contains("DE89370400440532013000\n\n\nRF04"));
    }

    #[test]
    fn a_text_takes_the_place_of_the_reference_and_empty_lines_at_the_end_are_dropped() {
        let reference = reference();
        let text =
            CreditTransfer { remittance: Remittance::Text("Grüße"), ..transfer(&reference) };
        assert!(payload(&text).unwrap().ends_with("EUR139.75\n\n\nGrüße"));
        let open = CreditTransfer { remittance: Remittance::Open, ..transfer(&reference) };
        assert!(payload(&open).unwrap().ends_with("EUR139.75"));
        let long = "x".repeat(141);
        let long = CreditTransfer { remittance: Remittance::Text(&long), ..transfer(&reference) };
        assert_eq!(payload(&long), Err(EpcError::Text));
    }

    #[test]
    fn version_001_needs_a_bic() {
        let reference = reference();
        let first = CreditTransfer { version: Version::V001, ..transfer(&reference) };
        assert_eq!(payload(&first), Err(EpcError::Bic));
        let bic = Some("COBADEFFXXX");
        let payload = payload(&CreditTransfer { bic, ..first }).unwrap();
        assert!(payload.starts_with("BCD\n001\n1\nSCT\nCOBADEFFXXX\n"));
    }

    #[test]
    fn what_a_banking_app_would_refuse_is_refused_here() {
        let reference = reference();
        let valid = transfer(&reference);
        let refused = |transfer: &CreditTransfer<'_>| payload(transfer).unwrap_err();
        let amount = Some(Money::eur(0));
        assert_eq!(refused(&CreditTransfer { amount, ..valid.clone() }), EpcError::Amount);
        let amount = Some(Money::new(Currency::CHF, 100));
        assert_eq!(refused(&CreditTransfer { amount, ..valid.clone() }), EpcError::Amount);
        let holder = "x".repeat(71);
        assert_eq!(refused(&CreditTransfer { holder: &holder, ..valid.clone() }), EpcError::Holder);
        let split = CreditTransfer { holder: "A\nEUR1.00", ..valid.clone() };
        assert_eq!(refused(&split), EpcError::Holder);
        assert_eq!(refused(&CreditTransfer { bic: Some("ABC"), ..valid }), EpcError::Bic);
    }
}
