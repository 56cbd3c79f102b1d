//! One decision: an action or silence, with the exact probability of what was chosen.
//!
//! The policy is a mixture: a share of silence, a share drawn evenly from what is permitted, and for the
//! rest the best action of one of 64 draws from the posterior. So its probabilities are counts.

mod distribution;
mod verdict;
mod worth;

use pulp::Arch;

pub use distribution::Distribution;
pub use verdict::{Origin, Prediction, Propensities, Reason, Verdict};

use crate::elimination::{Program, Scratch};
use crate::masked::Masked;
use crate::objective::{Objective, Weights};
use crate::plan::{Costs, Plan};
use crate::policy::Policy;
use crate::random::{DecisionStream, decision_seed};
use crate::schema::Situation;
use crate::space::{Action, SpaceError};

/// What is to be decided.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The caller's id of the decision; seeds the draw.
    pub decision_id: &'a str,
    /// What must not be chosen.
    pub mask: &'a Masked,
    /// Person and context.
    pub situation: &'a Situation,
    /// What the objectives are worth here.
    pub weights: &'a Weights,
    /// What the levels cost.
    pub costs: &'a Costs,
    /// What saying nothing now is worth, in euros, against a contact of no effect and no cost: 0, or the
    /// price of a contact where their number is capped. Minus infinity where silence is no candidate.
    pub silence: f32,
    /// A vulnerable or protected person: nothing is tried out on them.
    pub protected: bool,
}

/// Decides. The same policy version and question give the same answer to the last bit.
pub fn decide(
    policy: &Policy,
    plan: &Plan,
    question: &Question<'_>,
    scratch: &mut Scratch,
) -> Result<Verdict, SpaceError> {
    let distribution = Distribution::new(policy, plan, question, scratch)?;
    let seed = decision_seed(policy.version(), question.decision_id);
    let mut verdict = distribution.draw(&mut DecisionStream::new(seed));
    if let Some(action) = verdict.action {
        verdict::explain(policy, plan, question, &action, &mut verdict);
    }
    Ok(verdict)
}

/// By how much an action shifts an objective against the frozen propensity, in logits by the posterior mean;
/// `None` where nothing was learned of the objective. `plan` is the policy's, over the space of the action.
pub fn shift(
    policy: &Policy,
    plan: &Plan,
    situation: &Situation,
    action: &Action,
    objective: Objective,
) -> Option<f64> {
    verdict::mean_shift(policy, plan, situation, action, objective)
}

/// The mask that holds for this person.
fn mask_for(plan: &Plan, question: &Question<'_>) -> Result<Option<Masked>, SpaceError> {
    if !question.mask.fits(plan.space.sizes()) {
        return Err(SpaceError::OtherSpace);
    }
    Ok(question.protected.then(|| question.mask.without(&plan.withheld)))
}

/// A program that also knows the mask's pairs, where the plan's does not.
fn tied<'a>(
    plan: &'a Plan,
    masked: &Masked,
    kept: &'a mut Option<Program>,
) -> Result<&'a Program, SpaceError> {
    let known = plan.program.edges();
    let edge = |pair: &crate::masked::Forbidden| (pair.low, pair.high);
    if masked.forbidden.iter().all(|pair| known.contains(&edge(pair))) {
        return Ok(&plan.program);
    }
    let edges = known.iter().copied().chain(masked.forbidden.iter().map(edge)).collect();
    let program = match kept.take() {
        Some(program) if program.fits(plan.program.sizes(), &edges) => program,
        _ => Program::new(plan.program.sizes(), edges)?,
    };
    Ok(kept.insert(program))
}

/// Runs the kernel for the best instruction set of the machine.
fn best(work: worth::Work<'_>) -> crate::policy::Row {
    Arch::new().dispatch(work)
}

#[cfg(test)]
mod tests;
