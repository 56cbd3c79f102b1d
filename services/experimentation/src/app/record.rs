//! The log row of a decision: its place in the chain, and how it is read.

use sha2::{Digest, Sha256};

use super::ask::Logged;
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
    // Rows from before there were ramps have no share, and the hash that they had.
    let share = row.policy_share.map(|share| share.to_bits().to_string());
    let mut hash = Sha256::new();
    for part in parts.into_iter().chain(share.as_deref()) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// A log row with its structures read.
pub fn logged(row: &Model) -> Result<Logged, Error> {
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
        origin: row.origin.clone(),
        reasons: serde_json::from_str(&row.reasons)?,
        predicted: serde_json::from_str(&row.predicted)?,
        deviations: serde_json::from_str(&row.deviations)?,
        null_reason: row.null_reason.clone(),
        reconsider_at: row.reconsider_at,
        decided_at: row.decided_at,
        claim_ids: serde_json::from_str(&row.claim_ids)?,
        bounds: serde_json::from_str(&row.grid)?,
        terms: serde_json::from_str(&row.terms).ok(),
        sequence: row.sequence,
        chain_hash: row.chain_hash.clone(),
        policy_share: row.policy_share,
    })
}
