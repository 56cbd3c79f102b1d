//! CUPED: what a covariate from before exposure explains is no noise (Deng, Xu, Kohavi, Walker 2013).

use crate::metric::covariance_with_covariate;
use crate::moments::{Moments, Quantity, count};
use crate::{Metric, Refusal};

/// How much of the covariate is taken off each outcome: y' = y - θ(x - centre).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Adjustment {
    /// cov(y, x) / var(x) over all arms; 0 where nothing is adjusted.
    pub theta: f64,
    /// The mean of the covariate over all arms, so that adjusted means stay where they were.
    pub centre: f64,
}

impl Adjustment {
    /// None: every outcome counts as it is.
    pub const NONE: Self = Self { theta: 0.0, centre: 0.0 };

    /// The adjustment that leaves least variance. It must come from all arms that are compared: an
    /// adjustment of each arm by itself would take the effect away with the noise.
    ///
    /// For a mean or proportion the units are thrown together, as gbstats does; for a ratio, whose
    /// arms are linearised each around its own figure, covariances are pooled within arms.
    /// A covariate that does not vary adjusts nothing.
    pub fn by_covariate(metric: Metric, arms: &[&Moments]) -> Result<Self, Refusal> {
        let mut all = Moments::default();
        for arm in arms {
            all.merge(arm);
        }
        let centre = all.mean(Quantity::Covariate);
        let (covariance, variance) = match metric {
            Metric::Proportion | Metric::Mean => (
                all.covariance(Quantity::Outcome, Quantity::Covariate),
                all.variance(Quantity::Covariate),
            ),
            Metric::Ratio => within(arms)?,
        };
        let theta = if variance > 0.0 { covariance / variance } else { 0.0 };
        Ok(Self { theta, centre })
    }
}

fn within(arms: &[&Moments]) -> Result<(f64, f64), Refusal> {
    let (mut covariance, mut variance) = (0.0, 0.0);
    for arm in arms.iter().filter(|arm| arm.units() > 1) {
        let freedom = count(arm.units()) - 1.0;
        covariance += freedom * covariance_with_covariate(Metric::Ratio, arm)?;
        variance += freedom * arm.variance(Quantity::Covariate);
    }
    Ok((covariance, variance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Estimate, Observation, Sums};
    use proptest::prelude::*;

    fn arm(sums: Sums) -> Moments {
        Moments::from_sums(&sums).unwrap()
    }

    #[test]
    fn theta_is_that_of_the_reference_engine() {
        let control =
            arm(Sums::mean(3000, 9000.0, 60000.0).with_covariate(6000.0, 30000.0, 36000.0));
        let treated =
            arm(Sums::mean(3100, 9600.0, 64000.0).with_covariate(6250.0, 31500.0, 38000.0));
        let found = Adjustment::by_covariate(Metric::Mean, &[&control, &treated]).unwrap();
        assert!((found.theta - 0.993_169_323_0).abs() < 1e-10, "{}", found.theta);
    }

    #[test]
    fn a_covariate_that_does_not_vary_adjusts_nothing() {
        let outcomes =
            [1.0, 2.0, 4.0].map(|y| Observation { covariate: 7.0, ..Observation::of(y) });
        let arm = Moments::from_observations(&outcomes).unwrap();
        let found = Adjustment::by_covariate(Metric::Mean, &[&arm]).unwrap();
        assert_eq!(found, Adjustment { theta: 0.0, centre: 7.0 });
    }

    proptest! {
        #[test]
        fn over_one_arm_the_adjustment_never_adds_variance_and_keeps_the_mean(
            units in prop::collection::vec((0.0f64..9.0, 0.0f64..9.0, 1.0f64..3.0), 3..40),
            metric in prop::sample::select(vec![Metric::Mean, Metric::Ratio]),
        ) {
            let units: Vec<_> = units.into_iter().map(|(outcome, covariate, denominator)| {
                Observation { outcome, covariate, denominator }
            }).collect();
            let arm = Moments::from_observations(&units).unwrap();
            let adjustment = Adjustment::by_covariate(metric, &[&arm]).unwrap();
            let plain = Estimate::read(metric, &arm, &Adjustment::NONE).unwrap();
            let adjusted = Estimate::read(metric, &arm, &adjustment).unwrap();
            prop_assert!(adjusted.variance <= plain.variance + 1e-9);
            prop_assert!((adjusted.mean - plain.mean).abs() < 1e-9);
        }

        #[test]
        fn a_ratio_over_one_is_adjusted_like_a_mean(
            units in prop::collection::vec((0.0f64..9.0, 0.0f64..9.0), 3..40),
        ) {
            let units: Vec<_> = units.into_iter()
                .map(|(outcome, covariate)| Observation { covariate, ..Observation::of(outcome) })
                .collect();
            let arm = Moments::from_observations(&units).unwrap();
            let of = |metric| {
                let adjustment = Adjustment::by_covariate(metric, &[&arm]).unwrap();
                Estimate::read(metric, &arm, &adjustment).unwrap()
            };
            prop_assert!((of(Metric::Mean).variance - of(Metric::Ratio).variance).abs() < 1e-9);
        }
    }
}
