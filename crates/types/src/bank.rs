use std::{fmt, str::FromStr};

/// Why a bank identifier was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BankIdentifierError {
    /// Not the length or characters the country or standard prescribes.
    #[error("the identifier does not have the prescribed form")]
    Form,
    /// The check digits do not fit the rest (ISO 7064 MOD 97-10).
    #[error("the check digits are wrong")]
    CheckDigits,
}

/// An International Bank Account Number (ISO 13616) whose form and check digits are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Iban(iban::Iban);

impl Iban {
    /// The last four characters behind dots, for eyes that need to recognise the account only.
    pub fn masked(&self) -> String {
        let text = self.to_string();
        format!("…{}", &text[text.len() - 4..])
    }

    /// In groups of four, as people read it.
    pub fn spaced(&self) -> String {
        format!("{:#}", self.0)
    }
}

impl FromStr for Iban {
    type Err = BankIdentifierError;

    fn from_str(text: &str) -> Result<Self, BankIdentifierError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        compact.to_ascii_uppercase().parse().map(Self).map_err(|error| match error {
            iban::ParseIbanError::InvalidBaseIban {
                source: iban::ParseBaseIbanError::InvalidChecksum,
            } => BankIdentifierError::CheckDigits,
            _ => BankIdentifierError::Form,
        })
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use iban::IbanLike as _;
        f.write_str(self.0.electronic_str())
    }
}

/// A creditor reference (ISO 11649): `RF`, two check digits, up to 21 letters and digits. Banks carry
/// it back unchanged, so a transfer that bears it can be matched without guessing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CreditorReference(String);

impl CreditorReference {
    /// The reference around `body`, 1 to 21 ASCII letters and digits.
    pub fn from_body(body: &str) -> Result<Self, BankIdentifierError> {
        let body = body.to_ascii_uppercase();
        let fits =
            (1..=21).contains(&body.len()) && body.bytes().all(|b| b.is_ascii_alphanumeric());
        if !fits {
            return Err(BankIdentifierError::Form);
        }
        let check = 98 - remainder_97(&format!("{body}RF00"));
        Ok(Self(format!("RF{check:02}{body}")))
    }

    /// The reference as it goes on a transfer, without blanks.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the check digits.
    pub fn body(&self) -> &str {
        &self.0[4..]
    }
}

impl FromStr for CreditorReference {
    type Err = BankIdentifierError;

    fn from_str(text: &str) -> Result<Self, BankIdentifierError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let compact = compact.to_ascii_uppercase();
        let ascii = compact.bytes().all(|b| b.is_ascii_alphanumeric());
        if !ascii || !(5..=25).contains(&compact.len()) || !compact.starts_with("RF") {
            return Err(BankIdentifierError::Form);
        }
        let (head, body) = compact.split_at(4);
        if !head[2..].bytes().all(|b| b.is_ascii_digit()) {
            return Err(BankIdentifierError::Form);
        }
        if remainder_97(&format!("{body}{head}")) != 1 {
            return Err(BankIdentifierError::CheckDigits);
        }
        Ok(Self(compact))
    }
}

impl fmt::Display for CreditorReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ISO 7064 MOD 97-10 over digits and letters, a letter counting as two digits (A = 10).
fn remainder_97(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_with_a_wrong_check_digit_is_told_apart_from_one_of_wrong_form() {
        assert!("DE89 3704 0044 0532 0130 00".parse::<Iban>().is_ok());
        let wrong = "DE88370400440532013000".parse::<Iban>();
        assert_eq!(wrong, Err(BankIdentifierError::CheckDigits));
        assert_eq!("89DE3704".parse::<Iban>(), Err(BankIdentifierError::Form));
    }

    #[test]
    fn a_creditor_reference_carries_its_check_digits() {
        let reference = CreditorReference::from_body("539007547034").unwrap();
        assert_eq!(reference.as_str(), "RF18539007547034");
        assert_eq!("RF18 5390 0754 7034".parse(), Ok(reference));
        let typo = "RF18539007547043".parse::<CreditorReference>();
        assert_eq!(typo, Err(BankIdentifierError::CheckDigits));
    }
}
