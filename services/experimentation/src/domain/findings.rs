//! What an experiment shows, and what follows from it.

use kulanz_statistics::{
    ALARM, Interval, Level, Refusal, Rules, compare_strata, e_benjamini_hochberg, sample_ratio,
    sample_ratio_e_value,
};

mod guardrails;
mod sample;

pub use guardrails::{Standing, Verdict};
use guardrails::{verdicts, worse_by};
use sample::Sample;

use super::experiment::Design;
use super::measure::Measure;
use super::totals::Totals;

/// One measure of one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The arm, by its place; 0 is the control.
    pub arm: usize,
    /// The measure.
    pub measure: Measure,
    /// People.
    pub units: u64,
    /// Mean per person, adjusted for what was known before. Where weights changed, versions are mixed as the
    /// comparison with the control weighs them; in the control itself, by its people.
    pub mean: f64,
    /// The control's mean in the same mix: what the difference is to. `None` where nothing can be compared.
    pub control_mean: Option<f64>,
    /// What sets the arm apart from the control; `Err` says why nothing is said.
    pub effect: Result<Effect, String>,
    /// Whether the covariate sharpened it.
    pub adjusted: bool,
    /// Whether it stands among all findings.
    pub discovery: bool,
}

/// A difference to the control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Treatment minus control.
    pub difference: f64,
    /// The same as a part of the control's mean, where that is not too small.
    pub relative: Option<f64>,
    /// Holds however often one looks.
    pub always: Interval,
    /// For one single look.
    pub fixed: Interval,
    /// Holds however often one looks.
    pub p_value: f64,
    /// Evidence against no difference.
    pub e_value: f64,
}

/// Is the split as planned?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Of the chi-square test, for display.
    pub p_value: f64,
    /// Holds however often one looks.
    pub e_value: f64,
}

impl Split {
    /// Nothing else can be trusted then.
    pub fn is_broken(self) -> bool {
        self.e_value >= ALARM
    }
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Nothing is known yet.
    Wait,
    /// An arm surely does harm.
    StopForHarm,
    /// An arm is surely better, and surely not worse by the margins.
    Ship,
    /// As many people as planned are in and no arm sets itself apart.
    NoDifference,
    /// Assignment or logging is at fault.
    BrokenSplit,
}

/// Everything that an experiment shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// By measure, then by arm.
    pub findings: Vec<Finding>,
    /// By bound, then by arm.
    pub verdicts: Vec<Verdict>,
    /// The split.
    pub split: Split,
    /// What follows.
    pub advice: Advice,
}

/// Reads the sums, each version of the weights for itself: the primary measure, the guardrails and `further` ones.
pub fn analyse(
    design: &Design,
    totals: &Totals,
    further: &[Measure],
    include_open: bool,
) -> Result<Findings, Refusal> {
    let mut measures = vec![design.primary_metric];
    let bounded = design.guardrails.iter().map(|bound| bound.measure);
    for measure in bounded.chain(further.iter().copied()) {
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    let mut findings = Vec::new();
    for measure in measures {
        findings.extend(of_measure(design, totals, measure, include_open));
    }
    mark_discoveries(&mut findings);
    let verdicts = verdicts(design, totals, &findings)?;
    let split = split(design, totals)?;
    let advice = advice(design, &findings, &verdicts, split);
    Ok(Findings { findings, verdicts, split, advice })
}

fn of_measure(
    design: &Design,
    totals: &Totals,
    measure: Measure,
    include_open: bool,
) -> Vec<Finding> {
    let sample = Sample::of(design, totals, measure, include_open);
    let finding = |arm: usize| {
        let rules = Rules { planned_units: design.planned_pair(arm).max(1), ..Rules::default() };
        let compared = compare_strata(sample.metric, &sample.beside_control(arm), &rules);
        let (units, observed) = sample.observed(arm);
        let effect = if arm == 0 {
            Err(String::new())
        } else {
            compared.and_then(|comparison| effect(&comparison)).map_err(|why| why.to_string())
        };
        Finding {
            arm,
            measure,
            units,
            mean: compared.map_or(observed, |comparison| comparison.treatment.mean),
            control_mean: compared.ok().map(|comparison| comparison.control.mean),
            effect,
            adjusted: sample.is_adjusted(),
            discovery: false,
        }
    };
    (0..design.arms.len()).map(finding).collect()
}

fn effect(comparison: &kulanz_statistics::Comparison) -> Result<Effect, Refusal> {
    let absolute = comparison.absolute?;
    let always = absolute.always_valid?;
    Ok(Effect {
        difference: absolute.difference.effect,
        relative: comparison.relative.ok().map(|reading| reading.difference.effect),
        always: always.interval,
        fixed: absolute.interval,
        p_value: always.p_value,
        e_value: always.e_value,
    })
}

/// e-BH over all treatments and measures; what is not said yet is no evidence.
fn mark_discoveries(findings: &mut [Finding]) {
    let mut treatments: Vec<_> = findings.iter_mut().filter(|finding| finding.arm > 0).collect();
    let evidence = |finding: &&mut Finding| finding.effect.as_ref().map_or(1.0, |it| it.e_value);
    let e_values: Vec<f64> = treatments.iter().map(evidence).collect();
    let stand = e_benjamini_hochberg(&e_values, Level::FIVE_PERCENT);
    for (finding, stands) in treatments.iter_mut().zip(stand) {
        finding.discovery = stands;
    }
}

/// People are compared with the weights under which they came: bets on different people multiply, and of
/// the tests the strongest is shown, times their number (Bonferroni).
fn split(design: &Design, totals: &Totals) -> Result<Split, Refusal> {
    let arms = design.arm_keys();
    let (mut tests, mut least, mut e_value) = (0.0, 1.0_f64, 1.0);
    for (version, people) in totals.split(&arms) {
        let weights = design.weights_of(version);
        // Where everyone goes into one arm there is no split.
        if weights.iter().filter(|weight| **weight > 0.0).count() < 2 {
            continue;
        }
        tests += 1.0;
        least = least.min(sample_ratio(&people, &weights)?.p_value);
        e_value *= sample_ratio_e_value(&people, &weights)?;
    }
    Ok(Split { p_value: (least * f64::max(tests, 1.0)).min(1.0), e_value })
}

fn advice(design: &Design, findings: &[Finding], verdicts: &[Verdict], split: Split) -> Advice {
    let primary = |finding: &&Finding| finding.measure == design.primary_metric;
    let treatments: Vec<_> = findings.iter().filter(primary).filter(|it| it.arm > 0).collect();
    let worse_by = |finding: &Finding| {
        let effect = finding.effect.as_ref().ok()?;
        Some(worse_by(finding.measure, effect.always))
    };
    let harms = |finding: &&Finding| worse_by(finding).is_some_and(|by| by.lower > 0.0);
    let safe = |arm: usize| {
        let mut of = verdicts.iter().filter(|verdict| verdict.arm == arm);
        of.all(|verdict| verdict.standing == Standing::Safe)
    };
    let wins = |finding: &&Finding| {
        finding.discovery && worse_by(finding).is_some_and(|by| by.upper < 0.0) && safe(finding.arm)
    };
    let planned: u64 = design.planned_units;
    let units: u64 = findings.iter().filter(primary).map(|finding| finding.units).sum();
    let nothing = |finding: &&Finding| worse_by(finding).is_some_and(|by| by.contains(0.0));
    if split.is_broken() {
        Advice::BrokenSplit
    } else if treatments.iter().copied().any(|finding| harms(&finding))
        || verdicts.iter().any(|verdict| verdict.standing == Standing::Harmful)
    {
        Advice::StopForHarm
    } else if treatments.iter().copied().any(|finding| wins(&finding)) {
        Advice::Ship
    } else if units >= planned.max(1) && treatments.iter().copied().all(|finding| nothing(&finding))
    {
        Advice::NoDifference
    } else {
        Advice::Wait
    }
}

#[cfg(test)]
mod tests;
