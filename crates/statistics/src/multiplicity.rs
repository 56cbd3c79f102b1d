//! What is found among many metrics and arms: one in twenty would be found where there is nothing.

use std::cmp::Ordering;

use crate::Level;
use crate::moments::count;

/// e-BH (Wang and Ramdas 2022): which findings stand. Of those that do, at most the level's share is
/// false on average, under any dependence and whenever one stops. NaN never stands.
///
/// With K e-values sorted downwards, the first k stand for the largest k with e₍ₖ₎ ≥ K/(αk).
pub fn e_benjamini_hochberg(e_values: &[f64], level: Level) -> Vec<bool> {
    let all = count(e_values.len() as u64);
    let mut sorted: Vec<f64> = e_values.iter().copied().filter(|e| !e.is_nan()).collect();
    sorted.sort_by(|left, right| right.total_cmp(left));
    let enough = |rank: usize, e: f64| e * level.alpha() * count(rank as u64 + 1) >= all;
    let least = sorted.iter().enumerate().rev().find(|(rank, e)| enough(*rank, **e));
    let least = least.map(|(_, e)| *e);
    e_values.iter().map(|e| least.is_some_and(|least| *e >= least)).collect()
}

/// p-values after Benjamini and Hochberg (1995), for reports of a sample fixed beforehand: below α
/// stands what the procedure keeps at a share α of false findings. In the order given.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let all = count(p_values.len() as u64);
    // From the largest p down: each is scaled by K/rank and not above the one before.
    let descending = |left: &f64, right: &f64| right.total_cmp(left);
    adjusted(p_values, descending, |p, place| p * all / (all - place), f64::min, 1.0)
}

/// p-values after Holm (1979): below α stands what the procedure keeps while the chance of any false
/// finding is at most α. In the order given.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let all = count(p_values.len() as u64);
    adjusted(p_values, f64::total_cmp, |p, place| (p * (all - place)).min(1.0), f64::max, 0.0)
}

/// Walks the p-values in one order, scales each by its place and keeps the run monotone.
fn adjusted(
    p_values: &[f64],
    order: impl Fn(&f64, &f64) -> Ordering,
    scale: impl Fn(f64, f64) -> f64,
    keep: fn(f64, f64) -> f64,
    start: f64,
) -> Vec<f64> {
    let mut places: Vec<usize> = (0..p_values.len()).collect();
    places.sort_by(|left, right| order(&p_values[*left], &p_values[*right]));
    let mut found = vec![0.0; p_values.len()];
    let mut last = start;
    for (place, index) in places.into_iter().enumerate() {
        last = keep(last, scale(p_values[index], count(place as u64)));
        found[index] = last;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stands(e_values: &[f64]) -> Vec<bool> {
        e_benjamini_hochberg(e_values, Level::FIVE_PERCENT)
    }

    #[test]
    fn findings_stand_down_to_the_last_that_is_large_enough() {
        // K = 4: thresholds 80, 40, 26.7, 20.
        assert_eq!(stands(&[25.0, 1.0, 90.0, 42.0]), [false, false, true, true]);
        assert_eq!(stands(&[21.0, 20.5, 20.0, 22.0]), [true; 4]);
        assert_eq!(stands(&[79.0, 39.0, 26.0, 19.0]), [false; 4]);
        assert_eq!(stands(&[f64::INFINITY, f64::NAN, 1.0]), [true, false, false]);
        assert!(stands(&[]).is_empty());
    }

    #[test]
    fn adjusted_p_values_of_a_worked_example() {
        let p = [0.01, 0.04, 0.03, 0.005];
        let is = |found: Vec<f64>, expected: [f64; 4]| {
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{found} {expected}");
            }
        };
        is(holm(&p), [0.03, 0.06, 0.06, 0.02]);
        is(benjamini_hochberg(&p), [0.02, 0.04, 0.04, 0.02]);
    }

    proptest! {
        #[test]
        fn a_larger_e_value_never_loses_a_finding(
            e in prop::collection::vec(0.0f64..200.0, 1..12), which in 0usize..12, more in 0.0f64..200.0,
        ) {
            let before = stands(&e);
            let mut raised = e.clone();
            let which = which % e.len();
            raised[which] += more;
            let after = stands(&raised);
            prop_assert!(before.iter().zip(&after).all(|(before, after)| !before || *after));
        }

        #[test]
        fn what_stands_among_many_would_stand_alone(e in prop::collection::vec(0.0f64..2000.0, 1..12)) {
            for (e, stands_here) in e.iter().zip(stands(&e)) {
                prop_assert!(!stands_here || stands(&[*e])[0]);
            }
        }

        #[test]
        fn adjustment_keeps_the_order_and_never_helps(p in prop::collection::vec(0.0f64..1.0, 1..12)) {
            let (holm, bh) = (holm(&p), benjamini_hochberg(&p));
            for left in 0..p.len() {
                prop_assert!(p[left] <= bh[left] + 1e-15 && bh[left] <= holm[left] + 1e-15 && holm[left] <= 1.0);
                for right in 0..p.len() {
                    prop_assert!(p[left] > p[right] || (bh[left] <= bh[right] && holm[left] <= holm[right]));
                }
            }
        }
    }
}
