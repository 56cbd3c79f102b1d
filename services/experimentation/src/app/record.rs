//! The log row of a decision: its place in the chain, and how it is read.

use sha2::{Digest, Sha256};

use super::ask::{Bounds, Logged};
use super::sealed::{Grounds, Opened};
use crate::domain::known::Known;
use crate::error::Error;
use crate::store::decision::Model;

/// SHA-256 over the hash before and what was decided; the context enters by its keyed hash, so that
/// the chain still verifies after a person was erased.
pub fn chain_hash(previous: &str, row: &Model) -> String {
    let joint = row.joint_propensity.to_bits().to_string();
    let sequence = row.sequence.to_string();
    let decided = row.decided_at.timestamp_micros().to_string();
    let parts = [
        previous,
        &sequence,
        &row.decision_id,
        &row.debtor_id,
        &row.policy_version,
        &row.context_hash,
        &row.grid,
        &row.origin,
        row.levels.as_deref().unwrap_or_default(),
        &joint,
        &row.marginals,
        &decided,
        &row.terms,
    ];
    // Rows from before there were ramps have no share, those without an experiment no arm: they keep the hash
    // that they had.
    let share = row.policy_share.map(|share| share.to_bits().to_string());
    let arm = (!row.experiment_arm.is_empty()).then(|| format!("arm:{}", row.experiment_arm));
    let mut hash = Sha256::new();
    for part in parts.into_iter().chain(share.as_deref()).chain(arm.as_deref()) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// What the log keeps of a decision beside what is told of it.
pub struct Kept {
    /// The tenant.
    pub tenant_id: String,
    /// Hash of the request.
    pub fingerprint: Vec<u8>,
    /// What was known and the grounds, sealed.
    pub context: Vec<u8>,
    /// Keyed hash of the same.
    pub context_hash: String,
}

/// The log row of a decision, as [`logged`] reads it again; it is not chained yet. Its columns hold nothing of the
/// grounds.
pub fn row(logged: &Logged, kept: Kept) -> Result<Model, Error> {
    Ok(Model {
        tenant_id: kept.tenant_id,
        decision_id: logged.decision_id.clone(),
        sequence: logged.sequence,
        debtor_id: logged.debtor_id.clone(),
        policy_key: logged.policy_key.clone(),
        policy_version: logged.policy_version.clone(),
        fingerprint: kept.fingerprint,
        context: kept.context,
        context_hash: kept.context_hash,
        grid: serde_json::to_string(&Bounds {
            space: logged.bounds.space.clone(),
            ..Bounds::default()
        })?,
        origin: String::new(),
        levels: logged.levels.as_ref().map(serde_json::to_string).transpose()?,
        joint_propensity: logged.joint_propensity,
        null_propensity: logged.null_propensity,
        marginals: serde_json::to_string(&logged.marginals)?,
        predicted: "{}".to_owned(),
        reasons: "[]".to_owned(),
        null_reason: String::new(),
        reconsider_at: logged.reconsider_at,
        claim_ids: serde_json::to_string(&logged.claim_ids)?,
        decided_at: logged.decided_at,
        chain_hash: String::new(),
        terms: serde_json::to_string(&logged.terms)?,
        feature_version: logged.feature_version.clone(),
        draw: None,
        deviations: "{}".to_owned(),
        policy_share: logged.policy_share,
        experiment_arm: logged.experiment_arm.clone(),
    })
}

/// A log row with its structures read, and its grounds; those of a person who was erased are empty.
pub fn logged(row: &Model, grounds: Grounds<'_>) -> Result<Logged, Error> {
    let bounds: Bounds = serde_json::from_str(&row.grid)?;
    Ok(Logged {
        decision_id: row.decision_id.clone(),
        debtor_id: row.debtor_id.clone(),
        policy_key: row.policy_key.clone(),
        policy_version: row.policy_version.clone(),
        feature_version: row.feature_version.clone(),
        levels: row.levels.as_deref().map(serde_json::from_str).transpose()?,
        joint_propensity: row.joint_propensity,
        null_propensity: row.null_propensity,
        marginals: serde_json::from_str(&row.marginals)?,
        origin: grounds.origin.into_owned(),
        reasons: grounds.reasons.into_owned(),
        predicted: grounds.predicted.into_owned(),
        deviations: grounds.deviations.into_owned(),
        null_reason: grounds.null_reason.into_owned(),
        reconsider_at: row.reconsider_at,
        decided_at: row.decided_at,
        claim_ids: serde_json::from_str(&row.claim_ids)?,
        bounds: Bounds {
            space: bounds.space,
            mask: grounds.mask.into_owned(),
            all_excluded_rule_id: grounds.all_excluded_rule_id.into_owned(),
        },
        terms: serde_json::from_str(&row.terms).ok(),
        sequence: row.sequence,
        chain_hash: row.chain_hash.clone(),
        policy_share: row.policy_share,
        experiment_arm: row.experiment_arm.clone(),
    })
}

/// A log row and what was known; of a person who was erased what was decided, and nothing else.
pub fn read(row: &Model, opened: Option<Opened>) -> Result<(Logged, Option<Known>), Error> {
    let Some(opened) = opened else { return Ok((logged(row, Grounds::default())?, None)) };
    let (known, grounds) = opened.parts(row)?;
    Ok((logged(row, grounds)?, Some(known)))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn row() -> Model {
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
        }
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
        assert_eq!(chain_hash("before", &row()), by_hand(&[]));
        let ramped = Model { policy_share: Some(0.5), ..row() };
        let share = 0.5_f64.to_bits().to_string();
        assert_eq!(chain_hash("before", &ramped), by_hand(&[&share]));
        let steered = Model { experiment_arm: "tone/warm".to_owned(), ..ramped };
        assert_eq!(chain_hash("before", &steered), by_hand(&[&share, "arm:tone/warm"]));
        let other = Model { experiment_arm: "tone/plain".to_owned(), ..steered.clone() };
        assert_ne!(chain_hash("before", &other), chain_hash("before", &steered));
    }
}
