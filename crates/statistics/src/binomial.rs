//! How many of n units lie below a quantile: a binomial count, exactly.

use statrs::function::gamma::ln_gamma;

use crate::moments::count;

/// A tail is cut where its terms are this much below the first.
const NEGLIGIBLE: f64 = 1e-18;

/// P(B ≤ k) for k below the mean, P(B ≥ k) for k above it.
///
/// Terms from k outwards, each from its neighbour: about √n of them. The continued fraction of `statrs`
/// stops after 140 steps, too early for a hundred thousand units.
pub(crate) fn outer_tail(units: u64, probability: f64, k: u64) -> f64 {
    let below = count(k) <= count(units) * probability;
    let odds = probability / (1.0 - probability);
    let (mut term, mut total) = (1.0, 1.0);
    let mut here = k;
    while term > NEGLIGIBLE * total {
        term *= if below {
            count(here) / (count(units - here + 1) * odds)
        } else {
            count(units - here) * odds / count(here + 1)
        };
        total += term;
        match (below, here) {
            (true, 0) => break,
            (true, _) => here -= 1,
            (false, last) if last == units => break,
            (false, _) => here += 1,
        }
    }
    total * ln_probability(units, probability, k).exp()
}

/// ln P(B = k).
pub(crate) fn ln_probability(units: u64, probability: f64, k: u64) -> f64 {
    let (all, hits) = (count(units), count(k));
    ln_gamma(all + 1.0) - ln_gamma(hits + 1.0) - ln_gamma(all - hits + 1.0)
        + hits * probability.ln()
        + (all - hits) * (-probability).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    proptest! {
        #[test]
        fn tails_are_those_of_the_distribution(units in 1u64..300, probability in 0.05f64..0.95, k in 0u64..300) {
            let k = k.min(units);
            let whole = Binomial::new(probability, units).unwrap();
            let expected = if count(k) <= count(units) * probability {
                whole.cdf(k)
            } else {
                1.0 - whole.cdf(k - 1)
            };
            prop_assert!((outer_tail(units, probability, k) - expected).abs() < 1e-9);
        }
    }
}
