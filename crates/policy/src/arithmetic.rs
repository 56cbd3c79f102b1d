//! Exponential and logarithm from the four basic operations, which IEEE 754 fixes to the last bit: the
//! mathematics library of a system may differ in it, and a state rebuilt from the log would not repeat.

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

/// The exponential of a finite number; accurate to about 1e-15 relative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded before")]
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let power = (x * LOG2_E).round();
    let rest = (x - power * LN_2) / 16.0;
    // |rest| <= 0.022: eight terms of the series are exact to the last bit; then squared four times.
    let series = (1..=8).rev().fold(1.0, |sum, n| 1.0 + sum * rest / f64::from(n));
    let scale = f64::from_bits(((power as i64 + 1023) as u64) << 52);
    (0..4).fold(series, |root, _| root * root) * scale
}

/// The natural logarithm of a positive normal number; accurate to about 1e-15.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "an exponent of 11 bits"
)]
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut fraction = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if fraction > SQRT_2 {
        fraction *= 0.5;
        exponent += 1;
    }
    // ln f = 2 artanh((f - 1) / (f + 1)), |ratio| <= 0.172.
    let ratio = (fraction - 1.0) / (fraction + 1.0);
    let square = ratio * ratio;
    let series = (0..=10).rev().fold(0.0, |sum, n| sum * square + 1.0 / f64::from(2 * n + 1));
    exponent as f64 * LN_2 + 2.0 * ratio * series
}

/// The probability of a logit.
pub fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + exp(-logit))
}

/// The logit of a probability, which is held between 1e-6 and 1 - 1e-6.
pub fn logit(probability: f64) -> f64 {
    let held = probability.clamp(1e-6, 1.0 - 1e-6);
    ln(held / (1.0 - held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_exponential_is_that_of_the_library(x in -600.0..600.0) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13);
        }

        #[test]
        fn the_logarithm_is_that_of_the_library(x in 1e-300..1e300, y in 0.01..100.0) {
            prop_assert!((ln(x) - x.ln()).abs() < 1e-13 * x.ln().abs().max(1.0));
            prop_assert!((ln(y) - y.ln()).abs() < 1e-14);
        }

        #[test]
        fn a_probability_survives_its_logit(p in 1e-5..0.99999) {
            prop_assert!((probability(logit(p)) - p).abs() < 1e-12);
        }
    }
}
