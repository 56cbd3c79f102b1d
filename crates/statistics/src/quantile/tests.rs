use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn fixed(units: u64, quantile: f64) -> Ranks {
    Ranks::fixed(units, quantile, Level::FIVE_PERCENT).unwrap()
}

#[test]
fn the_median_of_a_hundred_lies_between_places_40_and_61() {
    // The table of any textbook on order statistics.
    assert_eq!(fixed(100, 0.5), Ranks { lower: Some(40), upper: Some(61) });
    assert_eq!(fixed(5, 0.5), Ranks { lower: None, upper: None });
    assert_eq!(fixed(6, 0.5), Ranks { lower: Some(1), upper: Some(6) });
    assert_eq!(fixed(20, 0.9).upper, None);
}

#[test]
fn places_become_values_and_days() {
    let sorted: Vec<u64> = (1..=100).map(|value| value * 10).collect();
    assert_eq!(fixed(100, 0.5).values(&sorted), (Some(400), Some(610)));
    assert_eq!(
        [1, 3, 4, 9].map(|rank| day_at(&[0, 3, 0, 5], rank)),
        [Some(1), Some(1), Some(3), None]
    );
}

#[test]
fn one_unit_or_a_quantile_outside_is_refused() {
    let of = |units, quantile| Ranks::fixed(units, quantile, Level::FIVE_PERCENT);
    assert_eq!(of(1, 0.5), Err(Refusal::TooFewUnits { units: 1 }));
    assert_eq!(of(9, 1.0), Err(Refusal::Probability));
    assert_eq!(of(9, f64::NAN), Err(Refusal::Probability));
    let unplanned = Ranks::sequential(9, 0.5, Level::FIVE_PERCENT, 0);
    assert_eq!(unplanned, Err(Refusal::EmptyPlan));
}

#[test]
fn looking_at_every_unit_the_sequence_leaves_the_quantile_out_in_few_runs() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let ranks: Vec<Ranks> = (2..=1_000)
        .map(|units| Ranks::sequential(units, 0.9, Level::FIVE_PERCENT, 500).unwrap())
        .collect();
    let mut wrong = 0;
    for _ in 0..400 {
        let mut below = u64::from(random.random_bool(0.9));
        // The quantile lies above the lower place iff that many units lie below it.
        let left_out = ranks.iter().any(|ranks| {
            below += u64::from(random.random_bool(0.9));
            ranks.lower.is_some_and(|lower| below < lower)
                || ranks.upper.is_some_and(|upper| below >= upper)
        });
        wrong += u32::from(left_out);
    }
    assert!(wrong <= 30, "{wrong} of 400 at 5 %");
    assert!(wrong > 0, "the interval is wider than it needs to be");
}

proptest! {
    #[test]
    fn the_sequence_holds_the_fixed_interval_and_both_hold_the_quantile(
        units in 2u64..2_000_000, quantile in 0.02f64..0.98, planned in 100u64..100_000,
    ) {
        let always = Ranks::sequential(units, quantile, Level::FIVE_PERCENT, planned).unwrap();
        let fixed = fixed(units, quantile);
        let middle = count(units) * quantile;
        prop_assert!(fixed.lower.is_none_or(|lower| count(lower) <= middle + 1.0));
        prop_assert!(fixed.upper.is_none_or(|upper| count(upper) >= middle));
        prop_assert!(always.lower.unwrap_or(0) <= fixed.lower.unwrap_or(0));
        prop_assert!(fixed.upper.unwrap_or(u64::MAX) <= always.upper.unwrap_or(u64::MAX));
    }
}
