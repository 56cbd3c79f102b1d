use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Comparison, Observation, Rules, Sums, compare, compare_strata};

/// Control and treatment: units, and how many of them converted.
type Shares = [(u64, u64); 2];

fn of(strata: &[Shares]) -> Result<Comparison, Refusal> {
    let arm = |(units, converted)| Moments::from_sums(&Sums::proportion(units, converted)).unwrap();
    let arms: Vec<_> = strata.iter().map(|arms| arms.map(arm)).collect();
    let strata: Vec<_> = arms.iter().map(stratum).collect();
    compare_strata(Metric::Proportion, &strata, &Rules::default())
}

fn stratum([control, treatment]: &[Moments; 2]) -> Stratum<'_> {
    Stratum { control, treatment, adjustment: Adjustment::NONE }
}

#[test]
fn what_only_the_mix_of_seasons_makes_is_no_difference() {
    let found = of(&[[(3_000, 300), (3_000, 300)], [(300, 15), (5_700, 285)]]).unwrap();
    let difference = found.absolute.unwrap().difference;
    assert!(difference.effect.abs() < 1e-15, "{difference:?}");
    // Thrown together: 315 of 3,300 against 585 of 8,700.
    let pooled = of(&[[(3_300, 315), (8_700, 585)]]).unwrap().absolute.unwrap();
    assert!(pooled.always_valid.unwrap().interval.upper < 0.0);
}

#[test]
fn strata_are_weighed_by_hand() {
    let found = of(&[[(1_000, 100), (1_000, 150)], [(200, 20), (800, 160)]]).unwrap();
    let reading = found.absolute.unwrap();
    // w = 500 and 160: (500 * 0.05 + 160 * 0.1)/660.
    let (first, second) = (500.0 / 660.0, 160.0 / 660.0);
    assert!((reading.difference.effect - (first * 0.05 + second * 0.1)).abs() < 1e-15);
    let variances = [(0.09 + 0.1275) / 1_000.0, 0.09 / 200.0 + 0.16 / 800.0];
    let variance = first * first * variances[0] + second * second * variances[1];
    assert!((reading.difference.variance - variance).abs() < 1e-15);
    // 160 is what 640 people of an even split would weigh.
    assert_eq!(reading.difference.units, 2_640);
    assert!((found.control.mean - 0.1).abs() < 1e-15);
    assert!((found.treatment.mean - (first * 0.15 + second * 0.2)).abs() < 1e-15);
    let relative = found.relative.unwrap().difference.effect;
    assert!((relative - reading.difference.effect / 0.1).abs() < 1e-12);
}

#[test]
fn a_stratum_without_one_of_the_arms_is_left_out() {
    let one = [(1_000, 100), (1_000, 150)];
    let with_others = of(&[[(0, 0), (500, 10)], one, [(900, 800), (1, 1)]]).unwrap();
    assert_eq!(with_others, of(&[one]).unwrap());
    assert_eq!(of(&[[(0, 0), (9, 3)]]), Err(Refusal::TooFewUnits { units: 0 }));
    assert_eq!(of(&[]), Err(Refusal::TooFewUnits { units: 0 }));
}

#[test]
fn looking_all_the_time_nothing_is_found_although_weights_and_seasons_change() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let wrong = (0..400).filter(|_| ever_wrong(&mut random)).count();
    assert!(wrong <= 30, "{wrong} of 400 at 5 %");
}

/// 4,000 people at even weights and 10 %, then 4,000 at 1 : 9 and 4 %, with a look at every 100.
fn ever_wrong(random: &mut ChaCha8Rng) -> bool {
    let mut strata: [Shares; 2] = [[(0, 0); 2]; 2];
    (0..8_000).any(|person| {
        let stratum = usize::from(person >= 4_000);
        let treated = random.random_bool([0.5, 0.9][stratum]);
        let converted = random.random_bool([0.1, 0.04][stratum]);
        let (units, conversions) = &mut strata[stratum][usize::from(treated)];
        *units += 1;
        *conversions += u64::from(converted);
        let look = person % 100 == 99;
        look && of(&strata).is_ok_and(|found| {
            let always = found.absolute.and_then(|reading| reading.always_valid);
            always.is_ok_and(|always| !always.interval.contains(0.0))
        })
    })
}

proptest! {
    #[test]
    fn one_stratum_is_the_plain_comparison(
        arms in prop::collection::vec(prop::collection::vec((0.0f64..9.0, 0.0f64..9.0), 3..30), 2..=2),
    ) {
        let arm = |units: &Vec<(f64, f64)>| {
            let units: Vec<_> = units.iter()
                .map(|(outcome, covariate)| Observation { covariate: *covariate, ..Observation::of(*outcome) })
                .collect();
            Moments::from_observations(&units).unwrap()
        };
        let (control, treatment) = (arm(&arms[0]), arm(&arms[1]));
        let adjustment = Adjustment::by_covariate(Metric::Mean, &[&control, &treatment]).unwrap();
        let found = compare(Metric::Mean, &control, &treatment, &adjustment, &Rules::default()).unwrap();
        let read = |moments| Estimate::read(Metric::Mean, moments, &adjustment).unwrap();
        let plain = Difference::between(&read(&control), &read(&treatment), Scale::Absolute).unwrap();
        let difference = found.absolute.unwrap().difference;
        prop_assert_eq!(difference.units, plain.units);
        for (found, plain) in [
            (difference.effect, plain.effect),
            (difference.variance, plain.variance),
            (difference.degrees, plain.degrees),
        ] {
            prop_assert!((found - plain).abs() <= 1e-12 * plain.abs().max(1.0), "{} {}", found, plain);
        }
    }
}
