//! Signs of harm, such as complaints: rare, and few of them are enough to end what does it.

use crate::moments::count;
use crate::strata::{together, weight};
use crate::{
    Adjustment, Difference, Estimate, Interval, Metric, Moments, Refusal, Scale, Sequence, Stratum,
};

/// Signs in both arms together before anything is said of them.
pub const SIGNS_OF_HARM: u64 = 20;

/// How much larger the share of units with a sign of harm is under the treatment, at every look together.
///
/// A control without harm may never have fifty signs, however many the treatment has; so only the signs of
/// both arms together are counted. With few of them an arm's own share says little about its variance: a
/// small arm that happens to have one sign instead of five would seem to be sure of it. The variance is
/// therefore not taken below that of the share of both arms together, which is the one that holds where
/// nothing differs (the score test). What has few signs because it is small thus alarms nobody.
pub fn more_harm(strata: &[Stratum<'_>], sequence: &Sequence) -> Result<Interval, Refusal> {
    let (mut signs, mut parts) = (0, Vec::new());
    for stratum in strata {
        let Ok(difference) = difference(stratum.control, stratum.treatment) else { continue };
        signs += stratum.control.converted() + stratum.treatment.converted();
        parts.push((weight(stratum.control.units(), stratum.treatment.units()), difference));
    }
    if signs < SIGNS_OF_HARM {
        return Err(Refusal::FewSigns { have: signs, need: SIGNS_OF_HARM });
    }
    Ok(sequence.interval(&together(&parts)?))
}

fn difference(control: &Moments, treatment: &Moments) -> Result<Difference, Refusal> {
    let share = |arm| Estimate::read(Metric::Proportion, arm, &Adjustment::NONE);
    let own = Difference::between(&share(control)?, &share(treatment)?, Scale::Absolute)?;
    Ok(no_surer_than_both(own, control, treatment))
}

/// A difference between the shares of two arms, each of which holds somebody, with a variance not below that of the
/// share of both arms together.
pub fn no_surer_than_both(own: Difference, control: &Moments, treatment: &Moments) -> Difference {
    let (of_control, of_treatment) = (count(control.units()), count(treatment.units()));
    let of_both = count(control.converted() + treatment.converted()) / (of_control + of_treatment);
    let without_difference = of_both * (1.0 - of_both) * (1.0 / of_control + 1.0 / of_treatment);
    Difference { variance: own.variance.max(without_difference), ..own }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{Level, Sums};

    fn of(control: (u64, u64), treatment: (u64, u64)) -> Result<Interval, Refusal> {
        let arm = |(units, signs)| Moments::from_sums(&Sums::proportion(units, signs)).unwrap();
        let (control, treatment) = (arm(control), arm(treatment));
        let all =
            Stratum { control: &control, treatment: &treatment, adjustment: Adjustment::NONE };
        more_harm(&[all], &Sequence::planned(Level::FIVE_PERCENT, 20_000).unwrap())
    }

    #[test]
    fn harm_is_seen_although_the_control_does_hardly_any() {
        assert!(of((2_000, 6), (2_000, 500)).unwrap().lower > 0.2);
        assert!(of((1_000, 0), (1_000, 20)).unwrap().lower > 0.0);
        assert!(of((2_000, 10), (2_000, 10)).unwrap().contains(0.0));
        let few = of((2_000, 0), (2_000, 19));
        assert_eq!(few, Err(Refusal::FewSigns { have: 19, need: 20 }));
    }

    #[test]
    fn a_small_control_that_happens_to_have_one_sign_alarms_nobody() {
        // 4.5 were to be expected: one or none comes about once in twenty.
        assert!(of((300, 1), (5_700, 85)).unwrap().contains(0.0));
    }

    #[test]
    fn looking_all_the_time_an_arm_without_harm_is_blamed_in_few_runs() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for treated in [0.05, 0.5, 0.95] {
            let wrong = (0..400).filter(|_| ever_blamed(&mut random, treated)).count();
            assert!(wrong <= 20, "{wrong} of 400 at a share of {treated}");
        }
    }

    /// 10,000 people of whom one in a hundred complains, with a look at every 100.
    fn ever_blamed(random: &mut ChaCha8Rng, treated: f64) -> bool {
        let mut arms = [(0, 0); 2];
        (0..10_000).any(|person| {
            let (units, signs) = &mut arms[usize::from(random.random_bool(treated))];
            *units += 1;
            *signs += u64::from(random.random_bool(0.01));
            person % 100 == 99 && of(arms[0], arms[1]).is_ok_and(|found| found.lower > 0.0)
        })
    }
}
