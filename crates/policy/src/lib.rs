//! The decision policy: a factored Bayesian logistic model, a bank of its posterior draws, the exact
//! best action of each, exact propensities, and learning that can be taken back; pure.

mod arithmetic;
mod masked;
mod random;
mod schema;
mod space;

pub use arithmetic::{logit, probability};
pub use masked::Masked;
pub use random::{DecisionStream, decision_seed};
pub use schema::{
    Context, Features, SIGNALS, Schema, SchemaFactor, Signal, Situation, SituationError,
};
pub use space::{
    Action, Factor, LevelExclusion, LevelName, MAX_FACTORS, MAX_LEVELS, Mask, PairExclusion, Space,
    SpaceError,
};
