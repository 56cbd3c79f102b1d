//! What the policy answered, and why.

use super::Question;
use super::worth::worths;
use crate::objective::Objective;
use crate::plan::{Plan, Source};
use crate::policy::{DRAWS, Policy, Row};
use crate::schema::Situation;
use crate::space::{Action, MAX_FACTORS};

/// Which part of the policy spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The best action of a draw from what was learned.
    Learned,
    /// The slice drawn evenly from everything permitted.
    Explored,
    /// The best action without any draw, for protected people.
    Safest,
    /// Silence, drawn with its own probability.
    Silence,
    /// Silence, because by what was learned no action is worth a contact.
    NotWorthIt,
    /// Silence, because the mask left nothing else.
    NothingPermitted,
}

impl Origin {
    /// As it stands in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Explored => "explored",
            Self::Safest => "safest",
            Self::Silence => "silence",
            Self::NotWorthIt => "not_worth_it",
            Self::NothingPermitted => "nothing_permitted",
        }
    }
}

/// The probabilities with which the policy acts for a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Propensities {
    /// Of exactly what was chosen, silence included.
    pub joint: f64,
    pub(super) marginals: [f64; MAX_FACTORS],
    pub(super) factors: usize,
    /// Of silence.
    pub null: f64,
}

impl Propensities {
    /// Per factor, of the chosen level; empty for silence.
    pub fn marginals(&self) -> &[f64] {
        &self.marginals[..self.factors]
    }
}

/// One feature's contribution to what the chosen action is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// Its position in [`Schema::feature_names`](crate::Schema::feature_names).
    pub feature: usize,
    /// Euros, as far as the objectives are euros.
    pub value: f32,
}

/// What is expected of one objective if the chosen action is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Of which.
    pub objective: Objective,
    /// Shift against the frozen propensity, in logits.
    pub mean: f64,
    /// The posterior's standard deviation of that shift.
    pub deviation: f64,
}

/// What the policy answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// One level position per factor; `None` is "say nothing now".
    pub action: Option<Action>,
    /// Which part of the policy spoke.
    pub origin: Origin,
    /// The draw of the bank whose best action this is.
    pub draw: Option<u8>,
    /// How likely it was.
    pub propensities: Propensities,
    /// What the contact is worth by the posterior mean, against none, in euros; 0 for silence.
    pub value: f32,
    pub(super) predictions: [Option<Prediction>; Objective::ALL.len()],
    pub(super) reasons: [Option<Reason>; 3],
}

impl Verdict {
    pub(super) const fn silence(origin: Origin, null: f64) -> Self {
        let marginals = [0.0; MAX_FACTORS];
        Self {
            action: None,
            origin,
            draw: None,
            propensities: Propensities { joint: null, marginals, factors: 0, null },
            value: 0.0,
            predictions: [None; Objective::ALL.len()],
            reasons: [None; 3],
        }
    }

    /// What is expected, per objective that was learned.
    pub fn predictions(&self) -> impl Iterator<Item = &Prediction> {
        self.predictions.iter().flatten()
    }

    /// The features that count most for or against the chosen action, the largest first.
    pub fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.reasons.iter().flatten()
    }
}

/// Fills in what is expected of the action and why it was chosen.
pub(super) fn explain(
    policy: &Policy,
    plan: &Plan,
    question: &Question<'_>,
    action: &Action,
    verdict: &mut Verdict,
) {
    let cost = |(factor, level): (usize, usize)| question.costs.0[factor][level];
    verdict.value = -action.levels().enumerate().map(cost).sum::<f32>();
    each_term(policy, plan, question.situation, action, |feature, value| {
        let of_belief =
            |(belief, worth): (usize, f32)| worth * value * policy.beliefs[belief].mean[feature];
        let worth = worths(policy, question).map(of_belief).sum();
        verdict.value += worth;
        rank(&mut verdict.reasons, Reason { feature, value: worth });
    });
    for (belief, prediction) in
        verdict.predictions.iter_mut().enumerate().take(policy.beliefs.len())
    {
        *prediction = Some(predict(policy, plan, question, action, belief));
    }
}

/// Shift and deviation of one objective.
fn predict(
    policy: &Policy,
    plan: &Plan,
    question: &Question<'_>,
    action: &Action,
    belief: usize,
) -> Prediction {
    let learned = &policy.beliefs[belief];
    let (mut mean, mut draws) = (0.0_f32, Row::ZERO);
    let mut sum = |feature: usize, value: f32| {
        mean += value * learned.mean[feature];
        crate::elimination::add_times(&mut draws, &learned.bank[feature], value);
    };
    for (slot, value) in &question.situation.terms {
        sum(*slot, narrow(*value));
    }
    each_term(policy, plan, question.situation, action, sum);
    let square = |draw: &f32| f64::from(draw - mean) * f64::from(draw - mean);
    #[expect(clippy::cast_precision_loss, reason = "64")]
    let variance = draws.lanes().iter().map(square).sum::<f64>() / DRAWS as f64;
    Prediction {
        objective: learned.objective,
        mean: f64::from(mean),
        deviation: variance.sqrt() / policy.alpha,
    }
}

/// Shift of one objective by the posterior mean alone.
pub(super) fn mean_shift(
    policy: &Policy,
    plan: &Plan,
    situation: &Situation,
    action: &Action,
    objective: Objective,
) -> Option<f64> {
    let learned = policy.beliefs.iter().find(|belief| belief.objective == objective)?;
    let of_person = |(slot, value): &(usize, f64)| value * f64::from(learned.mean[*slot]);
    let mut shift: f64 = situation.terms.iter().map(of_person).sum();
    each_term(policy, plan, situation, action, |feature, value| {
        shift += f64::from(value) * f64::from(learned.mean[feature]);
    });
    Some(shift)
}

/// Walks through the features of an action, as far as they are known, with their values.
fn each_term(
    policy: &Policy,
    plan: &Plan,
    situation: &Situation,
    action: &Action,
    mut visit: impl FnMut(usize, f32),
) {
    let block = |start: usize, visit: &mut dyn FnMut(usize, f32)| {
        for (slot, value) in &situation.terms {
            visit(start + slot, narrow(*value));
        }
    };
    block(policy.schema.contact_block(), &mut visit);
    for (factor, level) in action.levels().enumerate() {
        if let Source::Known(start) = plan.sources[factor][level] {
            block(start, &mut visit);
        }
    }
    for (edge, (low, high)) in plan.program.edges().iter().enumerate() {
        let cell = action.level(*low) * plan.sources[*high].len() + action.level(*high);
        if let Some(feature) = plan.pair_features[edge][cell] {
            visit(feature, 1.0);
        }
    }
}

/// Keeps the three largest.
fn rank(reasons: &mut [Option<Reason>; 3], reason: Reason) {
    let smaller = |kept: &Option<Reason>| kept.is_none_or(|k| k.value.abs() < reason.value.abs());
    if let Some(place) = reasons.iter().position(smaller) {
        reasons[place..].rotate_right(1);
        reasons[place] = Some(reason);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the kernel computes in f32")]
const fn narrow(value: f64) -> f32 {
    value as f32
}
