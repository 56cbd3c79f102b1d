//! The references by which a transfer names its claim: the case reference that claims prints on
//! every letter, and the creditor reference (ISO 11649, `RF`) around it.
//!
//! Debtors type case references into purpose lines, so blanks, dashes, case and the letters that look
//! like digits (I, L, O) must not matter.

use std::collections::BTreeSet;
use std::fmt;

use kulanz_types::{BankIdentifierError, CreditorReference};

/// Longest body of a creditor reference.
const LONGEST: usize = 21;
/// Shortest key that may be searched in free text without finding it by chance.
const SHORTEST: usize = 6;

/// A case reference in the form in which references are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReferenceKey(String);

impl ReferenceKey {
    /// The key of a case reference; none where it is too short or too long to be found again.
    pub fn of(case_reference: &str) -> Option<Self> {
        let key = normalise(case_reference);
        (SHORTEST..=LONGEST).contains(&key.len()).then_some(Self(key))
    }

    /// Every key of one of these lengths that stands in a text, wherever blanks and dashes are. Most
    /// of them are chance: only a look-up tells which one names a claim.
    pub fn possible_in(text: &str, lengths: &BTreeSet<usize>) -> BTreeSet<Self> {
        let text = normalise(text);
        let fitting = lengths.iter().filter(|length| (SHORTEST..=LONGEST).contains(*length));
        fitting
            .flat_map(|length| text.as_bytes().windows(*length))
            .filter_map(|window| std::str::from_utf8(window).ok())
            .map(|window| Self(window.to_owned()))
            .collect()
    }

    /// The compared form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReferenceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The structured reference of a claim: its case reference without blanks and dashes, with check
/// digits.
pub fn creditor_reference(case_reference: &str) -> Result<CreditorReference, BankIdentifierError> {
    let body: String = case_reference.chars().filter(char::is_ascii_alphanumeric).collect();
    CreditorReference::from_body(&body)
}

fn normalise(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_creditor_reference_is_the_case_reference_with_check_digits() {
        let reference = creditor_reference("INK2026-000123").unwrap();
        assert_eq!(reference.as_str(), "RF04INK2026000123");
        assert!(creditor_reference(&"X".repeat(22)).is_err());
        assert!(creditor_reference(" - ").is_err());
    }

    #[test]
    fn a_reference_too_short_to_be_certain_has_no_key() {
        assert_eq!(ReferenceKey::of("A-123"), None);
    }

    proptest! {
        #[test]
        fn a_reference_is_found_however_it_was_typed(
            reference in "[0-9A-HJKMNP-TV-Z]{10}", before in "[a-zäöü ]{0,12}", cut in 1..9_usize,
        ) {
            let key = ReferenceKey::of(&reference).unwrap();
            let (head, tail) = reference.split_at(cut);
            let tail = tail.replace('0', "o").replace('1', "l");
            let typed = format!("{before} az. {} - {tail} danke", head.to_lowercase());
            prop_assert!(ReferenceKey::possible_in(&typed, &BTreeSet::from([10])).contains(&key));
        }
    }
}
