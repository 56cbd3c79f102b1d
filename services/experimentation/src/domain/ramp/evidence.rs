//! What the steps of a ramp show together.
//!
//! Whoever is decided about in several steps is compared in each of them, and a payment may fall into two of their
//! windows: the steps do not scatter independently. The scatter of what is weighed together is therefore counted
//! person by person, each with all of their steps (clusters; Liang and Zeger 1986).

use std::collections::BTreeMap;

use kulanz_statistics::{
    Adjustment, Difference, Estimate, Level, Moments, PLANNED_UNITS, Refusal, Rules, SIGNS_OF_HARM,
    Scale, Sequence, compare, no_surer_than_both,
};

use super::Seen;
use crate::domain::measure::Measure;
use crate::domain::totals::{Counted, Totals};

/// The arm of the static policy: the control.
pub const STATIC: &str = "static";
/// The arm of the promoted one.
pub const POLICY: &str = "policy";

/// Persons with money on either side before anything is said of it.
const CONVERSIONS: u64 = 50;

/// The sums of the steps, the first step first, and how far their people tie them together. Money counts of persons
/// whose outcome is complete, complaints of everybody: who complains does so soon.
pub struct Evidence {
    counted: Seen,
    value: Weighed,
    harm: Weighed,
    /// Money and complaints, by person; in a fixed order, so that the same people give the same sum.
    people: BTreeMap<String, [Pull; 2]>,
}

/// How far a person moves what is weighed together, over all of their steps.
#[derive(Debug, Clone, Copy, Default)]
struct Pull {
    sum: f64,
    squares: f64,
}

impl Evidence {
    /// Reads the sums.
    pub fn of(steps: &[Totals]) -> Self {
        let units = |totals: &Totals, arm| totals.moments(arm, Measure::Paid, false).units();
        let sum = |arm| steps.iter().map(|totals| units(totals, arm)).sum();
        let counted = Seen { units: sum(POLICY), static_units: sum(STATIC), ..Seen::default() };
        let (value, harm) = (Weighed::value(steps), Weighed::harm(steps));
        Self { counted, value, harm, people: BTreeMap::new() }
    }

    /// Takes in a person of a step, by its place. Everybody of every step once; needless where there is one step.
    pub fn meets(&mut self, step: usize, debtor_id: &str, person: &Counted) {
        let pulls = [self.value.pull(step, person), self.harm.pull(step, person)];
        let known = self.people.entry(debtor_id.to_owned()).or_default();
        for (known, pull) in known.iter_mut().zip(pulls) {
            known.sum += pull;
            known.squares += pull * pull;
        }
    }

    /// What is known.
    pub fn seen(&self) -> Result<Seen, Refusal> {
        let sequence = Sequence::planned(Level::FIVE_PERCENT, PLANNED_UNITS)?;
        let interval = |all: Option<Difference>| all.map(|all| sequence.interval(&all));
        let harm = self.harm.together(self.shared(1));
        Ok(Seen { value: interval(self.money()), harm: interval(harm), ..self.counted.clone() })
    }

    /// The difference in money, relative to the static policy.
    pub(super) fn money(&self) -> Option<Difference> {
        self.value.together(self.shared(0))
    }

    /// The variance that comes of people being in several steps.
    fn shared(&self, measure: usize) -> f64 {
        let pulls = self.people.values().map(|pulls| pulls[measure]);
        pulls.map(|pull| pull.sum * pull.sum - pull.squares).sum()
    }
}

/// A measure over all steps, each weighed by how well it is known.
struct Weighed {
    measure: Measure,
    include_open: bool,
    /// By step; `None` where nothing can be read.
    steps: Vec<Option<Step>>,
    /// Whether enough has happened for anything to be said.
    enough: bool,
}

impl Weighed {
    fn value(steps: &[Totals]) -> Self {
        let mut all = Self::new(Measure::RecoveredAmount, false);
        let mut converted = [0, 0];
        for totals in steps {
            let arms = all.arms(totals);
            for (sum, arm) in converted.iter_mut().zip(&arms) {
                *sum += arm.converted();
            }
            all.steps.push(Step::of(all.measure, &arms, Scale::Relative));
        }
        all.enough = converted.iter().all(|converted| *converted >= CONVERSIONS);
        all
    }

    fn harm(steps: &[Totals]) -> Self {
        let mut all = Self::new(Measure::Complaint, true);
        let mut complaints = 0;
        for totals in steps {
            let arms = all.arms(totals);
            complaints += arms.iter().map(Moments::converted).sum::<u64>();
            let step = Step::of(all.measure, &arms, Scale::Absolute);
            all.steps.push(step.map(|step| step.sure_of_no_share(&arms)));
        }
        all.enough = complaints >= SIGNS_OF_HARM;
        all
    }

    const fn new(measure: Measure, include_open: bool) -> Self {
        Self { measure, include_open, steps: Vec::new(), enough: false }
    }

    /// The static policy first.
    fn arms(&self, totals: &Totals) -> [Moments; 2] {
        [STATIC, POLICY].map(|arm| totals.moments(arm, self.measure, self.include_open))
    }

    fn known(&self) -> impl Iterator<Item = &Difference> {
        self.steps.iter().flatten().map(|step| &step.difference)
    }

    fn precision(&self) -> f64 {
        self.known().map(|one| 1.0 / one.variance).sum()
    }

    /// How far a person moves the whole by what came of a step.
    fn pull(&self, step: usize, person: &Counted) -> f64 {
        let step = self.steps.get(step).and_then(Option::as_ref);
        let outcome = person.values.get(&self.measure);
        let (Some(step), Some(outcome)) = (step, outcome) else { return 0.0 };
        if !(person.matured || self.include_open) {
            return 0.0;
        }
        let weight = 1.0 / step.difference.variance / self.precision();
        weight * step.pull(&person.arm, *outcome, person.covariate.unwrap_or(0.0))
    }

    /// One difference over all steps. People who change sides from step to step may make it scatter less than as many
    /// others would; that is not counted on.
    fn together(&self, shared: f64) -> Option<Difference> {
        let precision = self.precision();
        if !self.enough || precision <= 0.0 || !precision.is_finite() {
            return None;
        }
        let weighed: f64 = self.known().map(|one| one.effect / one.variance).sum();
        Some(Difference {
            effect: weighed / precision,
            variance: 1.0 / precision + shared.max(0.0),
            degrees: self.known().map(|one| one.degrees).sum(),
            units: self.known().map(|one| one.units).sum(),
        })
    }
}

/// One measure in one step.
struct Step {
    difference: Difference,
    adjustment: Adjustment,
    control: Estimate,
    treatment: Estimate,
    /// What the difference is divided by.
    baseline: f64,
    /// How far the control counts beside the treatment.
    ratio: f64,
}

impl Step {
    /// `None` where the arms cannot be compared yet.
    fn of(measure: Measure, [control, treatment]: &[Moments; 2], scale: Scale) -> Option<Self> {
        let metric = measure.metric();
        let adjustment = Adjustment::by_covariate(metric, &[control, treatment]).ok()?;
        let found = compare(metric, control, treatment, &adjustment, &Rules::default()).ok()?;
        let (control, treatment) = (found.control, found.treatment);
        let (reading, baseline, ratio) = match scale {
            Scale::Absolute => (found.absolute, 1.0, 1.0),
            Scale::Relative => {
                let baseline = control.unadjusted;
                (found.relative, baseline, treatment.unadjusted / baseline)
            }
        };
        let difference = reading.ok()?.difference;
        Some(Self { difference, adjustment, control, treatment, baseline, ratio })
    }

    /// A side that happens to have no complaint is not sure to have none: the scatter of rare signs is not taken below
    /// that of both sides together, as in experiments.
    fn sure_of_no_share(mut self, [control, treatment]: &[Moments; 2]) -> Self {
        self.difference = no_surer_than_both(self.difference, control, treatment);
        self
    }

    /// How far a person moves the difference: what sets them apart from the mean of their arm, linearised as the
    /// difference's variance is.
    fn pull(&self, arm: &str, outcome: f64, covariate: f64) -> f64 {
        let Adjustment { theta, centre } = self.adjustment;
        let apart = |of: &Estimate| {
            (outcome - theta * (covariate - centre) - of.mean) / count(of.units) / self.baseline
        };
        if arm == POLICY { apart(&self.treatment) } else { -self.ratio * apart(&self.control) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 persons")]
const fn count(units: u64) -> f64 {
    units as f64
}
