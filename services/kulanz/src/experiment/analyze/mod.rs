//! `kulanz experiment analyze`: a table of observations becomes a verdict.

mod error;
mod quantiles;
mod report;
mod table;
mod text;

use std::io::Read;

use kulanz_statistics::{
    ALARM, Adjustment, Comparison, Estimate, Metric, Moments, Refusal, Rules, compare,
    e_benjamini_hochberg, sample_ratio, sample_ratio_e_value,
};

pub use error::AnalyzeError;
use quantiles::quantiles;
pub use report::Analysis;
use report::{Adjusted, Arm, Beside, Both, Given, Quantile, Split};
pub use text::render;

use super::args::AnalyzeArgs;
use table::Units;

/// Reads a table and compares every arm with the control.
pub fn analyze(source: impl Read, args: &AnalyzeArgs) -> Result<Analysis, AnalyzeError> {
    let units = table::read(source, args)?;
    let control = control(&units.arms, args)?;
    let split = split(&units, args)?;
    let arms = units.observations.iter().map(Moments::from_observations);
    let quantiles = units.observations.iter().map(|arm| quantiles(arm, args)).collect();
    let experiment = Experiment {
        metric: kind(args, arms.clone())?,
        arms: arms.collect::<Result<_, _>>()?,
        names: units.arms,
        control,
        quantiles,
        adjusted: args.covariate.is_some(),
        rules: Rules { level: args.level, planned_units: args.at, ..Rules::default() },
    };
    Ok(Analysis {
        metric: args.metric.clone(),
        kind: experiment.metric,
        control: experiment.names[control].clone(),
        level: args.level.alpha(),
        planned_units: args.at,
        split,
        arms: experiment.arms()?,
        comparisons: experiment.comparisons()?,
    })
}

fn kind(
    args: &AnalyzeArgs,
    mut arms: impl Iterator<Item = Result<Moments, Refusal>>,
) -> Result<Metric, Refusal> {
    if args.denominator.is_some() {
        return Ok(Metric::Ratio);
    }
    let binary = arms.try_fold(true, |binary, arm: Result<Moments, Refusal>| {
        arm.map(|arm| binary && arm.is_binary())
    })?;
    Ok(if binary { Metric::Proportion } else { Metric::Mean })
}

/// The arm asked for; without one, the arm named control, or the first by name.
fn control(arms: &[String], args: &AnalyzeArgs) -> Result<usize, AnalyzeError> {
    match &args.control {
        Some(name) => place(arms, name, "--control"),
        None => Ok(arms.iter().position(|arm| arm.eq_ignore_ascii_case("control")).unwrap_or(0)),
    }
}

fn place(arms: &[String], name: &str, option: &'static str) -> Result<usize, AnalyzeError> {
    arms.iter().position(|arm| arm == name).ok_or_else(|| AnalyzeError::UnknownArm {
        option,
        arm: name.to_owned(),
        known: arms.join(", "),
    })
}

fn split(units: &Units, args: &AnalyzeArgs) -> Result<Split, AnalyzeError> {
    let counts: Vec<u64> = units.observations.iter().map(|arm| arm.len() as u64).collect();
    let weights = weights(&units.arms, args)?;
    let found = sample_ratio(&counts, &weights)?;
    let e_value = sample_ratio_e_value(&counts, &weights)?;
    Ok(Split {
        weights,
        weights_given: !args.weights.is_empty(),
        chi_square: found.statistic.min(f64::MAX),
        degrees: found.degrees,
        p_value: found.p_value,
        e_value: e_value.min(f64::MAX),
        alarm: e_value >= ALARM,
    })
}

fn weights(arms: &[String], args: &AnalyzeArgs) -> Result<Vec<f64>, AnalyzeError> {
    if args.weights.is_empty() {
        return Ok(vec![1.0; arms.len()]);
    }
    let mut shares = vec![None; arms.len()];
    for weight in &args.weights {
        let share = &mut shares[place(arms, &weight.arm, "--weights")?];
        if share.replace(weight.share).is_some() {
            return Err(AnalyzeError::TwoWeights(weight.arm.clone()));
        }
    }
    let given = |(share, arm): (Option<f64>, &String)| {
        share.ok_or_else(|| AnalyzeError::NoWeight(arm.clone()))
    };
    shares.into_iter().zip(arms).map(given).collect()
}

/// The arms of one metric, ready to be compared.
struct Experiment {
    metric: Metric,
    names: Vec<String>,
    arms: Vec<Moments>,
    control: usize,
    /// Those of each arm.
    quantiles: Vec<Vec<Given<Quantile>>>,
    adjusted: bool,
    rules: Rules,
}

impl Experiment {
    fn arms(&self) -> Result<Vec<Arm>, Refusal> {
        let all: Vec<&Moments> = self.arms.iter().collect();
        let adjustment = self.adjustment(&all)?;
        let mean = |arm: &Moments, adjustment: &Adjustment| {
            Given::from(Estimate::read(self.metric, arm, adjustment), |found| found.mean)
        };
        let arm = |((name, moments), quantiles): ((&String, &Moments), &Vec<_>)| Arm {
            arm: name.clone(),
            units: moments.units(),
            converted: moments.converted(),
            mean: mean(moments, &Adjustment::NONE),
            adjusted_mean: self.adjusted.then(|| mean(moments, &adjustment)),
            quantiles: quantiles.clone(),
        };
        Ok(self.names.iter().zip(&self.arms).zip(&self.quantiles).map(arm).collect())
    }

    fn comparisons(&self) -> Result<Vec<Beside>, Refusal> {
        let others = (0..self.arms.len()).filter(|arm| *arm != self.control);
        let found: Vec<_> = others.map(|arm| self.beside(arm)).collect::<Result<_, _>>()?;
        let e_values: Vec<f64> = found.iter().map(|(_, e_value)| *e_value).collect();
        let stands = e_benjamini_hochberg(&e_values, self.rules.level);
        let with = |((beside, _), stands)| Beside { stands, ..beside };
        Ok(found.into_iter().zip(stands).map(with).collect())
    }

    /// An arm beside the control, and the e-value that decides about it; 0 where there is none.
    fn beside(&self, arm: usize) -> Result<(Beside, f64), Refusal> {
        let pair = [&self.arms[self.control], &self.arms[arm]];
        let compared = |adjustment: &Adjustment| {
            compare(self.metric, pair[0], pair[1], adjustment, &self.rules)
        };
        let plain = compared(&Adjustment::NONE);
        let adjustment = self.adjustment(&pair)?;
        let adjusted = if self.adjusted { compared(&adjustment) } else { plain };
        let explained = variance(&adjusted).and_then(|left| Ok(1.0 - left / variance(&plain)?));
        let beside = Beside {
            arm: self.names[arm].clone(),
            observed: Given::from(plain, |found| Both::from(&found)),
            adjusted: self.adjusted.then(|| Adjusted {
                theta: adjustment.theta,
                variance_explained: Given::from(explained, |part| part),
                figures: Given::from(adjusted, |found| Both::from(&found)),
            }),
            stands: false,
        };
        let e_value = adjusted.and_then(|found| found.absolute?.always_valid);
        Ok((beside, e_value.map_or(0.0, |always| always.e_value)))
    }

    fn adjustment(&self, arms: &[&Moments]) -> Result<Adjustment, Refusal> {
        if self.adjusted {
            Adjustment::by_covariate(self.metric, arms)
        } else {
            Ok(Adjustment::NONE)
        }
    }
}

fn variance(found: &Result<Comparison, Refusal>) -> Result<f64, Refusal> {
    (*found)?.absolute.map(|reading| reading.difference.variance)
}

#[cfg(test)]
mod tests;
