//! Probabilities and logits. Exponential and logarithm come from `libm`, which computes them from the four
//! basic operations: that of a system may differ in the last bit, and a state rebuilt from the log would
//! not repeat.

/// The probability of a logit.
pub fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

/// The logit of a probability, which is held between 1e-6 and 1 - 1e-6.
pub fn logit(probability: f64) -> f64 {
    let held = probability.clamp(1e-6, 1.0 - 1e-6);
    libm::log(held / (1.0 - held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_probability_survives_its_logit(p in 1e-5..0.99999) {
            prop_assert!((probability(logit(p)) - p).abs() < 1e-12);
        }
    }

    #[test]
    fn even_odds_are_a_logit_of_nothing() {
        assert!((probability(0.0) - 0.5).abs() < f64::EPSILON && logit(0.5).abs() < f64::EPSILON);
        assert!(logit(0.0).is_finite() && logit(1.0).is_finite());
    }
}
