//! Whether a target treats one group of people much better or worse than the others.

use std::collections::BTreeMap;

use serde::Serialize;

use super::estimate::{Estimate, Estimator, NORMAL_95, Valued, evaluate};
use super::log::{LogError, LoggedAction};

/// A group's value under the target as a part of everyone else's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupParity {
    /// The group.
    pub group: String,
    /// Effective sample size within it.
    pub effective: f64,
    /// Its value over that of the others, under the target.
    pub ratio: f64,
    /// Lower end of the ratio's 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The same ratio as the log's own policies had it.
    pub incumbent: f64,
}

/// The ratio of each group that has one: both sides need two decisions and a value above 0. `groups` names
/// the group of each decision, in the order of the log.
pub fn parity(log: &[LoggedAction], groups: &[String]) -> Result<Vec<GroupParity>, LogError> {
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for group in groups {
        *members.entry(group).or_default() += 1;
    }
    let judged = |group: &&str| members[group] >= 2 && log.len() - members[group] >= 2;
    let mut found = Vec::new();
    for group in members.keys().copied().filter(judged) {
        found.extend(beside(log, groups, group)?);
    }
    Ok(found)
}

fn beside(
    log: &[LoggedAction],
    groups: &[String],
    group: &str,
) -> Result<Option<GroupParity>, LogError> {
    let side = |inside: bool| -> Vec<LoggedAction> {
        let rows = log.iter().zip(groups).filter(|(_, own)| (own.as_str() == group) == inside);
        rows.map(|(logged, _)| logged.clone()).collect()
    };
    let (inside, others) = (evaluate(&side(true))?, evaluate(&side(false))?);
    // The same estimator on both sides, or the ratio would compare estimators.
    let of = |estimator| Some((*inside.by(estimator)?, *others.by(estimator)?));
    let order = [Estimator::DrSlate, Estimator::Slate, Estimator::Dr, Estimator::Snips];
    let Some((own, rest)) = order.into_iter().find_map(of) else { return Ok(None) };
    let known = ratio(inside.incumbent, others.incumbent);
    Ok(known.and_then(|known| GroupParity::new(group, &own, &rest, known.0)))
}

impl GroupParity {
    fn new(group: &str, own: &Valued, rest: &Valued, incumbent: f64) -> Option<Self> {
        let (ratio, spread) = ratio(own.value, rest.value)?;
        let factor = (NORMAL_95 * spread).exp();
        Some(Self {
            group: group.to_owned(),
            effective: own.effective,
            ratio,
            lower: ratio / factor,
            upper: ratio * factor,
            incumbent,
        })
    }
}

/// A ratio and the standard error of its logarithm, by the delta method; the sides are independent.
fn ratio(own: Estimate, rest: Estimate) -> Option<(f64, f64)> {
    if own.value <= 0.0 || rest.value <= 0.0 {
        return None;
    }
    let relative = |side: Estimate| (side.standard_error / side.value).powi(2);
    Some((own.value / rest.value, (relative(own) + relative(rest)).sqrt()))
}
