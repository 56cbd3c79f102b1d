//! The log row of a decision: how it is made, and how it is read.

use super::ask::{Bounds, Logged};
use super::link::VERSION;
use super::sealed::{Grounds, Opened};
use crate::domain::known::Known;
use crate::error::Error;
use crate::store::decision::Model;

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
        chain_version: VERSION,
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
