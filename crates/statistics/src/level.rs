//! Error probabilities.

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// How often a true statement may be contradicted: α, between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Level(f64);

impl Level {
    /// One in twenty: intervals of 95 %.
    pub const FIVE_PERCENT: Self = Self(0.05);

    /// Refuses what is no probability between 0 and 1.
    pub fn new(alpha: f64) -> Result<Self, Refusal> {
        if alpha > 0.0 && alpha < 1.0 { Ok(Self(alpha)) } else { Err(Refusal::Probability) }
    }

    /// The probability.
    pub fn alpha(self) -> f64 {
        self.0
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::FIVE_PERCENT
    }
}

impl TryFrom<f64> for Level {
    type Error = Refusal;

    fn try_from(alpha: f64) -> Result<Self, Refusal> {
        Self::new(alpha)
    }
}

impl From<Level> for f64 {
    fn from(level: Level) -> Self {
        level.0
    }
}
