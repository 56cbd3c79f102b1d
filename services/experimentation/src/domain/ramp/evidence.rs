//! What the steps of a ramp show together.

use kulanz_statistics::{
    Adjustment, Comparison, Difference, Interval, Level, Moments, PLANNED_UNITS, Refusal, Rules,
    Sequence, compare,
};

use super::Seen;
use crate::domain::measure::Measure;
use crate::domain::totals::Totals;

/// The arm of the static policy: the control.
pub const STATIC: &str = "static";
/// The arm of the promoted one.
pub const POLICY: &str = "policy";

/// Persons with money on either side before anything is said of it.
const CONVERSIONS: u64 = 50;
/// Complaints on both sides together before anything is said of them: few are enough to end what does harm.
const COMPLAINTS: u64 = 20;

/// Reads the sums of the steps, the first step first. Money counts of persons whose outcome is complete,
/// complaints of everybody: who complains does so soon.
pub fn evidence(steps: &[Totals]) -> Result<Seen, Refusal> {
    let moments = |totals: &Totals, arm, measure, open| totals.moments(arm, measure, open);
    let units = |totals: &Totals, arm| moments(totals, arm, Measure::Paid, false).units();
    let sum = |arm| steps.iter().map(|totals| units(totals, arm)).sum();
    let step_units = steps.last().map_or(0, |last| units(last, POLICY).min(units(last, STATIC)));
    Ok(Seen {
        units: sum(POLICY),
        static_units: sum(STATIC),
        step_units,
        value: value(steps)?,
        harm: harm(steps)?,
    })
}

fn value(steps: &[Totals]) -> Result<Option<Interval>, Refusal> {
    let measure = Measure::RecoveredAmount;
    let mut converted = [0, 0];
    let mut differences = Vec::new();
    for totals in steps {
        let arms = [STATIC, POLICY].map(|arm| totals.moments(arm, measure, false));
        for (sum, arm) in converted.iter_mut().zip(&arms) {
            *sum += arm.converted();
        }
        let found = compared(measure, &arms).and_then(|found| found.relative);
        differences.extend(found.ok().map(|reading| reading.difference));
    }
    let enough = converted.iter().all(|converted| *converted >= CONVERSIONS);
    if enough { together(&differences) } else { Ok(None) }
}

fn harm(steps: &[Totals]) -> Result<Option<Interval>, Refusal> {
    let measure = Measure::Complaint;
    let mut complaints = 0;
    let mut differences = Vec::new();
    for totals in steps {
        let arms = [STATIC, POLICY].map(|arm| totals.moments(arm, measure, true));
        complaints += arms.iter().map(Moments::converted).sum::<u64>();
        let found = compared(measure, &arms).and_then(|found| found.absolute);
        differences.extend(found.ok().map(|reading| reading.difference));
    }
    if complaints >= COMPLAINTS { together(&differences) } else { Ok(None) }
}

fn compared(measure: Measure, arms: &[Moments; 2]) -> Result<Comparison, Refusal> {
    let metric = measure.metric();
    let adjustment = Adjustment::by_covariate(metric, &[&arms[0], &arms[1]])?;
    compare(metric, &arms[0], &arms[1], &adjustment, &Rules::default())
}

/// One confidence sequence over differences of several steps, each weighed by how well it is known.
fn together(differences: &[Difference]) -> Result<Option<Interval>, Refusal> {
    let precision: f64 = differences.iter().map(|one| 1.0 / one.variance).sum();
    if precision <= 0.0 || !precision.is_finite() {
        return Ok(None);
    }
    let weighed: f64 = differences.iter().map(|one| one.effect / one.variance).sum();
    let all = Difference {
        effect: weighed / precision,
        variance: 1.0 / precision,
        degrees: differences.iter().map(|one| one.degrees).sum(),
        units: differences.iter().map(|one| one.units).sum(),
    };
    let sequence = Sequence::planned(Level::FIVE_PERCENT, PLANNED_UNITS)?;
    Ok(Some(sequence.interval(&all)))
}
