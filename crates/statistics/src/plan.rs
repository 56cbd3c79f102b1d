//! What an experiment can show before it starts.

use crate::moments::count;
use crate::student::normal_quantile;
use crate::{Level, Refusal, Sequence};

/// How often the result will be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// Once, after a sample fixed beforehand.
    Once,
    /// Whenever one likes, through a [`Sequence`] narrowest at so many units of both arms together.
    Always {
        /// The units.
        planned_units: u64,
    },
}

/// A comparison of two arms as it is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The variance of one unit: p(1-p) for a share p.
    pub variance: f64,
    /// How often a difference may be found where there is none.
    pub level: Level,
    /// How often a true difference is to be found: 0.8 is usual.
    pub power: f64,
    /// How often one looks.
    pub looks: Looks,
}

impl Plan {
    /// The least true difference that is found with the plan's power at so many units, in the unit of
    /// the metric. For a sequence that is the chance at this last look alone; it may well be found
    /// before.
    pub fn detectable_effect(&self, control: u64, treatment: u64) -> Result<f64, Refusal> {
        self.check()?;
        let smaller = control.min(treatment);
        if smaller < 2 {
            return Err(Refusal::TooFewUnits { units: smaller });
        }
        let error = (self.variance * (1.0 / count(control) + 1.0 / count(treatment))).sqrt();
        let errors = self.multiplier(control + treatment)? + normal_quantile(1.0 - self.power);
        Ok(errors * error)
    }

    /// The units that each of two arms of equal size needs to find a true difference of this size.
    pub fn units_per_arm(&self, effect: f64) -> Result<u64, Refusal> {
        if !(effect > 0.0 && effect.is_finite()) {
            return Err(Refusal::Effect);
        }
        let mut enough = 2;
        while self.detectable_effect(enough, enough)? > effect {
            // Beyond that no plan is serious.
            enough = if enough < 1 << 50 { enough * 2 } else { return Err(Refusal::Effect) };
        }
        let mut too_few = enough / 2;
        while enough - too_few > 1 {
            let middle = too_few + (enough - too_few) / 2;
            if self.detectable_effect(middle, middle)? > effect {
                too_few = middle;
            } else {
                enough = middle;
            }
        }
        Ok(enough)
    }

    /// How many standard errors the interval will reach to either side.
    fn multiplier(&self, units: u64) -> Result<f64, Refusal> {
        match self.looks {
            Looks::Once => Ok(normal_quantile(self.level.alpha() / 2.0)),
            Looks::Always { planned_units } => {
                Ok(Sequence::planned(self.level, planned_units)?.multiplier(units))
            }
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        if !(self.variance > 0.0 && self.variance.is_finite()) {
            Err(Refusal::Effect)
        } else if !(self.power > 0.0 && self.power < 1.0) {
            Err(Refusal::Probability)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALWAYS: Looks = Looks::Always { planned_units: 10_000 };

    fn plan(looks: Looks) -> Plan {
        Plan { variance: 0.06 * 0.94, level: Level::FIVE_PERCENT, power: 0.8, looks }
    }

    #[test]
    fn five_per_cent_more_on_six_takes_98_000_people_an_arm_and_more_when_one_may_look() {
        let fixed = plan(Looks::Once).units_per_arm(0.003).unwrap();
        assert!((98_000..99_000).contains(&fixed), "{fixed}");
        let always = plan(ALWAYS).units_per_arm(0.003).unwrap();
        assert!((225_000..250_000).contains(&always), "{always}");
    }

    #[test]
    fn plans_without_spread_effect_or_power_are_refused() {
        let sound = plan(Looks::Once);
        assert_eq!(sound.units_per_arm(0.0), Err(Refusal::Effect));
        assert_eq!(Plan { variance: 0.0, ..sound }.units_per_arm(0.1), Err(Refusal::Effect));
        assert_eq!(Plan { power: 1.0, ..sound }.units_per_arm(0.1), Err(Refusal::Probability));
        assert_eq!(sound.detectable_effect(1, 9), Err(Refusal::TooFewUnits { units: 1 }));
        let unplanned = plan(Looks::Always { planned_units: 0 });
        assert_eq!(unplanned.detectable_effect(9, 9), Err(Refusal::EmptyPlan));
    }

    proptest! {
        #[test]
        fn the_units_for_an_effect_are_the_fewest_that_detect_it(
            effect in 0.001f64..0.2, looks in prop::sample::select(vec![Looks::Once, ALWAYS]),
        ) {
            let plan = plan(looks);
            let units = plan.units_per_arm(effect).unwrap();
            prop_assert!(plan.detectable_effect(units, units).unwrap() <= effect);
            prop_assume!(units > 2);
            prop_assert!(plan.detectable_effect(units - 1, units - 1).unwrap() > effect);
        }
    }
}
