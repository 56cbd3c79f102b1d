//! What a metric's mean is and how much one unit tells about it.

use serde::{Deserialize, Serialize};

use crate::moments::{Moments, Quantity, count};
use crate::{Adjustment, Refusal};

use Quantity::{Covariate, Denominator, Outcome};

/// How outcomes become a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The share of units with outcome 1.
    Proportion,
    /// The mean outcome per unit.
    Mean,
    /// Sum of outcomes over sum of denominators, such as euros collected per euro of cost.
    Ratio,
}

/// A metric in one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// How many units stand behind it.
    pub units: u64,
    /// The figure, adjusted for the covariate where one is used.
    pub mean: f64,
    /// The figure as observed.
    pub unadjusted: f64,
    /// The variance of one unit's contribution; that of the figure is this divided by the units.
    pub variance: f64,
}

impl Estimate {
    /// Reads a metric out of an arm, adjusted by what `adjustment` found over all arms.
    ///
    /// Variances are those of gbstats: p(1-p) for a proportion, divided by n-1 for a mean, and for a
    /// ratio M/D of per-unit means the delta method, s²(M)/D² - 2M s(M,D)/D³ + M² s²(D)/D⁴. Where
    /// gbstats gives up, at a proportion of exactly 0 or 1, the variance is that of one more unit of
    /// each outcome: no complaint among a hundred people is no certainty.
    pub fn read(
        metric: Metric,
        moments: &Moments,
        adjustment: &Adjustment,
    ) -> Result<Self, Refusal> {
        if moments.units() < 2 {
            return Err(Refusal::TooFewUnits { units: moments.units() });
        }
        let unadjusted = figure(metric, moments)?;
        let theta = adjustment.theta;
        let shift = theta * (moments.mean(Covariate) - adjustment.centre);
        let covariance = covariance_with_covariate(metric, moments)?;
        let explained = theta * theta * moments.variance(Covariate) - 2.0 * theta * covariance;
        Ok(Self {
            units: moments.units(),
            mean: unadjusted - shift,
            unadjusted,
            variance: (variance(metric, moments)? + explained).max(0.0),
        })
    }

    /// The variance of the figure.
    pub fn variance_of_mean(&self) -> f64 {
        self.variance / count(self.units)
    }
}

/// The figure as observed.
fn figure(metric: Metric, moments: &Moments) -> Result<f64, Refusal> {
    match metric {
        Metric::Proportion if !moments.is_binary() => Err(Refusal::NotBinary),
        Metric::Proportion | Metric::Mean => Ok(moments.mean(Outcome)),
        Metric::Ratio => Ok(moments.mean(Outcome) / denominator(moments)?),
    }
}

fn variance(metric: Metric, moments: &Moments) -> Result<f64, Refusal> {
    match metric {
        Metric::Proportion => {
            let (all, converted) = (moments.units(), moments.converted());
            let certain = converted == 0 || converted == all;
            let share = if certain {
                (count(converted) + 1.0) / (count(all) + 2.0)
            } else {
                moments.mean(Outcome)
            };
            Ok(share * (1.0 - share))
        }
        Metric::Mean => Ok(moments.variance(Outcome)),
        Metric::Ratio => {
            let below = denominator(moments)?;
            let ratio = moments.mean(Outcome) / below;
            let spread = moments.variance(Outcome)
                - 2.0 * ratio * moments.covariance(Outcome, Denominator)
                + ratio * ratio * moments.variance(Denominator);
            Ok(spread / (below * below))
        }
    }
}

/// How a unit's contribution goes with the covariate; for a ratio, the contribution is linearised:
/// (M - R·D) / mean(D).
pub(crate) fn covariance_with_covariate(metric: Metric, moments: &Moments) -> Result<f64, Refusal> {
    let of_outcome = moments.covariance(Outcome, Covariate);
    match metric {
        Metric::Proportion | Metric::Mean => Ok(of_outcome),
        Metric::Ratio => {
            let below = denominator(moments)?;
            let ratio = moments.mean(Outcome) / below;
            Ok((of_outcome - ratio * moments.covariance(Covariate, Denominator)) / below)
        }
    }
}

fn denominator(moments: &Moments) -> Result<f64, Refusal> {
    let mean = moments.mean(Denominator);
    if mean == 0.0 { Err(Refusal::NoDenominator) } else { Ok(mean) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, Sums};

    fn read(metric: Metric, sums: &Sums) -> Result<Estimate, Refusal> {
        Estimate::read(metric, &Moments::from_sums(sums).unwrap(), &Adjustment::NONE)
    }

    #[test]
    fn a_share_of_none_is_not_certain() {
        let found = read(Metric::Proportion, &Sums::proportion(98, 0)).unwrap();
        assert!(found.mean.abs() < f64::MIN_POSITIVE);
        assert!((found.variance - 0.01 * 0.99).abs() < 1e-15);
    }

    #[test]
    fn a_proportion_of_amounts_and_a_ratio_over_nothing_are_refused() {
        let amounts = [0.0, 1.0, 2.5].map(Observation::of);
        let arm = Moments::from_observations(&amounts).unwrap();
        let found = Estimate::read(Metric::Proportion, &arm, &Adjustment::NONE);
        assert_eq!(found, Err(Refusal::NotBinary));
        let over_nothing = Sums::mean(10, 5.0, 5.0).over(0.0, 0.0, 0.0);
        assert_eq!(read(Metric::Ratio, &over_nothing), Err(Refusal::NoDenominator));
    }
}
