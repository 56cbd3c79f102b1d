//! Sums that forget what is taken out of them.
//!
//! A sum of squares in one `f64` keeps 16 digits: after a value of 10⁹ has come and gone, the
//! variance of values around 1 is lost. Two `f64` keep 32 (Dekker 1971; Knuth, TAOCP 4.2.2), so that
//! adding, removing and merging commute far below what any figure shows.

use std::ops::{Add, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// The unevaluated sum of two numbers, the second below half a unit in the last place of the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ExactSum(f64, f64);

impl ExactSum {
    /// The product of two numbers, without rounding.
    pub fn product(left: f64, right: f64) -> Self {
        let high = left * right;
        Self(high, left.mul_add(right, -high))
    }

    /// The nearest number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Puts two numbers in order of size; the first must not be the smaller one.
    fn renormalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self(sum, low - (sum - high))
    }
}

impl From<f64> for ExactSum {
    fn from(value: f64) -> Self {
        Self(value, 0.0)
    }
}

/// The rounded sum and what rounding lost.
fn two_sum(left: f64, right: f64) -> (f64, f64) {
    let sum = left + right;
    let of_right = sum - left;
    (sum, (left - (sum - of_right)) + (right - of_right))
}

impl Add for ExactSum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, high_error) = two_sum(self.0, other.0);
        let (low, low_error) = two_sum(self.1, other.1);
        let Self(high, error) = Self::renormalised(high, high_error + low);
        Self::renormalised(high, error + low_error)
    }
}

impl Neg for ExactSum {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl Sub for ExactSum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for ExactSum {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let Self(high, error) = Self::product(self.0, other.0);
        Self::renormalised(high, error + self.0.mul_add(other.1, self.1 * other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_huge_value_that_comes_and_goes_leaves_nothing_behind() {
        let small = ExactSum::from(0.1);
        let huge = ExactSum::product(1e9, 1e9);
        assert_eq!((small + huge - huge).value().to_bits(), 0.1_f64.to_bits());
    }

    proptest! {
        #[test]
        fn a_product_of_sums_is_the_sum_of_products(a in -1e6f64..1e6, b in -1e6f64..1e6, c in -1e6f64..1e6) {
            let left = (ExactSum::from(a) + ExactSum::from(b)) * ExactSum::from(c);
            let right = ExactSum::product(a, c) + ExactSum::product(b, c);
            prop_assert!((left - right).value().abs() <= 1e-28 * (a.abs() + b.abs()) * c.abs());
        }
    }
}
