//! A question as a caller asks it, checked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_types::{DebtorId, DecisionId};
use serde::{Deserialize, Serialize};

use crate::domain::space::{Factor, Mask};

/// The policy that is asked when none is named.
pub const DEFAULT_POLICY: &str = "outreach";

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
    pub context: Context,
    /// What could be done and what must not.
    pub grid: Grid,
    /// The claims in question.
    pub claim_ids: Vec<String>,
    /// Hash of the whole request.
    pub fingerprint: Vec<u8>,
}

/// What is known when deciding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Probability by persona key.
    pub personas: BTreeMap<String, f64>,
    /// Other numbers.
    pub features: BTreeMap<String, f64>,
    /// Open claims.
    pub claim_count: i32,
    /// Open total: currency and minor units.
    pub balance: Option<(String, i64)>,
    /// Messages so far.
    pub contact_count: i32,
    /// Nothing is tried out on this person.
    pub protected: bool,
    /// Probability of a payment whatever is said; 0 if unknown.
    #[serde(default)]
    pub payment_probability: f64,
}

/// The space, its mask and what counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// The factors.
    pub factors: Vec<Factor>,
    /// What must not be chosen.
    pub mask: Mask,
    /// The rule that forbids everything, or nothing.
    pub all_excluded_rule_id: String,
    /// Objective and weight; empty for the policy's own.
    pub objectives: Vec<(String, f64)>,
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
    /// Level by factor; `None` for silence.
    pub levels: Option<BTreeMap<String, String>>,
    /// Probability of exactly this.
    pub joint_propensity: f64,
    /// Probability of each chosen level.
    pub marginals: BTreeMap<String, f64>,
    /// Whether it was tried out rather than believed best.
    pub explored: bool,
    /// What spoke for it.
    pub reasons: Vec<String>,
    /// Expected reward.
    pub predicted: BTreeMap<String, f64>,
    /// Why silence.
    pub null_reason: String,
    /// When to ask again after silence.
    pub reconsider_at: Option<DateTime<Utc>>,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// The claims in question.
    pub claim_ids: Vec<String>,
}
