use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// A sealed record of a tenant's audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Place in the tenant's chain, from 1.
    pub sequence: i64,
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
    /// Who: `user:anna`.
    pub actor: String,
    /// What: `OpenDispute`.
    pub action: String,
    /// To what.
    pub subject_id: String,
    /// Facts about it, by name.
    pub facts: BTreeMap<String, String>,
    /// Hash of the record before; empty for the first.
    pub previous_hash: String,
    /// Hash over this record and `previous_hash`.
    pub hash: String,
}

impl AuditRecord {
    /// SHA-256, hexadecimal, over the JSON array of the previous hash, the sequence, the instant in
    /// microseconds since 1970 in UTC, actor, action, subject and the facts as an object with sorted
    /// names, without any space between them.
    pub fn computed_hash(&self) -> String {
        let text = serde_json::json!([
            self.previous_hash,
            self.sequence,
            self.at.timestamp_micros(),
            self.actor,
            self.action,
            self.subject_id,
            self.facts,
        ]);
        HEXLOWER.encode(&Sha256::digest(text.to_string().as_bytes()))
    }
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record is missing, doubled or out of its place.
    #[error("record {expected} is missing: {found} stands at its place")]
    Place {
        /// The sequence that had to come.
        expected: i64,
        /// The one that came.
        found: i64,
    },
    /// A record does not follow the one before it.
    #[error("record {0} does not follow the record before it")]
    Link(i64),
    /// A record is not what was sealed.
    #[error("record {0} was changed after it was sealed")]
    Content(i64),
    /// The chain is another than the one that was seen before.
    #[error("record {0} has another hash than it had earlier: the chain was written anew")]
    Anchor(i64),
    /// The chain ends before a record that was seen before.
    #[error("record {0} was seen earlier and is gone: the chain was cut")]
    Cut(i64),
}

/// Checks a chain record by record, in constant memory.
#[derive(Debug, Default)]
pub struct Chain {
    /// Records checked.
    pub length: i64,
    /// Hash of the first record; empty before it.
    pub first_hash: String,
    /// Hash of the last record; empty before the first.
    pub last_hash: String,
    anchors: BTreeMap<i64, String>,
}

impl Chain {
    /// A check that also compares with what was seen earlier: sequence and hash.
    pub fn anchored(anchors: impl IntoIterator<Item = (i64, String)>) -> Self {
        Self { anchors: anchors.into_iter().collect(), ..Self::default() }
    }

    /// Checks the next record.
    pub fn check(&mut self, record: &AuditRecord) -> Result<(), Broken> {
        let expected = self.length + 1;
        if record.sequence != expected {
            return Err(Broken::Place { expected, found: record.sequence });
        }
        if record.previous_hash != self.last_hash {
            return Err(Broken::Link(expected));
        }
        if record.hash != record.computed_hash() {
            return Err(Broken::Content(expected));
        }
        if self.anchors.remove(&expected).is_some_and(|hash| hash != record.hash) {
            return Err(Broken::Anchor(expected));
        }
        self.length = expected;
        if expected == 1 {
            self.first_hash.clone_from(&record.hash);
        }
        self.last_hash.clone_from(&record.hash);
        Ok(())
    }

    /// Ends the check: every anchor must have been met.
    pub fn finish(&self) -> Result<(), Broken> {
        match self.anchors.keys().next() {
            Some(sequence) => Err(Broken::Cut(*sequence)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(actions: &[&str]) -> Vec<AuditRecord> {
        let mut previous_hash = String::new();
        let mut records = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            let mut record = AuditRecord {
                sequence: i64::try_from(index).unwrap() + 1,
                at: DateTime::UNIX_EPOCH,
                actor: "user:anna".into(),
                action: (*action).into(),
                subject_id: "claim_1".into(),
                facts: BTreeMap::from([("state".into(), "open".into())]),
                previous_hash: previous_hash.clone(),
                hash: String::new(),
            };
            record.hash = record.computed_hash();
            previous_hash.clone_from(&record.hash);
            records.push(record);
        }
        records
    }

    fn verdict(records: &[AuditRecord], mut chain: Chain) -> Result<(), Broken> {
        records.iter().try_for_each(|record| chain.check(record))?;
        chain.finish()
    }

    #[test]
    fn an_untouched_chain_holds() {
        let records = chain(&["A", "B", "C"]);
        let anchors = [(2, records[1].hash.clone()), (3, records[2].hash.clone())];
        assert_eq!(verdict(&records, Chain::anchored(anchors)), Ok(()));
    }

    #[test]
    fn every_change_to_any_field_is_found_at_its_record() {
        let changes: [fn(&mut AuditRecord); 6] = [
            |record| record.at += chrono::TimeDelta::microseconds(1),
            |record| record.actor.push('x'),
            |record| record.action.push('x'),
            |record| record.subject_id.push('x'),
            |record| drop(record.facts.insert("amount".into(), "1".into())),
            |record| record.hash = "0".repeat(64),
        ];
        for change in changes {
            let mut records = chain(&["A", "B", "C"]);
            change(&mut records[1]);
            assert_eq!(verdict(&records, Chain::default()), Err(Broken::Content(2)));
        }
    }

    #[test]
    fn a_record_taken_out_or_swapped_is_found() {
        let mut records = chain(&["A", "B", "C"]);
        records.remove(1);
        let missing = Broken::Place { expected: 2, found: 3 };
        assert_eq!(verdict(&records, Chain::default()), Err(missing));
        let mut records = chain(&["A", "B", "C"]);
        let foreign = records[2].previous_hash.clone();
        records[1].previous_hash = foreign;
        assert_eq!(verdict(&records, Chain::default()), Err(Broken::Link(2)));
    }

    #[test]
    fn only_an_anchor_betrays_a_chain_written_anew_or_cut_at_its_end() {
        let honest = chain(&["A", "B", "C"]);
        let anchor = || Chain::anchored([(3, honest[2].hash.clone())]);
        let rewritten = chain(&["A", "X", "C"]);
        assert_eq!(verdict(&rewritten, Chain::default()), Ok(()));
        assert_eq!(verdict(&rewritten, anchor()), Err(Broken::Anchor(3)));
        assert_eq!(verdict(&honest[..2], Chain::default()), Ok(()));
        assert_eq!(verdict(&honest[..2], anchor()), Err(Broken::Cut(3)));
    }
}
