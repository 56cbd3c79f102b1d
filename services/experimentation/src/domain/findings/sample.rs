//! A measure in all arms, as it is compared.

use kulanz_statistics::{Adjustment, Metric, Moments, Quantity, Stratum};

use crate::domain::experiment::Design;
use crate::domain::measure::Measure;
use crate::domain::totals::Totals;

/// The sums of a measure by version of the weights and arm.
pub struct Sample {
    /// How values become a figure.
    pub metric: Metric,
    versions: Vec<Version>,
}

struct Version {
    arms: Vec<Moments>,
    /// Of this version alone: what sets versions apart was not known of a person before.
    adjustment: Adjustment,
}

impl Sample {
    /// Takes the sums, with or without those whose outcome is still open.
    pub fn of(design: &Design, totals: &Totals, measure: Measure, include_open: bool) -> Self {
        let metric = measure.metric();
        let version = |arms: Vec<Moments>| {
            let adjustment = Adjustment::by_covariate(metric, &arms.iter().collect::<Vec<_>>());
            // An arm without a denominator is refused where it is read; the others can still be.
            Version { adjustment: adjustment.unwrap_or(Adjustment::NONE), arms }
        };
        let versions = totals.by_version(&design.arm_keys(), measure, include_open);
        Self { metric, versions: versions.into_iter().map(version).collect() }
    }

    /// An arm beside the control, the first version first.
    pub fn beside_control(&self, arm: usize) -> Vec<Stratum<'_>> {
        self.versions.iter().map(|version| version.beside_control(arm)).collect()
    }

    /// People of an arm, and its plain figure over all of them; 0 over nothing.
    pub fn observed(&self, arm: usize) -> (u64, f64) {
        let mut all = Moments::default();
        self.versions.iter().for_each(|version| all.merge(&version.arms[arm]));
        let denominator = all.sum(Quantity::Denominator);
        let figure =
            if denominator == 0.0 { 0.0 } else { all.sum(Quantity::Outcome) / denominator };
        (all.units(), figure)
    }

    /// Whether the covariate sharpens anything.
    pub fn is_adjusted(&self) -> bool {
        self.versions.iter().any(|version| version.adjustment.theta != 0.0)
    }
}

impl Version {
    fn beside_control(&self, arm: usize) -> Stratum<'_> {
        let (control, treatment) = (&self.arms[0], &self.arms[arm]);
        Stratum { control, treatment, adjustment: self.adjustment }
    }
}
