//! What stands against putting a policy to use. The gate may veto; what a policy is worth shows only a
//! hold-out.

use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Evaluation};
use super::parity::GroupParity;

/// The bounds a policy has to keep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gate {
    /// Effective decisions that must stand behind the estimate, and behind each level the target uses.
    pub least_effective: f64,
    /// A level that the target chooses less often than this may have less behind it: it hardly counts.
    pub least_share: f64,
    /// How far below what the log earned the lower bound may lie, per decision. It gives room where the log says
    /// little; a policy whose upper bound lies below the log, too, is refused however wide the margin.
    pub value_margin: f64,
    /// How many more signs of harm per decision the upper bound may show.
    pub harm_margin: f64,
    /// How many more contacts per decision the upper bound may show.
    pub contact_margin: f64,
    /// Ratios between groups that count as equal.
    pub parity: [f64; 2],
    /// Standard errors by which the model and what the log says of it may differ.
    pub disagreement: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            least_effective: 500.0,
            least_share: 0.01,
            value_margin: 0.0,
            harm_margin: 0.002,
            contact_margin: 0.02,
            parity: [0.8, 1.25],
            disagreement: 2.0,
        }
    }
}

/// How much doubt a gate tolerates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// None: the lower bound must not lie below what the log earned.
    #[default]
    Strict,
    /// As much as a portfolio needs that is too small for proof: with 20,000 people no lower bound lies above 0 unless
    /// a policy gains a fifth or more (docs/adr/0027-gate-and-ramp-on-a-drawn-log.md).
    Wide,
}

impl Doubt {
    /// The gate of a log that earned so much per decision. The wide one lets the lower bound lie a quarter of that below
    /// it, which at the first step of a ramp is 1.3 % of the portfolio; signs of harm are told from chance no finer than
    /// one in a hundred contacts, and levels that are chosen in less than a tenth of them may have little behind them.
    pub fn gate(self, earned: f64) -> Gate {
        match self {
            Self::Strict => Gate::default(),
            Self::Wide => Gate {
                value_margin: 0.25 * earned.max(0.0),
                harm_margin: 0.01,
                least_share: 0.1,
                ..Gate::default()
            },
        }
    }
}

/// What is known of a policy; what is not measured is not judged.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What it is to earn.
    pub value: &'a Evaluation,
    /// Signs of harm.
    pub harm: Option<&'a Evaluation>,
    /// Contacts.
    pub contacts: Option<&'a Evaluation>,
    /// Groups.
    pub parity: &'a [GroupParity],
}

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// The log never did anything but one thing.
    #[error("the log has no exploration: every decision had propensity 1")]
    NoExploration,
    /// The target does what the log never does.
    #[error(
        "the log never does part of what the policy does: it covers {:.1} %{}", .share * 100.0, of(*.factor)
    )]
    NotCovered {
        /// Position of the factor, where there are factors.
        factor: Option<usize>,
        /// Share of the target's decisions that the log can speak of.
        share: f64,
    },
    /// No policy's mean weight is above 1: the log's propensities are of other actions than these.
    #[error(
        "the propensities are not of these actions: their mean weight is {weight:.2}{}, and no policy's is above 1",
        of(*.factor)
    )]
    OtherPropensities {
        /// Position of the factor; `None` for the propensity of the whole action.
        factor: Option<usize>,
        /// Found.
        weight: f64,
    },
    /// Too little evidence altogether.
    #[error("thin evidence: effective sample size {effective:.1}, {least} needed")]
    ThinEvidence {
        /// Found.
        effective: f64,
        /// Needed.
        least: f64,
    },
    /// Too little evidence of a level that the target uses.
    #[error(
        "thin evidence of level {level} of factor {factor}: effective sample size {effective:.1}, {least} needed"
    )]
    ThinLevel {
        /// Position of the factor.
        factor: usize,
        /// The level, as the caller numbers it.
        level: usize,
        /// Found.
        effective: f64,
        /// Needed.
        least: f64,
    },
    /// It may earn less than what is in use, or is shown to.
    #[error("{}", below(*.lower, *.upper, *.least))]
    BelowIncumbent {
        /// Lower bound of the difference.
        lower: f64,
        /// Upper bound of the difference.
        upper: f64,
        /// The lowest lower bound allowed.
        least: f64,
    },
    /// It may bring more complaints.
    #[error("may do more harm: upper bound of the difference {upper:.6}, {most:.6} allowed")]
    MoreHarm {
        /// Upper bound of the difference.
        upper: f64,
        /// Allowed.
        most: f64,
    },
    /// It may contact people more often.
    #[error("may contact more often: upper bound of the difference {upper:.6}, {most:.6} allowed")]
    MoreContacts {
        /// Upper bound of the difference.
        upper: f64,
        /// Allowed.
        most: f64,
    },
    /// It treats a group otherwise than the rest, and more so than what is in use.
    #[error(
        "group {group}: {ratio:.2} of the others [{lower:.2}, {upper:.2}], {incumbent:.2} in the log"
    )]
    LessParity {
        /// The group.
        group: String,
        /// Its value over that of the others.
        ratio: f64,
        /// Lower bound.
        lower: f64,
        /// Upper bound.
        upper: f64,
        /// As it was.
        incumbent: f64,
    },
    /// The model does not hold for what the target does otherwise.
    #[error(
        "model and log differ by {difference:.6} in what it gains, {errors:.1} standard errors"
    )]
    ModelDisagrees {
        /// Gain by the mended model minus gain by the model.
        difference: f64,
        /// The same in standard errors.
        errors: f64,
    },
}

fn of(factor: Option<usize>) -> String {
    factor.map(|factor| format!(" of factor {factor}")).unwrap_or_default()
}

fn below(lower: f64, upper: f64, least: f64) -> String {
    if upper < -ROUNDING {
        format!("earns less than the log did: the difference lies from {lower:.6} to {upper:.6}")
    } else {
        format!(
            "may earn less than the log did: lower bound of the difference {lower:.6}, {least:.6} allowed"
        )
    }
}

/// A mean weight this many standard errors below or above 1 is no chance (1 in 2,000).
const FAR: f64 = 3.29;
/// How far above 1 a mean weight may come by propensities that are written with two digits.
const WRITTEN: f64 = 0.02;
/// What rounding may do to a mean weight, or to a difference of 0.
const ROUNDING: f64 = 1e-9;

impl Gate {
    /// Everything that stands against a policy; nothing where it passes.
    pub fn judge(&self, case: &Case<'_>) -> Vec<Refusal> {
        let mut against = self.evidence(case.value);
        against.extend(self.outcomes(case));
        against.extend(case.parity.iter().filter_map(|group| self.parity_of(group)));
        against.extend(self.disagreement_of(case.value));
        against
    }

    fn evidence(&self, value: &Evaluation) -> Vec<Refusal> {
        let mut against = Vec::new();
        if !value.explored {
            against.push(Refusal::NoExploration);
        }
        against.extend(not_covered(value));
        against.extend(other_propensities(value));
        let effective = value.decisive(self.least_effective).map_or(0.0, |valued| valued.effective);
        if effective < self.least_effective {
            against.push(Refusal::ThinEvidence { effective, least: self.least_effective });
        }
        let counts = |level: &&super::LevelSupport| {
            level.share >= self.least_share && level.effective < self.least_effective
        };
        against.extend(value.levels.iter().filter(counts).map(|thin| Refusal::ThinLevel {
            factor: thin.factor,
            level: thin.level,
            effective: thin.effective,
            least: self.least_effective,
        }));
        against
    }

    fn outcomes(&self, case: &Case<'_>) -> Vec<Refusal> {
        let difference = |evaluation: &Evaluation| -> Option<Estimate> {
            evaluation.decisive(self.least_effective).map(|valued| valued.difference)
        };
        let mut against = Vec::new();
        let least = -self.value_margin;
        let value = difference(case.value)
            .filter(|found| found.lower < least - ROUNDING || found.upper < -ROUNDING);
        against.extend(value.map(|found| Refusal::BelowIncumbent {
            lower: found.lower,
            upper: found.upper,
            least,
        }));
        let above = |evaluation: Option<&Evaluation>, most: f64| {
            let found = evaluation.and_then(difference)?;
            (found.upper > most).then_some(found.upper)
        };
        let most = self.harm_margin;
        let harm = above(case.harm, most).map(|upper| Refusal::MoreHarm { upper, most });
        let most = self.contact_margin;
        let contacts =
            above(case.contacts, most).map(|upper| Refusal::MoreContacts { upper, most });
        against.extend(harm.into_iter().chain(contacts));
        against
    }

    fn parity_of(&self, group: &GroupParity) -> Option<Refusal> {
        let [low, high] = self.parity;
        let unequal = group.upper < low || group.lower > high;
        let worse = group.ratio.ln().abs() > group.incumbent.ln().abs() + ROUNDING;
        let judged = group.effective >= self.least_effective;
        (judged && unequal && worse).then(|| Refusal::LessParity {
            group: group.group.clone(),
            ratio: group.ratio,
            lower: group.lower,
            upper: group.upper,
            incumbent: group.incumbent,
        })
    }

    fn disagreement_of(&self, value: &Evaluation) -> Option<Refusal> {
        let found = value.disagreement?;
        let far = found.difference.abs() > self.disagreement * found.standard_error + ROUNDING;
        let errors = found.difference.abs() / found.standard_error;
        far.then_some(Refusal::ModelDisagrees { difference: found.difference, errors })
    }
}

fn has_factors(value: &Evaluation) -> bool {
    !value.levels.is_empty() || value.coverage.len() > 1
}

fn not_covered(value: &Evaluation) -> impl Iterator<Item = Refusal> + '_ {
    let has_factors = has_factors(value);
    let short = |weight: &Estimate| 1.0 - weight.value > FAR * weight.standard_error + ROUNDING;
    let places = value.coverage.iter().enumerate().filter(move |(_, weight)| short(weight));
    places.map(move |(factor, weight)| Refusal::NotCovered {
        factor: has_factors.then_some(factor),
        share: weight.value,
    })
}

fn other_propensities(value: &Evaluation) -> impl Iterator<Item = Refusal> + '_ {
    let has_factors = has_factors(value);
    let by_factor = value.coverage.iter().enumerate().filter(move |_| has_factors);
    let by_factor = by_factor.map(|(factor, weight)| (Some(factor), weight));
    let all = value.joint_weight.iter().map(|weight| (None, weight)).chain(by_factor);
    let heavy = |weight: &Estimate| weight.value - 1.0 > FAR * weight.standard_error + WRITTEN;
    all.filter(move |(_, weight)| heavy(weight))
        .map(|(factor, weight)| Refusal::OtherPropensities { factor, weight: weight.value })
}
