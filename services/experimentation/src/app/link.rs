//! How a decision is chained to the one before. What is sealed enters by its keyed hash, so that the chain still
//! holds after a person was erased.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::store::decision::Model;

/// The version of new rows: every column enters the hash but the fingerprint of the question and the sealed
/// document itself.
pub const VERSION: i32 = 2;
/// The version of rows from before there were versions.
pub const FIRST: i32 = 1;

/// What enters the hash of a row beside the hash before, as text: a JSON object of its columns; for the first
/// version a JSON array of what enters, in its order.
pub fn chained(row: &Model) -> Result<String, Error> {
    match row.chain_version {
        FIRST => Ok(serde_json::to_string(&first(row))?),
        _ => Ok(serde_json::to_string(&Chained::of(row))?),
    }
}

/// SHA-256 over the hash before and the row.
pub fn chain_hash(previous: &str, row: &Model) -> Result<String, Error> {
    let mut hash = Sha256::new();
    if row.chain_version == FIRST {
        for part in std::iter::once(previous).chain(first(row).iter().map(String::as_str)) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
    } else {
        hash.update(previous);
        hash.update(chained(row)?);
    }
    Ok(data_encoding::HEXLOWER.encode(&hash.finalize()))
}

/// What enters under the first version.
fn first(row: &Model) -> Vec<String> {
    let mut parts = vec![
        row.sequence.to_string(),
        row.decision_id.clone(),
        row.debtor_id.clone(),
        row.policy_version.clone(),
        row.context_hash.clone(),
        row.grid.clone(),
        row.origin.clone(),
        row.levels.clone().unwrap_or_default(),
        row.joint_propensity.to_bits().to_string(),
        row.marginals.clone(),
        row.decided_at.timestamp_micros().to_string(),
        row.terms.clone(),
    ];
    // Rows from before there were ramps have no share, those without an experiment no arm: they keep the hash
    // that they had.
    parts.extend(row.policy_share.map(|share| share.to_bits().to_string()));
    parts.extend((!row.experiment_arm.is_empty()).then(|| format!("arm:{}", row.experiment_arm)));
    parts
}

/// The columns by their names, in this order; instants in microseconds since 1970 in UTC.
#[derive(Serialize)]
struct Chained<'a> {
    chain_version: i32,
    sequence: i64,
    decision_id: &'a str,
    debtor_id: &'a str,
    policy_key: &'a str,
    policy_version: &'a str,
    policy_share: Option<f64>,
    feature_version: &'a str,
    experiment_arm: &'a str,
    claim_ids: &'a str,
    context_hash: &'a str,
    grid: &'a str,
    terms: &'a str,
    levels: Option<&'a str>,
    joint_propensity: f64,
    null_propensity: f64,
    marginals: &'a str,
    origin: &'a str,
    draw: Option<i32>,
    reasons: &'a str,
    predicted: &'a str,
    deviations: &'a str,
    null_reason: &'a str,
    reconsider_at: Option<i64>,
    decided_at: i64,
}

impl<'a> Chained<'a> {
    fn of(row: &'a Model) -> Self {
        let micros = |at: DateTime<Utc>| at.timestamp_micros();
        Self {
            chain_version: row.chain_version,
            sequence: row.sequence,
            decision_id: &row.decision_id,
            debtor_id: &row.debtor_id,
            policy_key: &row.policy_key,
            policy_version: &row.policy_version,
            policy_share: row.policy_share,
            feature_version: &row.feature_version,
            experiment_arm: &row.experiment_arm,
            claim_ids: &row.claim_ids,
            context_hash: &row.context_hash,
            grid: &row.grid,
            terms: &row.terms,
            levels: row.levels.as_deref(),
            joint_propensity: row.joint_propensity,
            null_propensity: row.null_propensity,
            marginals: &row.marginals,
            origin: &row.origin,
            draw: row.draw,
            reasons: &row.reasons,
            predicted: &row.predicted,
            deviations: &row.deviations,
            null_reason: &row.null_reason,
            reconsider_at: row.reconsider_at.map(micros),
            decided_at: micros(row.decided_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(chain_version: i32) -> Model {
        Model {
            tenant_id: "tenant_1".to_owned(),
            decision_id: "decision_1".to_owned(),
            sequence: 7,
            debtor_id: "debtor_1".to_owned(),
            policy_key: "outreach".to_owned(),
            policy_version: "1-ab".to_owned(),
            fingerprint: Vec::new(),
            context: Vec::new(),
            context_hash: "c".to_owned(),
            grid: "{}".to_owned(),
            origin: "learned".to_owned(),
            levels: Some("{\"tone\":\"plain\"}".to_owned()),
            joint_propensity: 0.25,
            null_propensity: 0.05,
            marginals: "{}".to_owned(),
            predicted: "{}".to_owned(),
            reasons: "[]".to_owned(),
            null_reason: String::new(),
            reconsider_at: None,
            claim_ids: "[]".to_owned(),
            decided_at: DateTime::UNIX_EPOCH,
            chain_hash: String::new(),
            terms: "{}".to_owned(),
            feature_version: String::new(),
            draw: None,
            deviations: "{}".to_owned(),
            policy_share: None,
            experiment_arm: String::new(),
            chain_version,
        }
    }

    fn hash(row: &Model) -> String {
        chain_hash("before", row).unwrap()
    }

    /// As whoever verifies the chain by hand would compute it.
    fn by_hand(more: &[&str]) -> String {
        let joint = 0.25_f64.to_bits().to_string();
        let parts = [
            "before",
            "7",
            "decision_1",
            "debtor_1",
            "1-ab",
            "c",
            "{}",
            "learned",
            "{\"tone\":\"plain\"}",
            &joint,
            "{}",
            "0",
            "{}",
        ];
        let mut bytes = Vec::new();
        for part in parts.iter().chain(more) {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
    }

    #[test]
    fn a_log_row_keeps_the_hash_that_it_had_before_there_were_ramps_or_arms() {
        assert_eq!(hash(&row(1)), by_hand(&[]));
        let ramped = Model { policy_share: Some(0.5), ..row(1) };
        let share = 0.5_f64.to_bits().to_string();
        assert_eq!(hash(&ramped), by_hand(&[&share]));
        let steered = Model { experiment_arm: "tone/warm".to_owned(), ..ramped };
        assert_eq!(hash(&steered), by_hand(&[&share, "arm:tone/warm"]));
        let other = Model { experiment_arm: "tone/plain".to_owned(), ..steered.clone() };
        assert_ne!(hash(&other), hash(&steered));
    }

    #[test]
    fn a_log_row_has_the_hash_of_its_columns_as_text() {
        let text = concat!(
            r#"{"chain_version":2,"sequence":7,"decision_id":"decision_1","debtor_id":"debtor_1","#,
            r#""policy_key":"outreach","policy_version":"1-ab","policy_share":null,"feature_version":"","#,
            r#""experiment_arm":"","claim_ids":"[]","context_hash":"c","grid":"{}","terms":"{}","#,
            r#""levels":"{\"tone\":\"plain\"}","joint_propensity":0.25,"null_propensity":0.05,"#,
            r#""marginals":"{}","origin":"learned","draw":null,"reasons":"[]","predicted":"{}","#,
            r#""deviations":"{}","null_reason":"","reconsider_at":null,"decided_at":0}"#,
        );
        assert_eq!(chained(&row(2)).unwrap(), text);
        let expected = Sha256::digest(format!("before{text}"));
        assert_eq!(hash(&row(2)), data_encoding::HEXLOWER.encode(&expected));
    }

    #[test]
    fn every_column_that_is_told_changes_the_hash() {
        let later = DateTime::UNIX_EPOCH + chrono::TimeDelta::microseconds(1);
        let changes: [fn(&mut Model); 24] = [
            |row| row.chain_version += 1,
            |row| row.sequence += 1,
            |row| row.decision_id.push('x'),
            |row| row.debtor_id.push('x'),
            |row| row.policy_key.push('x'),
            |row| row.policy_version.push('x'),
            |row| row.policy_share = Some(0.0),
            |row| row.feature_version.push('x'),
            |row| row.experiment_arm.push('x'),
            |row| row.claim_ids.push('x'),
            |row| row.context_hash.push('x'),
            |row| row.grid.push('x'),
            |row| row.terms.push('x'),
            |row| row.levels = None,
            |row| row.joint_propensity = 0.5,
            |row| row.null_propensity = 0.0,
            |row| row.marginals.push('x'),
            |row| row.origin.push('x'),
            |row| row.draw = Some(0),
            |row| row.reasons.push('x'),
            |row| row.predicted.push('x'),
            |row| row.deviations.push('x'),
            |row| row.null_reason.push('x'),
            |row| row.reconsider_at = Some(DateTime::UNIX_EPOCH),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut forged = row(2);
            change(&mut forged);
            assert_ne!(hash(&forged), hash(&row(2)), "{number}");
        }
        assert_ne!(hash(&Model { decided_at: later, ..row(2) }), hash(&row(2)));
        assert_ne!(chain_hash("other", &row(2)).unwrap(), hash(&row(2)));
    }
}
