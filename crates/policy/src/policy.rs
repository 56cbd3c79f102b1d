//! One immutable version of a policy: beliefs about each objective and the dials of deciding.

use serde::{Deserialize, Serialize};

use crate::objective::Objective;
use crate::schema::Schema;
use crate::space::LevelName;

/// Posterior draws of a bank: one per lane.
pub const DRAWS: usize = 64;
/// Lanes that are computed together, in two registers; four such blocks make a row.
pub(crate) const LANES: usize = 16;

/// One weight in all draws of the bank.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(crate) struct Row(pub [[f32; LANES]; DRAWS / LANES]);

impl Row {
    pub const ZERO: Self = Self::splat(0.0);
    pub const NEVER: Self = Self::splat(f32::NEG_INFINITY);

    pub const fn splat(value: f32) -> Self {
        Self([[value; LANES]; DRAWS / LANES])
    }

    pub fn lane(&self, lane: usize) -> f32 {
        self.0[lane / LANES][lane % LANES]
    }

    pub fn lanes(&self) -> &[f32] {
        self.0.as_flattened()
    }
}

/// What a person or the policy gate sets; the rest is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Share of decisions drawn evenly from everything the mask permits, for later evaluation.
    pub epsilon: f64,
    /// Share of decisions that say nothing now.
    pub null_share: f64,
    /// Levels that are never chosen for protected people: pressure by deadline, loss or comparison
    /// (Regulation (EU) 2024/1689 Art. 5(1)(b)).
    pub withheld_from_protected: Vec<LevelName>,
}

impl Default for Settings {
    /// 5 % even exploration, 5 % silence.
    fn default() -> Self {
        let withheld = ["loss_framing", "social_proof", "reciprocity", "commitment"];
        Self {
            epsilon: 0.05,
            null_share: 0.05,
            withheld_from_protected: withheld
                .into_iter()
                .map(|level| LevelName::new("motive", level))
                .chain([LevelName::new("offer", "pay_now")])
                .collect(),
        }
    }
}

/// What a policy believes of one objective.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Belief {
    pub objective: Objective,
    /// The posterior mean of each weight.
    pub mean: Vec<f32>,
    /// The draws of each weight.
    pub bank: Vec<Row>,
}

/// One immutable version of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub(crate) schema: Schema,
    pub(crate) settings: Settings,
    pub(crate) seed: u64,
    /// How far the draws scatter around the mean, against the posterior's own spread.
    pub(crate) alpha: f64,
    pub(crate) beliefs: Vec<Belief>,
    pub(crate) version: String,
}

impl Policy {
    /// The name of this version: a hash of its whole content.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The features it is about.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Its dials.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same beliefs with other dials: another version.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings, ..self }.named()
    }

    /// The posterior mean of every weight of an objective; `None` where nothing was learned of it.
    pub fn means(&self, objective: Objective) -> Option<&[f32]> {
        self.beliefs.iter().find(|b| b.objective == objective).map(|b| b.mean.as_slice())
    }
}
