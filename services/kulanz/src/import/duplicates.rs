use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::field::Field;
use super::problem::{Problem, ProblemCode};

/// Which references a file has used so far: some 100 bytes a row, whatever the row holds.
#[derive(Default)]
pub(super) struct References {
    seen: HashMap<u128, First>,
}

struct First {
    line: u64,
    content: u128,
}

impl References {
    /// Remembers a row, or says that its reference was used before.
    pub fn add(&mut self, line: u64, reference: &str, fields: &[String]) -> Option<Problem> {
        if reference.is_empty() {
            return None;
        }
        let content = fingerprint(fields.iter().map(String::as_str));
        let Some(first) = self.seen.get(&fingerprint([reference].into_iter())) else {
            self.seen.insert(fingerprint([reference].into_iter()), First { line, content });
            return None;
        };
        let (code, what) = if first.content == content {
            (ProblemCode::DuplicateRow, "the same row stands on")
        } else {
            (ProblemCode::DuplicateReference, "the same reference with other content stands on")
        };
        let reason = format!("{what} line {}: claiming it twice is wrong", first.line);
        Some(Problem::of(Field::ClaimReference, code, reason))
    }
}

/// Collisions by chance do not occur at 128 bits.
pub(super) fn fingerprint<'a>(parts: impl Iterator<Item = &'a str>) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}
