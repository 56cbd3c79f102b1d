//! What a policy answered, in names: as it is logged and told.

use std::collections::BTreeMap;

use kulanz_policy::{Expectation, Objective, Origin, Space, Verdict, logit, probability};

use super::version::Version;

/// Where silence comes from when nothing else was left.
pub const NOTHING_PERMITTED: &str = Origin::NothingPermitted.name();

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Level by factor; `None` for silence.
    pub levels: Option<BTreeMap<String, String>>,
    /// What spoke.
    pub origin: &'static str,
    /// The posterior draw whose best action it is.
    pub draw: Option<u8>,
    /// Probability of exactly this.
    pub joint: f64,
    /// Probability of silence.
    pub null: f64,
    /// Probability of each chosen level.
    pub marginals: BTreeMap<String, f64>,
    /// Expected probability of each objective.
    pub predicted: BTreeMap<String, f64>,
    /// Standard deviation of each expectation.
    pub deviations: BTreeMap<String, f64>,
    /// What counted most.
    pub reasons: Vec<String>,
}

impl Chosen {
    /// Silence, because a rule leaves nothing.
    pub fn nothing() -> Self {
        Self {
            levels: None,
            origin: NOTHING_PERMITTED,
            draw: None,
            joint: 1.0,
            null: 1.0,
            marginals: BTreeMap::new(),
            predicted: BTreeMap::new(),
            deviations: BTreeMap::new(),
            reasons: Vec::new(),
        }
    }

    /// A verdict over a space.
    pub fn of(verdict: &Verdict, version: &Version, space: &Space, expected: &Expectation) -> Self {
        let names = || space.factors().iter().map(|factor| factor.name.clone());
        let levels = verdict.action.map(|action| {
            let level = |(factor, level): (&kulanz_policy::Factor, usize)| {
                (factor.name.clone(), factor.levels[level].clone())
            };
            space.factors().iter().zip(action.levels()).map(level).collect()
        });
        let (predicted, deviations) = predictions(verdict, expected);
        let reason = |reason: &kulanz_policy::Reason| {
            format!("{}: {:+.2}", version.features[reason.feature], reason.value)
        };
        Self {
            levels,
            origin: verdict.origin.name(),
            draw: verdict.draw,
            joint: verdict.propensities.joint,
            null: verdict.propensities.null,
            marginals: names().zip(verdict.propensities.marginals().iter().copied()).collect(),
            predicted,
            deviations,
            reasons: verdict.reasons().map(reason).collect(),
        }
    }
}

type ByObjective = BTreeMap<String, f64>;

/// Expected probabilities, and how sure they are: the deviation of the logit times the slope.
fn predictions(verdict: &Verdict, expected: &Expectation) -> (ByObjective, ByObjective) {
    let (mut predicted, mut deviations) = (BTreeMap::new(), BTreeMap::new());
    for prediction in verdict.predictions() {
        let mean = probability(logit(base(prediction.objective, expected)) + prediction.mean);
        let deviation = prediction.deviation * mean * (1.0 - mean);
        let name = prediction.objective.name().to_owned();
        predicted.insert(name.clone(), mean);
        if deviation.is_finite() {
            deviations.insert(name, deviation);
        }
    }
    (predicted, deviations)
}

/// The frozen probability of an objective, before any action.
pub const fn base(objective: Objective, expected: &Expectation) -> f64 {
    match objective {
        Objective::Paid => expected.paid,
        Objective::Harm => expected.harm,
        Objective::Share => expected.share,
        Objective::Speed => 0.5,
        Objective::Kept => expected.kept,
    }
}
