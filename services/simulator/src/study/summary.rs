use serde::Serialize;

use super::figures::{WorldFigures, rounded};

/// A distribution of uplifts over worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Uplift {
    /// Against whom.
    pub against: String,
    /// Median over the worlds.
    pub median: f64,
    /// The fifth percentile.
    pub low: f64,
    /// The ninety-fifth.
    pub high: f64,
    /// Share of worlds in which it is below zero.
    pub worlds_with_loss: f64,
}

/// One policy over all worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Its name.
    pub policy: String,
    /// Net euros a debtor within the horizon against each other policy.
    pub uplifts: Vec<Uplift>,
    /// Median of the uplift against static dunning within 90 days.
    pub uplift_90: f64,
    /// Median of the uplift of the last fifth of the hand-overs against static dunning.
    pub uplift_last_vintage: f64,
    /// The worst cumulative loss in any world.
    pub worst_cumulative_loss: f64,
    /// Median of the contacts for each 100 EUR paid.
    pub contacts_per_100_eur: f64,
    /// Median of the complaints for each 10,000 contacts.
    pub complaints_per_10_000_contacts: f64,
}

impl Summary {
    /// What a policy came to over all worlds, against each of the others.
    pub fn of(policy: &str, others: &[String], worlds: &[WorldFigures]) -> Self {
        let own: Vec<_> = worlds.iter().filter_map(|world| world.policy(policy)).collect();
        let median = |value: &dyn Fn(&super::PolicyFigures) -> f64| {
            quantile(own.iter().map(|figures| value(figures)).collect(), 0.5)
        };
        let others = others.iter().filter(|other| *other != policy);
        Self {
            policy: policy.to_owned(),
            uplifts: others.map(|other| uplift(policy, other, worlds)).collect(),
            uplift_90: median(&|figures| figures.uplift_90),
            uplift_last_vintage: median(&|figures| figures.uplift_last_vintage),
            worst_cumulative_loss: own
                .iter()
                .map(|figures| figures.worst_cumulative_loss)
                .fold(0.0, f64::max),
            contacts_per_100_eur: median(&|figures| figures.contacts_per_100_eur),
            complaints_per_10_000_contacts: median(&|figures| {
                figures.complaints as f64 / figures.contacts.max(1) as f64 * 10_000.0
            }),
        }
    }
}

fn uplift(policy: &str, other: &str, worlds: &[WorldFigures]) -> Uplift {
    let pairs = worlds.iter().filter_map(|world| world.policy(policy).zip(world.policy(other)));
    let uplifts: Vec<f64> = pairs
        .map(|(own, other)| own.net_eur_per_debtor / other.net_eur_per_debtor.max(0.01) - 1.0)
        .collect();
    let losses = uplifts.iter().filter(|uplift| **uplift < 0.0).count();
    let worlds = uplifts.len().max(1) as f64;
    Uplift {
        against: other.to_owned(),
        median: quantile(uplifts.clone(), 0.5),
        low: quantile(uplifts.clone(), 0.05),
        high: quantile(uplifts, 0.95),
        worlds_with_loss: rounded(losses as f64 / worlds),
    }
}

/// A quantile, between neighbours by straight line; 0 where there is nothing.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = share * values.len().saturating_sub(1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    match (values.get(below), values.get(above)) {
        (Some(low), Some(high)) => rounded(low + (high - low) * place.fract()),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_lie_on_the_line_between_neighbours() {
        let values = vec![3.0, 1.0, 2.0, 5.0, 4.0];
        assert!((quantile(values.clone(), 0.5) - 3.0).abs() < 1e-9);
        assert!((quantile(values, 0.05) - 1.2).abs() < 1e-9);
        assert!(quantile(Vec::new(), 0.5).abs() < 1e-9);
    }
}
