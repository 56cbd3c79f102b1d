//! What a policy would have earned on the decisions of others: off-policy evaluation from logged
//! propensities, and the gate that a policy passes before it goes live.
//!
//! Joint estimators (IPS, SNIPS, DR) hold whatever the rewards look like, but need the log to have done what
//! the target would do. Slate estimators (PI, DR-PI; Swaminathan et al. 2017) need that only factor by factor,
//! and hold where rewards add up over factors. The model alone (DM) is as good as the model.

mod estimate;
mod gate;
mod log;
mod parity;

pub use estimate::{Disagreement, Estimate, Estimator, Evaluation, LevelSupport, Valued, evaluate};
pub use gate::{Case, Doubt, Gate, Refusal};
pub use log::{Cell, FactorProbability, LogError, LoggedAction, Predicted, Problem};
pub use parity::{GroupParity, parity};

#[cfg(test)]
mod tests;
