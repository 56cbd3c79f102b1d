//! A question as a caller asks it, checked, and the decision as logged.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kulanz_policy::{Mask, Masked};
use kulanz_types::{DebtorId, DecisionId};
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
pub use crate::domain::DEFAULT_POLICY;
use crate::domain::goals::{Goal, Terms};
use crate::domain::known::Known;

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The caller's id: seed and idempotency key.
    pub decision_id: DecisionId,
    /// The person.
    pub debtor_id: DebtorId,
    /// The policy.
    pub policy_key: String,
    /// What is known of the person: personal data.
    pub known: Known,
    /// What could be done.
    pub catalogue: Arc<Catalogue>,
    /// What must not be done, by names and rules.
    pub bounds: Bounds,
    /// The same over the catalogue's space.
    pub masked: Masked,
    /// Goals that this question weighs otherwise.
    pub objectives: Vec<(Goal, f64)>,
    /// The claims in question.
    pub claim_ids: Vec<String>,
    /// Hash of the whole request.
    pub fingerprint: Vec<u8>,
}

/// What must not be done, over a space that is kept by its hash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Names the space.
    pub space: String,
    /// What must not be chosen.
    pub mask: Mask,
    /// The rule that forbids everything, or nothing.
    pub all_excluded_rule_id: String,
}

/// A decision as logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// The caller's id.
    pub decision_id: String,
    /// The person.
    pub debtor_id: String,
    /// The policy and its version.
    pub policy_key: String,
    /// Names the content that decided.
    pub policy_version: String,
    /// Names the features that it decided on.
    pub feature_version: String,
    /// Level by factor; `None` for silence.
    pub levels: Option<BTreeMap<String, String>>,
    /// Probability of exactly this.
    pub joint_propensity: f64,
    /// Probability of saying nothing.
    pub null_propensity: f64,
    /// Probability of each chosen level.
    pub marginals: BTreeMap<String, f64>,
    /// What spoke.
    pub origin: String,
    /// What counted for it.
    pub reasons: Vec<String>,
    /// Expected probability of each objective.
    pub predicted: BTreeMap<String, f64>,
    /// Standard deviation of each expectation.
    pub deviations: BTreeMap<String, f64>,
    /// Why silence.
    pub null_reason: String,
    /// When to ask again after silence.
    pub reconsider_at: Option<DateTime<Utc>>,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// The claims in question.
    pub claim_ids: Vec<String>,
    /// What must not be done, and by which rule.
    pub bounds: Bounds,
    /// What it was decided for.
    pub terms: Option<Terms>,
    /// Place in the chain.
    pub sequence: i64,
    /// Hash of the chain up to here.
    pub chain_hash: String,
    /// Share of persons that the promoted policy had; `None` while none was promoted.
    pub policy_share: Option<f64>,
    /// The arms of experiments that applied: `key/arm`, several separated by commas.
    pub experiment_arm: String,
}
