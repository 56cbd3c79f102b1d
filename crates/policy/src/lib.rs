//! The decision policy: a factored Bayesian logistic model, a bank of its posterior draws, the exact
//! best action of each, exact propensities, and learning that can be taken back; pure.
//!
//! ```text
//! Schema -> situation, features          what is known of a person, and of a decision
//! Learner -> learn, remove, refresh      what is learned, and the next Policy from it
//! Policy -> write, read                  one immutable version, named by a hash of its content
//! Plan::new(policy, space)               what does not depend on the question; keep it
//! decide(policy, plan, question)         action or silence, with exact probabilities
//! evaluate(log), Gate::judge(case)       what a policy would have earned, and whether it may go live
//! ramp::may_go_on(share, own, gate)      whether it may decide for more people
//! ```
//!
//! Deciding uses only additions, multiplications and comparisons in a fixed order, so a logged decision
//! can be replayed to the last bit on any machine.

mod arithmetic;
mod cholesky;
mod credit;
mod decide;
mod delay;
mod elimination;
mod evaluate;
mod file;
mod frame;
mod learner;
mod masked;
mod objective;
mod plan;
mod policy;
mod posterior;
mod random;
mod reward;
mod schema;
mod space;
mod stayed;

pub mod ramp;

pub use arithmetic::{logit, probability};
pub use credit::{Credit, Decided};
pub use decide::{
    Distribution, Origin, Prediction, Propensities, Question, Reason, Verdict, decide, shift,
};
pub use delay::{DelayCurve, HORIZON_DAYS, MILESTONES};
pub use elimination::Scratch;
pub use evaluate::{
    Case, Cell, Disagreement, Doubt, Estimate, Estimator, Evaluation, FactorProbability, Gate,
    GroupParity, LevelSupport, LogError, LoggedAction, Predicted, Problem, Refusal, Valued,
    evaluate, parity,
};
pub use frame::FileError;
pub use learner::{Dials, Learner, OtherFeatures, RefreshError};
pub use masked::Masked;
pub use objective::{Aims, Expectation, Objective, Weights, next_price};
pub use plan::{Costs, Plan};
pub use policy::{DRAWS, Policy, Settings};
pub use posterior::Receipt;
pub use random::{DecisionStream, decision_seed};
pub use reward::{Due, arrangement_value, passed_on};
pub use schema::{
    CATALOGUE, Context, Edges, Features, SIGNALS, Schema, SchemaFactor, Signal, Situation,
    SituationError,
};
pub use space::{
    Action, Factor, LevelExclusion, LevelName, MAX_FACTORS, MAX_LEVELS, Mask, PairExclusion, Space,
    SpaceError,
};
pub use stayed::{Movement, Stayed, stayed};
