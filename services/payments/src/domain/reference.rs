//! The references by which a transfer names its claim: the case reference that claims prints on
//! every letter, and the creditor reference (ISO 11649, `RF`) around it.
//!
//! Debtors type case references into purpose lines, so blanks, dashes, case and the letters that look
//! like digits (I, L, O) must not matter.

use std::collections::BTreeSet;
use std::fmt;

use kulanz_types::{BankIdentifierError, CreditorReference};

/// How long the case references are that claims gives.
pub const USUAL_LENGTH: usize = 10;
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

    /// Every key of one of these lengths that stands in a text, wherever blanks and dashes are, with its
    /// place. Most of them are chance: only a look-up tells which one names a claim.
    pub fn possible_in(text: &str, lengths: &BTreeSet<usize>) -> Vec<(usize, Self)> {
        let text = normalise(text);
        let windows = |length: usize| (0..text.len()).map(move |at| (at, at + length));
        searchable(lengths)
            .flat_map(windows)
            .filter_map(|(at, end)| Some((at, Self(text.get(at..end)?.to_owned()))))
            .collect()
    }

    /// The keys of these lengths with which a word of a text begins, also behind the check digits of a
    /// creditor reference: few enough to be kept until a claim with one of them comes in.
    pub fn beginning_words_of(text: &str, lengths: &BTreeSet<usize>) -> BTreeSet<Self> {
        let normal = normalise(text);
        let starts = word_starts(text);
        let behind_digits = starts.iter().filter(|at| is_check_digits(normal.get(**at..)));
        let starts: Vec<usize> =
            starts.iter().copied().chain(behind_digits.map(|at| at + 4)).collect();
        searchable(lengths)
            .flat_map(|length| starts.iter().map(move |at| (*at, at + length)))
            .filter_map(|(at, end)| Some(Self(normal.get(at..end)?.to_owned())))
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

fn searchable(lengths: &BTreeSet<usize>) -> impl Iterator<Item = usize> + '_ {
    lengths.iter().copied().filter(|length| (SHORTEST..=LONGEST).contains(length))
}

/// Where words begin, counted in the letters and digits that remain of a text.
fn word_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut at, mut within) = (0, false);
    for letter in text.chars() {
        let counts = letter.is_ascii_alphanumeric();
        if counts && !within {
            starts.push(at);
        }
        at += usize::from(counts);
        within = counts;
    }
    starts
}

/// Whether a creditor reference may begin here: `RF` and two digits.
fn is_check_digits(text: Option<&str>) -> bool {
    let digits = text.and_then(|text| text.strip_prefix("RF")).and_then(|rest| rest.get(..2));
    digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
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

    #[test]
    fn a_reference_that_begins_a_word_is_kept_however_it_goes_on() {
        let kept = |text| ReferenceKey::beginning_words_of(text, &BTreeSet::from([10]));
        let key = ReferenceKey::of("K7Q2M0X9TA").unwrap();
        for text in ["Az. k7q2m-0x9ta Rate", "RF18K7Q2M0X9TA", "K7Q2M 0X9TA danke"] {
            assert!(kept(text).contains(&key), "{text}");
        }
        assert!(kept("Rate 1 fuer alle Faelle").len() < 7);
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
            let found = ReferenceKey::possible_in(&typed, &BTreeSet::from([10]));
            prop_assert!(found.iter().any(|(_, found)| *found == key));
        }
    }
}
