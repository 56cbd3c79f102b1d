//! The chain of an account's entries: each entry's hash rests on the one before, so that an entry that
//! was changed, taken out or slipped in afterwards shows.
//!
//! The hash is SHA-256 over the fields of [`Link`] in the order in which they stand there, each as its
//! length in bytes (eight bytes, big-endian) and its UTF-8 text, after the tag [`FORM`] in the same way.
//! Numbers are decimal, days ISO 8601, instants microseconds since 1970. A field that is not there has
//! the length 2^64 - 1 and no text. The note is sealed for its debtor: its sealed bytes are hashed, so
//! that the chain can still be checked when the person's key is destroyed.

use chrono::{DateTime, NaiveDate, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Names the form of the hashed text: another form gets another name.
const FORM: &str = "kulanz entry 1";

/// All facts of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The tenant.
    pub tenant_id: &'a str,
    /// The claim.
    pub claim_id: &'a str,
    /// Its currency.
    pub currency: &'a str,
    /// The place in the chain, from 1.
    pub sequence: i64,
    /// The entry.
    pub entry_id: &'a str,
    /// What it records.
    pub kind: &'a str,
    /// What for.
    pub subject: &'a str,
    /// From which day it counts.
    pub value_date: NaiveDate,
    /// How much, in minor units.
    pub amount: i64,
    /// What it is about.
    pub cause_id: Option<&'a str>,
    /// On which norm it rests.
    pub norm: &'a str,
    /// Of which version.
    pub rule_version: &'a str,
    /// What its formula was fed with, as it is kept.
    pub inputs: &'a str,
    /// How its amount was found.
    pub formula: &'a str,
    /// Its note, sealed.
    pub note: Option<&'a [u8]>,
    /// Who booked it.
    pub actor: &'a str,
    /// When.
    pub booked_at: DateTime<Utc>,
}

impl Link<'_> {
    /// The hash of the entry behind `previous_hash`, which is empty for the first.
    pub fn hash(&self, previous_hash: &str) -> String {
        let mut text = Text(Sha256::new());
        text.add(FORM);
        for part in [self.tenant_id, self.claim_id, self.currency] {
            text.add(part);
        }
        text.add(self.sequence.to_string());
        for part in [self.entry_id, self.kind, self.subject] {
            text.add(part);
        }
        text.add(self.value_date.to_string());
        text.add(self.amount.to_string());
        text.add_some(self.cause_id);
        for part in [self.norm, self.rule_version, self.inputs, self.formula] {
            text.add(part);
        }
        text.add_some(self.note);
        text.add(self.actor);
        text.add(self.booked_at.timestamp_micros().to_string());
        text.add(previous_hash);
        HEXLOWER.encode(&text.0.finalize())
    }
}

struct Text(Sha256);

impl Text {
    fn add(&mut self, part: impl AsRef<[u8]>) {
        self.add_some(Some(part));
    }

    fn add_some(&mut self, part: Option<impl AsRef<[u8]>>) {
        let Some(part) = part else { return self.0.update(u64::MAX.to_be_bytes()) };
        let bytes = part.as_ref();
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link<'static> {
        Link {
            tenant_id: "tenant_1",
            claim_id: "claim_1",
            currency: "EUR",
            sequence: 2,
            entry_id: "entry_2",
            kind: "cost",
            subject: "business_fee",
            value_date: "2026-11-23".parse().unwrap(),
            amount: 2_575,
            cause_id: None,
            norm: "Nr. 2300 VV RVG",
            rule_version: "2025-06-01",
            inputs: "{}",
            formula: "0.5 × 51.50",
            note: None,
            actor: "service:claims",
            booked_at: DateTime::from_timestamp_micros(1_795_426_200_000_001).unwrap(),
        }
    }

    #[test]
    fn a_known_entry_has_a_known_hash() {
        // The same bytes, put together by hand.
        let fields = [
            "kulanz entry 1",
            "tenant_1",
            "claim_1",
            "EUR",
            "2",
            "entry_2",
            "cost",
            "business_fee",
            "2026-11-23",
            "2575",
        ];
        let mut bytes = Vec::new();
        let add = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.bytes());
        };
        for text in fields {
            add(&mut bytes, text);
        }
        bytes.extend([0xff; 8]);
        for text in ["Nr. 2300 VV RVG", "2025-06-01", "{}", "0.5 × 51.50"] {
            add(&mut bytes, text);
        }
        bytes.extend([0xff; 8]);
        for text in ["service:claims", "1795426200000001", "abc"] {
            add(&mut bytes, text);
        }
        assert_eq!(link().hash("abc"), HEXLOWER.encode(&Sha256::digest(&bytes)));
    }

    #[test]
    fn every_fact_changes_the_hash() {
        let own = link();
        let changed = [
            Link { tenant_id: "tenant_2", ..own },
            Link { claim_id: "claim_2", ..own },
            Link { currency: "CHF", ..own },
            Link { sequence: 3, ..own },
            Link { entry_id: "entry_3", ..own },
            Link { kind: "credit", ..own },
            Link { subject: "expenses", ..own },
            Link { value_date: "2026-11-24".parse().unwrap(), ..own },
            Link { amount: 2_576, ..own },
            Link { cause_id: Some(""), ..own },
            Link { norm: "", ..own },
            Link { rule_version: "", ..own },
            Link { inputs: "", ..own },
            Link { formula: "", ..own },
            Link { note: Some(&[]), ..own },
            Link { actor: "", ..own },
            Link { booked_at: own.booked_at + chrono::TimeDelta::microseconds(1), ..own },
            // The same letters, divided otherwise.
            Link { kind: "costb", subject: "usiness_fee", ..own },
        ];
        let mut hashes: Vec<String> = changed.iter().map(|link| link.hash("abc")).collect();
        hashes.extend([own.hash("abc"), own.hash("")]);
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), changed.len() + 2);
    }
}
