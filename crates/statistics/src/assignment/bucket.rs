//! From a place in [0, 1) to an arm: bucket ranges, namespaces, coverage.

use super::hash::{HashVersion, hash_to_unit};

/// A half-open piece [start, end) of the unit interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BucketRange {
    /// Inclusive lower bound.
    pub start: f64,
    /// Exclusive upper bound; equal to `start` for an arm that gets nobody.
    pub end: f64,
}

impl BucketRange {
    /// Whether a place lies in the range.
    pub fn contains(self, place: f64) -> bool {
        self.start <= place && place < self.end
    }

    /// Whether two ranges share a place; empty ranges share nothing.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The share of each of `arms` arms when nothing else is said.
pub fn equal_weights(arms: usize) -> Vec<f64> {
    let share = 1.0 / f64::from(u32::try_from(arms.max(1)).unwrap_or(u32::MAX));
    vec![share; arms]
}

/// Where each arm begins and ends. `coverage` (clamped to 0..=1) is the share of each arm that takes
/// part; the arms keep their starts when it grows, so nobody changes arm during a ramp.
///
/// Weights that do not fit the arms, are negative or not numbers, or sum outside 0.99..=1.01 give
/// equal weights, as `GrowthBook`'s Python SDK does.
pub fn bucket_ranges(arms: usize, coverage: f64, weights: Option<&[f64]>) -> Vec<BucketRange> {
    let coverage = if coverage.is_nan() { 0.0 } else { coverage.clamp(0.0, 1.0) };
    let weights = weights
        .filter(|given| given.len() == arms && weights_are_sound(given))
        .map_or_else(|| equal_weights(arms), <[f64]>::to_vec);
    let mut start = 0.0;
    let range = |weight: f64| {
        let range = BucketRange { start, end: start + coverage * weight };
        start += weight;
        range
    };
    weights.into_iter().map(range).collect()
}

/// Whether the weights are finite, not negative and sum to 1 within 0.01.
fn weights_are_sound(weights: &[f64]) -> bool {
    let total: f64 = weights.iter().sum();
    weights.iter().all(|weight| *weight >= 0.0) && (0.99..=1.01).contains(&total)
}

/// The first arm whose range holds the place; `None` when the unit does not take part.
pub fn choose_variation(place: f64, ranges: &[BucketRange]) -> Option<usize> {
    ranges.iter().position(|range| range.contains(place))
}

/// Whether the unit belongs to the slice `range` of the namespace. Experiments with disjoint slices
/// of one namespace never share a person.
pub fn in_namespace(unit: &str, namespace: &str, range: BucketRange) -> bool {
    range.contains(hash_to_unit(HashVersion::V1, &format!("__{namespace}"), unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arm(seed: &str, unit: &str, ranges: &[BucketRange]) -> Option<usize> {
        choose_variation(hash_to_unit(HashVersion::V2, seed, unit), ranges)
    }

    #[test]
    fn the_reference_units_get_their_published_arms() {
        let three = bucket_ranges(3, 1.0, Some(&[0.5, 0.3, 0.2]));
        let two = bucket_ranges(2, 0.4, None);
        for (seed, unit, of_three, of_two) in [
            ("tone-2026q3", "debtor-000001", Some(0), Some(0)),
            ("tone-2026q3", "debtor-000002", Some(2), None),
            ("exp-channel", "9f1c2b7e-1111-4222-8333-444455556666", Some(1), Some(1)),
            ("Ü-Test", "Jürgen Müßig", Some(0), None),
            ("", "a", Some(0), Some(0)),
            ("seed", "😀42", Some(0), Some(0)),
        ] {
            assert_eq!(arm(seed, unit, &three), of_three, "{unit}");
            assert_eq!(arm(seed, unit, &two), of_two, "{unit}");
        }
    }

    #[test]
    fn a_namespace_slice_holds_the_published_units() {
        let slice = BucketRange { start: 0.0, end: 0.4 };
        assert!(!in_namespace("debtor-000001", "ns-contact", slice));
        assert!(in_namespace("9f1c2b7e-1111-4222-8333-444455556666", "ns-contact", slice));
    }

    #[test]
    fn bounds_are_the_sums_of_the_sdks_to_the_last_bit() {
        let ranges = bucket_ranges(4, 0.36, Some(&[0.1, 0.2, 0.3, 0.4]));
        assert_eq!(ranges[2], BucketRange { start: 0.1 + 0.2, end: 0.1 + 0.2 + 0.36 * 0.3 });
        assert_eq!(bucket_ranges(2, -0.2, None)[1], BucketRange { start: 0.5, end: 0.5 });
    }

    #[test]
    fn unsound_weights_fall_back_to_equal_ones() {
        for weights in
            [vec![0.4, 0.1], vec![0.7, 0.6], vec![-0.5, 1.5], vec![f64::NAN, 1.0], vec![1.0]]
        {
            assert_eq!(bucket_ranges(2, 1.0, Some(&weights)), bucket_ranges(2, 1.0, None));
        }
        assert!((bucket_ranges(2, 1.0, Some(&[0.4, 0.5999]))[1].end - 0.9999).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn growing_coverage_moves_nobody_to_another_arm(
            unit in "[a-z0-9]{1,20}", low in 0.0f64..1.0, more in 0.0f64..1.0, arms in 2usize..6,
        ) {
            let high = low + (1.0 - low) * more;
            let before = arm("seed", &unit, &bucket_ranges(arms, low, None));
            let after = arm("seed", &unit, &bucket_ranges(arms, high, None));
            prop_assert!(before.is_none() || before == after);
        }

        #[test]
        fn full_coverage_gives_everyone_an_arm(unit in ".{0,20}", arms in 1usize..9) {
            prop_assert!(arm("seed", &unit, &bucket_ranges(arms, 1.0, None)).is_some());
        }
    }
}
