//! How two arms differ, and how sure that is after a sample fixed beforehand.

use serde::{Deserialize, Serialize};

use crate::moments::count;
use crate::student::{two_sided_quantile, two_sided_tail};
use crate::{Estimate, Interval, Level, Refusal};

/// Against what a difference is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Treatment minus control, in the metric's unit.
    Absolute,
    /// The same divided by the control's mean: 0.05 is five per cent more.
    Relative,
}

/// A difference between treatment and control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Treatment minus control.
    pub effect: f64,
    /// The variance of the effect, above 0.
    pub variance: f64,
    /// Degrees of freedom by Welch and Satterthwaite.
    pub degrees: f64,
    /// Units of both arms together.
    pub units: u64,
}

impl Difference {
    /// Compares treatment with control.
    ///
    /// The relative variance is s₁²/(m₀²n₁) + s₀²m₁²/(m₀⁴n₀) with the unadjusted means (delta method,
    /// as gbstats has it).
    pub fn between(
        control: &Estimate,
        treatment: &Estimate,
        scale: Scale,
    ) -> Result<Self, Refusal> {
        let smaller = control.units.min(treatment.units);
        if smaller < 2 {
            return Err(Refusal::TooFewUnits { units: smaller });
        }
        if control.variance <= 0.0 || treatment.variance <= 0.0 {
            return Err(Refusal::NoVariance);
        }
        let (of_control, of_treatment) = (control.variance_of_mean(), treatment.variance_of_mean());
        let effect = treatment.mean - control.mean;
        let absolute = of_control + of_treatment;
        let (effect, variance) = match scale {
            Scale::Absolute => (effect, absolute),
            Scale::Relative if control.unadjusted == 0.0 => return Err(Refusal::NoBaseline),
            Scale::Relative => {
                let baseline = control.unadjusted;
                let ratio = treatment.unadjusted / baseline;
                let variance = (of_treatment + of_control * ratio * ratio) / (baseline * baseline);
                (effect / baseline, variance)
            }
        };
        let freedom = |variance: f64, units: u64| variance * variance / (count(units) - 1.0);
        let degrees = absolute * absolute
            / (freedom(of_control, control.units) + freedom(of_treatment, treatment.units));
        Ok(Self { effect, variance, degrees, units: control.units + treatment.units })
    }

    /// The standard error of the effect.
    pub fn standard_error(&self) -> f64 {
        self.variance.sqrt()
    }

    /// Where the effect lies, if the sample was fixed before anybody looked. Looking more than once
    /// makes it wrong far more often than the level says: use a sequence then.
    pub fn interval(&self, level: Level) -> Interval {
        let quantile = two_sided_quantile(level.alpha(), self.degrees);
        Interval::around(self.effect, quantile * self.standard_error())
    }

    /// How likely an effect of this size, either way, is by chance (Welch), under the same condition.
    pub fn p_value(&self) -> f64 {
        two_sided_tail(self.effect / self.standard_error(), self.degrees)
    }
}

#[cfg(test)]
mod tests;
