//! Whether the arms have as many units as their weights say: if not, assignment or logging is broken,
//! and no difference between arms means anything.

use statrs::function::gamma::{gamma_ur, ln_gamma};

use crate::Refusal;
use crate::moments::count;

/// Prior units per arm, as the e-process bets.
const PRIOR: f64 = 50.0;
/// From here on a sample-ratio mismatch is an alarm: false at most once in a thousand experiments,
/// however often it is looked at.
pub const ALARM: f64 = 1_000.0;

/// The chi-square statistic of a split. For one look; repeated looks need [`sample_ratio_e_value`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    /// Σ (observed - expected)² / expected.
    pub statistic: f64,
    /// Arms with a weight above 0, less one.
    pub degrees: u64,
    /// How likely a split at least this uneven is by chance.
    pub p_value: f64,
}

/// Compares units per arm with the weights, which need not sum to 1. Units in an arm of weight 0
/// cannot be by chance.
pub fn sample_ratio(units: &[u64], weights: &[f64]) -> Result<ChiSquare, Refusal> {
    let shares = shares(units, weights)?;
    let total: f64 = units.iter().copied().map(count).sum();
    let part = |(units, share): (&u64, &f64)| match (*units, *share * total) {
        (0, expected) => expected,
        (_, expected) if expected <= 0.0 => f64::INFINITY,
        (units, expected) => (count(units) - expected).powi(2) / expected,
    };
    let statistic: f64 = units.iter().zip(&shares).map(part).sum();
    let degrees = shares.iter().filter(|share| **share > 0.0).count() as u64 - 1;
    let p_value = match statistic {
        none if none <= 0.0 => 1.0,
        large if large.is_infinite() => 0.0,
        statistic => gamma_ur(count(degrees) / 2.0, statistic / 2.0),
    };
    Ok(ChiSquare { statistic, degrees, p_value })
}

/// What a bet against the weights has made of 1, valid at every look (Lindon and Malek 2020,
/// arXiv 2011.03567): a Dirichlet-multinomial mixture over splits, centred on the weights, worth 50
/// units per arm.
///
/// Infinite where units stand in an arm of weight 0. Compare with [`ALARM`].
pub fn sample_ratio_e_value(units: &[u64], weights: &[f64]) -> Result<f64, Refusal> {
    let shares = shares(units, weights)?;
    if units.iter().zip(&shares).any(|(units, share)| *units > 0 && *share <= 0.0) {
        return Ok(f64::INFINITY);
    }
    let open = shares.iter().filter(|share| **share > 0.0).count() as u64;
    let prior = PRIOR * count(open);
    let total: f64 = units.iter().copied().map(count).sum();
    let part = |(units, share): (&u64, &f64)| {
        let (units, alpha) = (count(*units), prior * *share);
        ln_gamma(alpha + units) - ln_gamma(alpha) - units * share.ln()
    };
    let arms = units.iter().zip(&shares).filter(|(_, share)| **share > 0.0).map(part);
    Ok((ln_gamma(prior) - ln_gamma(prior + total) + arms.sum::<f64>()).exp())
}

fn shares(units: &[u64], weights: &[f64]) -> Result<Vec<f64>, Refusal> {
    let total: f64 = weights.iter().sum();
    let sound = units.len() == weights.len()
        && weights.iter().all(|weight| *weight >= 0.0)
        && total.is_finite()
        && weights.iter().filter(|weight| **weight > 0.0).count() >= 2;
    if !sound {
        return Err(Refusal::Weights);
    }
    Ok(weights.iter().map(|weight| weight / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(units: &[u64], weights: &[f64]) -> f64 {
        sample_ratio(units, weights).unwrap().p_value
    }

    #[test]
    fn chi_square_is_that_of_the_reference_engine() {
        assert!((p(&[5000, 5300], &[0.5, 0.5]) - 0.003_116_693_84).abs() < 1e-11);
        assert!((p(&[5000, 3100, 1900], &[0.5, 0.3, 0.2]) - 0.015_503_853_6).abs() < 1e-10);
        assert!((p(&[0, 0], &[1.0, 1.0]) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn an_arm_of_weight_zero_takes_no_degree_of_freedom() {
        let without = sample_ratio(&[5000, 5300], &[0.5, 0.5]).unwrap();
        let with = sample_ratio(&[5000, 5300, 0], &[0.5, 0.5, 0.0]).unwrap();
        assert_eq!((with, with.degrees), (without, 1));
    }

    #[test]
    fn a_unit_in_an_arm_of_weight_zero_is_no_chance() {
        assert!(p(&[500, 500, 1], &[0.5, 0.5, 0.0]) < f64::MIN_POSITIVE);
        let e = sample_ratio_e_value(&[500, 500, 1], &[0.5, 0.5, 0.0]).unwrap();
        assert!(e.is_infinite());
    }

    #[test]
    fn a_split_of_51_to_49_is_an_alarm_at_a_hundred_thousand_and_an_even_one_never() {
        let e = |units: &[u64]| sample_ratio_e_value(units, &[1.0, 1.0]).unwrap();
        assert!(e(&[51_000, 49_000]) > ALARM);
        assert!(e(&[50_000, 50_000]) < 1.0);
        assert!((e(&[0, 0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_bet_is_the_printed_formula_where_weights_are_equal() {
        // Γ(100)/Γ(103) · Γ(52)/Γ(50) · Γ(51)/Γ(50) / 0.5³
        let expected = (51.0 * 50.0 * 50.0) / (102.0 * 101.0 * 100.0) * 8.0;
        assert!(
            (sample_ratio_e_value(&[2, 1], &[0.5, 0.5]).unwrap() / expected - 1.0).abs() < 1e-12
        );
    }

    #[test]
    fn weights_that_fit_nothing_are_refused() {
        for weights in [&[0.5, 0.5, 0.5][..], &[1.0, 0.0], &[-0.5, 1.5], &[f64::NAN, 1.0], &[]] {
            assert_eq!(sample_ratio(&[1, 1], weights), Err(Refusal::Weights));
            assert_eq!(sample_ratio_e_value(&[1, 1], weights), Err(Refusal::Weights));
        }
    }

    proptest! {
        /// The defining property of an e-value: the bet is fair. The next unit leaves its expectation
        /// where it was.
        #[test]
        fn the_bet_is_fair_at_every_step(
            units in prop::collection::vec(0u64..400, 2..5), weight in 0.1f64..5.0,
        ) {
            let weights: Vec<f64> = (1u8..).map(|arm| weight + f64::from(arm)).take(units.len()).collect();
            let total: f64 = weights.iter().sum();
            let now = sample_ratio_e_value(&units, &weights).unwrap();
            let after: f64 = (0..units.len()).map(|arm| {
                let mut next = units.clone();
                next[arm] += 1;
                weights[arm] / total * sample_ratio_e_value(&next, &weights).unwrap()
            }).sum();
            prop_assume!(now > 1e-200 && now < 1e200);
            prop_assert!((after / now - 1.0).abs() < 1e-9);
        }
    }
}
