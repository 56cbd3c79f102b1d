//! Quantiles of the outcome in one arm.

use kulanz_statistics::{Observation, Ranks, Refusal};

use super::report::{Bounds, Given, Quantile};
use crate::experiment::args::AnalyzeArgs;

/// The quantiles asked for, in the order asked.
pub(super) fn quantiles(units: &[Observation], args: &AnalyzeArgs) -> Vec<Given<Quantile>> {
    if args.quantile.is_empty() {
        return Vec::new();
    }
    let mut outcomes: Vec<f64> = units.iter().map(|unit| unit.outcome).collect();
    outcomes.sort_by(f64::total_cmp);
    let given = |part: &f64| Given::from(quantile(&outcomes, *part, args), |found| found);
    args.quantile.iter().map(given).collect()
}

fn quantile(sorted: &[f64], part: f64, args: &AnalyzeArgs) -> Result<Quantile, Refusal> {
    let units = sorted.len() as u64;
    let bounds = |ranks: Ranks| {
        let (lower, upper) = ranks.values(sorted);
        Bounds { lower, upper }
    };
    let point = usize::try_from(Ranks::point(units, part)).unwrap_or(usize::MAX);
    // Planned are the units of two arms.
    let planned = (args.at / 2).max(1);
    Ok(Quantile {
        part,
        fixed: bounds(Ranks::fixed(units, part, args.level)?),
        always_valid: bounds(Ranks::sequential(units, part, args.level, planned)?),
        value: sorted.get(point.saturating_sub(1)).copied().unwrap_or_default(),
    })
}
