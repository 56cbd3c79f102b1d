//! Pure rules: who gets which arm, which action is drawn, what an outcome teaches.

pub mod attribution;
pub mod contact_cost;
pub mod decide;
pub mod decimal;
pub mod elimination;
pub mod experiment;
pub mod findings;
pub mod holdout;
pub mod measure;
pub mod plan;
pub mod policy;
pub mod random;
pub mod reward;
pub mod space;
pub mod targeting;
pub mod totals;

pub use kulanz_statistics::assignment::{bucket, hash};
