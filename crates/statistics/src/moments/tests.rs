use proptest::prelude::*;

use super::*;

const QUANTITIES: [Quantity; 3] = [Outcome, Covariate, Denominator];

fn observations(most: usize) -> impl Strategy<Value = Vec<Observation>> {
    let one =
        (-1e3f64..1e3, 0.0f64..50.0, 1.0f64..9.0).prop_map(|(outcome, covariate, denominator)| {
            Observation { outcome, covariate, denominator }
        });
    prop::collection::vec(one, 2..most)
}

/// Every mean and covariance agrees within 1e-9 of the scale of the figures.
fn agree(left: &Moments, right: &Moments) -> bool {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
    left.units() == right.units()
        && left.converted() == right.converted()
        && QUANTITIES.iter().all(|a| {
            close(left.mean(*a), right.mean(*a))
                && QUANTITIES
                    .iter()
                    .all(|b| close(left.covariance(*a, *b), right.covariance(*a, *b)))
        })
}

#[test]
fn mean_and_variance_of_a_worked_example() {
    let outcomes = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].map(Observation::of);
    let moments = Moments::from_observations(&outcomes).unwrap();
    assert!((moments.mean(Outcome) - 5.0).abs() < 1e-15);
    assert!((moments.variance(Outcome) - 32.0 / 7.0).abs() < 1e-15);
    assert_eq!((moments.units(), moments.converted(), moments.is_binary()), (8, 8, false));
}

#[test]
fn a_small_variance_far_from_zero_is_not_lost() {
    let outcomes = [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0].map(Observation::of);
    assert!((Moments::from_observations(&outcomes).unwrap().variance(Outcome) - 1.0).abs() < 1e-12);
}

#[test]
fn a_constant_has_no_variance_however_often_it_is_added() {
    let mut moments = Moments::default();
    for _ in 0..10_000 {
        moments.add(&Observation::of(0.1)).unwrap();
    }
    assert!(moments.variance(Outcome).abs() < f64::MIN_POSITIVE);
}

#[test]
fn values_that_are_no_numbers_or_too_large_are_refused_and_change_nothing() {
    let mut moments = Moments::default();
    for (value, refusal) in [
        (f64::NAN, Refusal::NotFinite),
        (f64::INFINITY, Refusal::NotFinite),
        (1e71, Refusal::TooLarge),
    ] {
        assert_eq!(moments.add(&Observation::of(value)), Err(refusal));
        let one = Observation { covariate: value, ..Observation::of(1.0) };
        assert_eq!(moments.add(&one), Err(refusal));
    }
    assert_eq!(moments, Moments::default());
    assert_eq!(moments.remove(&Observation::of(1.0)), Err(Refusal::NothingToRemove));
}

#[test]
fn sums_that_no_observations_have_are_refused() {
    let refused = |sums: Sums| Moments::from_sums(&sums).unwrap_err();
    assert_eq!(refused(Sums::mean(10, 100.0, 900.0)), Refusal::ImpossibleSums);
    assert_eq!(refused(Sums::proportion(10, 11)), Refusal::ImpossibleSums);
    assert_eq!(refused(Sums::mean(0, 1.0, 1.0)), Refusal::ImpossibleSums);
    assert_eq!(refused(Sums::mean(3, f64::NAN, 1.0)), Refusal::NotFinite);
}

proptest! {
    #[test]
    fn merging_parts_is_the_same_as_one_pass(all in observations(40), cut in 0usize..40) {
        let (left, right) = all.split_at(cut.min(all.len()));
        let mut merged = Moments::from_observations(left).unwrap();
        merged.merge(&Moments::from_observations(right).unwrap());
        prop_assert!(agree(&merged, &Moments::from_observations(&all).unwrap()));
    }

    #[test]
    fn the_order_of_units_does_not_matter(all in observations(40).prop_shuffle()) {
        let reversed: Vec<_> = all.iter().rev().copied().collect();
        let one = Moments::from_observations(&all).unwrap();
        prop_assert!(agree(&one, &Moments::from_observations(&reversed).unwrap()));
    }

    #[test]
    fn what_is_removed_was_never_there(all in observations(40), outlier in 1e6f64..1e10) {
        let before = Moments::from_observations(&all).unwrap();
        let mut after = before;
        let one = Observation { outcome: outlier, covariate: outlier, denominator: 3.0 };
        after.add(&one).unwrap();
        after.merge(&before);
        after.remove(&one).unwrap();
        after.subtract(&before).unwrap();
        prop_assert!(agree(&before, &after));
    }

    #[test]
    fn what_was_kept_as_json_reads_back_to_the_last_bit(all in observations(10)) {
        let moments = Moments::from_observations(&all).unwrap();
        let text = serde_json::to_string(&moments).unwrap();
        prop_assert_eq!(moments, serde_json::from_str::<Moments>(&text).unwrap());
    }

    #[test]
    fn covariances_obey_cauchy_and_schwarz(all in observations(40)) {
        let moments = Moments::from_observations(&all).unwrap();
        for (a, b) in QUANTITIES.iter().flat_map(|a| QUANTITIES.iter().map(move |b| (*a, *b))) {
            let bound = (moments.variance(a) * moments.variance(b)).sqrt();
            prop_assert!(moments.covariance(a, b).abs() <= bound * (1.0 + 1e-9) + 1e-9);
        }
    }
}
