//! What spoke for an action, in words for staff and with numbers.

use std::collections::BTreeMap;

use crate::domain::decide::{Origin, Verdict};
use crate::domain::space::MaskedSpace;

/// Reasons shown.
const SHOWN: usize = 3;

/// The levels that stand out most among those permitted, strongest first.
pub fn reasons(space: &MaskedSpace, means: &[Vec<f64>], verdict: &Verdict) -> Vec<String> {
    let Some(action) = &verdict.action else { return Vec::new() };
    if verdict.origin == Origin::Explored {
        return vec!["drawn evenly from everything permitted, to learn from it".to_owned()];
    }
    let mut gains: Vec<(f64, String)> = action
        .iter()
        .enumerate()
        .filter_map(|(factor, level)| gain(space, means, factor, *level))
        .collect();
    gains.sort_by(|a, b| b.0.total_cmp(&a.0));
    gains.into_iter().take(SHOWN).map(|(_, text)| text).collect()
}

fn gain(
    space: &MaskedSpace,
    means: &[Vec<f64>],
    factor: usize,
    level: usize,
) -> Option<(f64, String)> {
    let permitted: Vec<f64> = means[factor]
        .iter()
        .zip(&space.allowed[factor])
        .filter_map(|(mean, allowed)| allowed.then_some(*mean))
        .collect();
    let count = f64::from(u32::try_from(permitted.len()).ok()?);
    let average = permitted.iter().sum::<f64>() / count;
    let mean = means[factor][level];
    let named = &space.factors[factor];
    let text = format!(
        "{}={}: expected {mean:.3} beside {average:.3} on average",
        named.name, named.levels[level]
    );
    (mean - average > 0.000_5).then_some((mean - average, text))
}

/// The expected reward of the chosen action: the base rate and what each level adds to it.
pub fn predicted(base: f64, means: &[Vec<f64>], verdict: &Verdict) -> BTreeMap<String, f64> {
    let Some(action) = &verdict.action else { return BTreeMap::new() };
    let gains = action.iter().zip(means).map(|(level, means)| means[*level] - base).sum::<f64>();
    [("reward".to_owned(), (base + gains).clamp(0.0, 1.0))].into()
}
