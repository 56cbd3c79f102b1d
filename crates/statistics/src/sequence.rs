//! Confidence sequences: intervals that hold at every look together, however often one looks.
//!
//! Asymptotic, from a normal mixture: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv 2103.06476v7,
//! equations 9 (interval), 155 (p) and 161 (ρ). The mixture over effects with variance τ² = ρ²s² is
//! the mSPRT of Johari, Pekelis, Walsh; [`mixture_ratio`] is its usual form.

use crate::moments::count;
use crate::{Difference, Interval, Level, Refusal};

/// Where a sequence is narrowest when nothing is said: units of both arms together.
pub const PLANNED_UNITS: u64 = 10_000;

/// A confidence sequence of one level, tuned to one sample size. Both are fixed before the first look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence {
    level: Level,
    rho_squared: f64,
}

impl Sequence {
    /// One that is narrowest at `units`, both arms together. `GrowthBook`'s "sequential tuning
    /// parameter" is the same number.
    pub fn planned(level: Level, units: u64) -> Result<Self, Refusal> {
        if units == 0 {
            return Err(Refusal::EmptyPlan);
        }
        let spent = -2.0 * level.alpha().ln();
        Ok(Self { level, rho_squared: (spent + (spent + 1.0).ln()) / count(units) })
    }

    /// Where the effect lies: over all looks together it is left out with at most the level's
    /// probability.
    pub fn interval(&self, difference: &Difference) -> Interval {
        let half_width = self.multiplier(difference.units) * difference.standard_error();
        Interval::around(difference.effect, half_width)
    }

    /// How many standard errors the interval reaches to either side after so many units.
    pub fn multiplier(&self, units: u64) -> f64 {
        let scale = count(units) * self.rho_squared;
        let grown = scale + 1.0;
        (2.0 * grown / scale * (0.5 * grown.ln() - self.level.alpha().ln())).sqrt()
    }

    /// The logarithm of the e-value: what a bet against "no difference" has made of 1.
    pub fn ln_e_value(&self, difference: &Difference) -> f64 {
        let scale = count(difference.units) * self.rho_squared;
        let standardised = difference.effect * difference.effect / difference.variance;
        0.5 * scale * standardised / (scale + 1.0) - 0.5 * (scale + 1.0).ln()
    }

    /// The e-value; for the [choice among many findings](crate::e_benjamini_hochberg). It may be
    /// infinite.
    pub fn e_value(&self, difference: &Difference) -> f64 {
        self.ln_e_value(difference).exp()
    }

    /// The always-valid p-value of this look. The least of all looks so far is one, too.
    pub fn p_value(&self, difference: &Difference) -> f64 {
        (-self.ln_e_value(difference)).exp().min(1.0)
    }
}

/// The mixture likelihood ratio of the mSPRT for an effect with this variance, against 0, mixed over
/// effects with mean 0 and variance `tau_squared`.
pub fn mixture_ratio(effect: f64, variance: f64, tau_squared: f64) -> f64 {
    let total = variance + tau_squared;
    (variance / total).sqrt() * (tau_squared * effect * effect / (2.0 * variance * total)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adjustment, Estimate, Metric, Moments, Scale, Sums};
    use proptest::prelude::*;

    fn difference() -> Difference {
        let read = |units, converted| {
            let arm = Moments::from_sums(&Sums::proportion(units, converted)).unwrap();
            Estimate::read(Metric::Proportion, &arm, &Adjustment::NONE).unwrap()
        };
        let (control, treated) = (read(10_000, 600), read(10_100, 690));
        Difference::between(&control, &treated, Scale::Absolute).unwrap()
    }

    #[test]
    fn interval_and_p_are_those_of_the_reference_engine() {
        let sequence = Sequence::planned(Level::FIVE_PERCENT, 5_000).unwrap();
        let interval = sequence.interval(&difference());
        assert!((interval.lower + 0.002_491_508_38).abs() < 1e-10);
        assert!((interval.upper - 0.019_125_171_75).abs() < 1e-10);
        assert!((sequence.p_value(&difference()) - 0.346_013_848_5).abs() < 1e-10);
    }

    #[test]
    fn a_plan_without_units_is_refused() {
        assert_eq!(Sequence::planned(Level::FIVE_PERCENT, 0), Err(Refusal::EmptyPlan));
    }

    fn any_difference() -> impl Strategy<Value = Difference> {
        (-1.0f64..1.0, 1e-6f64..0.1, 10u64..1_000_000).prop_map(|(effect, variance, units)| {
            Difference { effect, variance, degrees: count(units), units }
        })
    }

    proptest! {
        #[test]
        fn zero_lies_outside_exactly_when_the_bet_has_won_one_over_alpha(
            found in any_difference(), planned in 1u64..1_000_000, alpha in 0.001f64..0.5,
        ) {
            let sequence = Sequence::planned(Level::new(alpha).unwrap(), planned).unwrap();
            let p = sequence.p_value(&found);
            prop_assume!((p / alpha - 1.0).abs() > 1e-9);
            prop_assert_eq!(sequence.interval(&found).contains(0.0), p > alpha);
        }

        #[test]
        fn the_sequence_is_the_mixture_ratio_of_the_msprt(found in any_difference(), planned in 1u64..1_000_000) {
            let sequence = Sequence::planned(Level::FIVE_PERCENT, planned).unwrap();
            let tau_squared = sequence.rho_squared * found.variance * count(found.units);
            let ratio = mixture_ratio(found.effect, found.variance, tau_squared).ln();
            prop_assume!(ratio.is_finite());
            prop_assert!((sequence.ln_e_value(&found) - ratio).abs() <= 1e-9 * (1.0 + ratio.abs()));
        }

        #[test]
        fn the_sequence_is_wider_than_the_fixed_interval_and_narrowest_near_its_plan(planned in 100u64..1_000_000) {
            let sequence = Sequence::planned(Level::FIVE_PERCENT, planned).unwrap();
            let at_plan = sequence.multiplier(planned);
            prop_assert!(at_plan > 1.96);
            // The width relative to its best at that sample, over all plans.
            let other = |factor: u64| Sequence::planned(Level::FIVE_PERCENT, planned * factor / 10).unwrap();
            for factor in [2, 50] {
                prop_assert!(at_plan < other(factor).multiplier(planned));
            }
        }

        #[test]
        fn with_more_units_the_interval_shrinks(units in 10u64..1_000_000, more in 1u64..1_000) {
            let sequence = Sequence::planned(Level::FIVE_PERCENT, PLANNED_UNITS).unwrap();
            let width = |units: u64| sequence.multiplier(units) / count(units).sqrt();
            prop_assert!(width(units + more) < width(units));
        }
    }
}
