//! Pure rules: who gets which arm, what counts, what an outcome teaches. What decides is `kulanz-policy`.

pub mod agreement;
pub mod attribution;
pub mod contact_cost;
pub mod decimal;
pub mod delays;
pub mod drift;
pub mod effect;
pub mod evaluation;
pub mod experiment;
pub mod findings;
pub mod goals;
pub mod halves;
pub mod holdout;
pub mod known;
pub mod lessons;
pub mod measure;
pub mod outcome;
pub mod parity;
pub mod plan;
pub mod portfolio;
pub mod ramp;
pub mod tally;
pub mod targeting;
pub mod totals;
pub mod usual;
pub mod worth;

/// The policy that is asked when none is named.
pub const DEFAULT_POLICY: &str = "outreach";

pub use kulanz_statistics::assignment::{bucket, hash};
