//! What the bounds on getting worse say.

use kulanz_statistics::{Guardrail, Interval, Level, Refusal, Sequence, Worse, more_harm};

use super::Finding;
use super::sample::Sample;
use crate::domain::experiment::{Bound, Design};
use crate::domain::measure::Measure;
use crate::domain::totals::Totals;

/// What a bound on getting worse says of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The arm, by its place.
    pub arm: usize,
    /// The measure.
    pub measure: Measure,
    /// How much worse the arm is; unbounded while nothing is known.
    pub worse_by: Interval,
    /// What that means.
    pub standing: Standing,
}

/// Whether an arm does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Surely not worse by the margin, and not surely worse at all.
    Safe,
    /// Surely worse.
    Harmful,
    /// Neither is known.
    Open,
}

/// Holds the findings against the guardrails of the design.
pub(super) fn verdicts(
    design: &Design,
    totals: &Totals,
    findings: &[Finding],
) -> Result<Vec<Verdict>, Refusal> {
    let mut verdicts = Vec::new();
    for bound in &design.guardrails {
        let guardrail = Guardrail::new(bound.measure.worse(), bound.margin)?;
        let signs = signs_of_harm(design, totals, bound);
        let of = findings.iter().filter(|it| it.measure == bound.measure && it.arm > 0);
        let verdicts_of = of.map(|finding| {
            let early = signs.as_ref().and_then(|signs| early(design, signs, finding.arm));
            verdict(finding, &guardrail, early)
        });
        verdicts.extend(verdicts_of);
    }
    Ok(verdicts)
}

/// Of everybody, whether or not their days are over: who complains does so soon.
fn signs_of_harm(design: &Design, totals: &Totals, bound: &Bound) -> Option<Sample> {
    let sample = || Sample::of(design, totals, bound.measure, true);
    bound.measure.is_sign_of_harm().then(sample)
}

fn early(design: &Design, signs: &Sample, arm: usize) -> Option<Interval> {
    let planned = design.planned_pair(arm).max(1);
    let sequence = Sequence::planned(Level::FIVE_PERCENT, planned).ok()?;
    more_harm(&signs.beside_control(arm), &sequence).ok()
}

/// Harm is read from the early signs where there are any, and only from them: two readings would be wrong
/// twice as often. That an arm is safe is said by the finding alone, and so from fifty conversions in each arm
/// on, after all their days: little harm so far is no promise.
fn verdict(finding: &Finding, guardrail: &Guardrail, early: Option<Interval>) -> Verdict {
    let (arm, measure) = (finding.arm, finding.measure);
    let complete = finding.effect.as_ref().ok().map(|effect| effect.always);
    let first = early.or(complete);
    let (shown, standing) = if first.is_some_and(|first| guardrail.is_harmed(first)) {
        (first, Standing::Harmful)
    } else if complete.is_some_and(|complete| guardrail.is_kept(complete)) {
        (complete, Standing::Safe)
    } else {
        (first, Standing::Open)
    };
    let unbounded = Interval { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
    let worse_by = shown.map_or(unbounded, |shown| worse_by(measure, shown));
    Verdict { arm, measure, worse_by, standing }
}

/// How much worse the treatment is, from how much larger.
pub(super) fn worse_by(measure: Measure, difference: Interval) -> Interval {
    match measure.worse() {
        Worse::Higher => difference,
        Worse::Lower => Interval { lower: -difference.upper, upper: -difference.lower },
    }
}
