//! Everything that is said about a treatment beside its control, and what is held back.

use crate::strata::Arms;
use crate::{
    Adjustment, Difference, Estimate, Interval, Level, Metric, Moments, Refusal, Scale, Sequence,
    Stratum,
};

/// From when on something is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The error probability of every interval.
    pub level: Level,
    /// Where the sequence is narrowest: units of both arms together.
    pub planned_units: u64,
    /// Converted units that each arm needs before the sequence is shown: with fewer, the normal
    /// approximation behind it does not hold.
    pub conversions: u64,
    /// Converted units that the control needs before anything is divided by its mean.
    pub baseline_conversions: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            level: Level::FIVE_PERCENT,
            planned_units: crate::PLANNED_UNITS,
            conversions: 50,
            baseline_conversions: 10,
        }
    }
}

/// What holds at every look together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlwaysValid {
    /// Where the effect lies.
    pub interval: Interval,
    /// How likely such a course is by chance.
    pub p_value: f64,
    /// What a bet against "no difference" has made of 1.
    pub e_value: f64,
}

/// A difference on one scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The effect with its variance.
    pub difference: Difference,
    /// Where it lies, for a sample fixed beforehand.
    pub interval: Interval,
    /// How likely it is by chance, for a sample fixed beforehand.
    pub p_value: f64,
    /// What holds however often one looks.
    pub always_valid: Result<AlwaysValid, Refusal>,
}

/// A treatment beside its control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The metric in the control.
    pub control: Estimate,
    /// The metric in the treatment.
    pub treatment: Estimate,
    /// Treatment minus control.
    pub absolute: Result<Reading, Refusal>,
    /// The same as a part of the control's mean.
    pub relative: Result<Reading, Refusal>,
}

/// Compares a treatment with its control. Fails where an arm cannot be read at all; what is wrong
/// with one scale or with the sequence alone stands there.
pub fn compare(
    metric: Metric,
    control: &Moments,
    treatment: &Moments,
    adjustment: &Adjustment,
    rules: &Rules,
) -> Result<Comparison, Refusal> {
    compare_strata(metric, &[Stratum { control, treatment, adjustment: *adjustment }], rules)
}

/// Compares within strata, the first first, and puts together what is found; conversions are counted over
/// all of them. A stratum in which nothing can be compared tells nothing and is left out; the arms are
/// shown as mixed of the others, so that their difference is the one given.
pub fn compare_strata(
    metric: Metric,
    strata: &[Stratum<'_>],
    rules: &Rules,
) -> Result<Comparison, Refusal> {
    let sequence = Sequence::planned(rules.level, rules.planned_units)?;
    let arms = Arms::of(metric, strata)?;
    let [converted, treated] = arms.converted;
    let enough = at_least(converted.min(treated), rules.conversions)
        .map_err(|have| Refusal::FewConversions { have, need: rules.conversions });
    let baseline = at_least(converted, rules.baseline_conversions)
        .map_err(|have| Refusal::ThinBaseline { have, need: rules.baseline_conversions });
    let on = |scale| {
        let difference = arms.difference(scale)?;
        Ok(read(difference, rules.level, &sequence, enough))
    };
    Ok(Comparison {
        control: arms.control,
        treatment: arms.treatment,
        absolute: on(Scale::Absolute),
        relative: on(Scale::Relative).and_then(|reading| baseline.map(|()| reading)),
    })
}

fn read(
    difference: Difference,
    level: Level,
    sequence: &Sequence,
    enough: Result<(), Refusal>,
) -> Reading {
    Reading {
        difference,
        interval: difference.interval(level),
        p_value: difference.p_value(),
        always_valid: enough.map(|()| AlwaysValid {
            interval: sequence.interval(&difference),
            p_value: sequence.p_value(&difference),
            e_value: sequence.e_value(&difference),
        }),
    }
}

fn at_least(have: u64, need: u64) -> Result<(), u64> {
    if have >= need { Ok(()) } else { Err(have) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sums;

    fn of(control: (u64, u64), treatment: (u64, u64)) -> Comparison {
        let arm =
            |(units, converted)| Moments::from_sums(&Sums::proportion(units, converted)).unwrap();
        let (control, treatment) = (arm(control), arm(treatment));
        compare(Metric::Proportion, &control, &treatment, &Adjustment::NONE, &Rules::default())
            .unwrap()
    }

    #[test]
    fn below_fifty_conversions_in_an_arm_the_sequence_is_held_back() {
        let few = of((1000, 60), (1000, 49)).absolute.unwrap().always_valid;
        assert_eq!(few, Err(Refusal::FewConversions { have: 49, need: 50 }));
        assert!(of((1000, 60), (1000, 50)).absolute.unwrap().always_valid.is_ok());
    }

    #[test]
    fn rare_events_are_compared_absolutely_where_nothing_can_be_relative_to_them() {
        let found = of((1000, 9), (1000, 20));
        assert_eq!(found.relative, Err(Refusal::ThinBaseline { have: 9, need: 10 }));
        assert!((found.absolute.unwrap().difference.effect - 0.011).abs() < 1e-15);
        let none = of((1000, 0), (1000, 20));
        assert_eq!(none.relative, Err(Refusal::NoBaseline));
        assert!(!none.absolute.unwrap().interval.contains(0.0));
    }
}
