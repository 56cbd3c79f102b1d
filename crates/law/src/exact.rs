use std::ops::{Add, Sub};

use kulanz_types::{Currency, Money};

use crate::{LawError, Refusal};

/// Parts of a year's interest that every day-count divides: the least common multiple of 360, 365, 366.
pub(crate) const YEAR_PARTS: i128 = 1_603_080;
/// Parts of one minor unit: year parts times the millionths in which rates are held.
const UNIT: i128 = YEAR_PARTS * 1_000_000;

/// An amount of interest before rounding: a fraction of a minor unit over one fixed denominator.
///
/// The denominator divides by every supported year length, so sums are exact and splitting a period
/// at an equal rate cannot change the result. Rounding happens once per claim line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(i128);

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `minor units x rate x days / year length`, the rate in millionths of the amount.
    pub(crate) fn interest(
        minor_units: i64,
        millionths: i64,
        days: i64,
        year: i128,
    ) -> Result<Self, LawError> {
        i128::from(minor_units)
            .checked_mul(i128::from(millionths))
            .and_then(|value| value.checked_mul(i128::from(days)))
            .and_then(|value| value.checked_mul(YEAR_PARTS / year))
            .map(Self)
            .ok_or_else(|| Refusal::AmountOutOfRange.into())
    }

    /// The fraction's numerator, for keeping it between two calculations.
    pub const fn parts(self) -> i128 {
        self.0
    }

    /// The amount that [`Exact::parts`] gave.
    pub const fn from_parts(parts: i128) -> Self {
        Self(parts)
    }

    /// Rounded half up to the minor unit.
    pub fn round(self, currency: Currency) -> Result<Money, LawError> {
        let rounded = (2 * self.0 + UNIT).div_euclid(2 * UNIT);
        i64::try_from(rounded)
            .map(|minor_units| Money::new(currency, minor_units))
            .map_err(|_| Refusal::AmountOutOfRange.into())
    }

    /// Rounded down to the minor unit: for forecasts that must not ask for more than will be owed.
    pub fn floor(self, currency: Currency) -> Result<Money, LawError> {
        i64::try_from(self.split().0)
            .map(|minor_units| Money::new(currency, minor_units))
            .map_err(|_| Refusal::AmountOutOfRange.into())
    }

    /// Whole minor units below, and what is left over them.
    pub(crate) fn split(self) -> (i128, i128) {
        (self.0.div_euclid(UNIT), self.0.rem_euclid(UNIT))
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Exact {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Shows a rounded total as rounded parts: each part gets its whole units, the units still missing go
/// to the largest remainders, ties to the earlier part.
pub(crate) fn largest_remainder(parts: &[Exact], total: i128) -> Vec<i128> {
    let mut units: Vec<i128> = parts.iter().map(|part| part.split().0).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(parts[index].split().1));
    let mut missing = total - units.iter().sum::<i128>();
    for index in order {
        if missing <= 0 {
            break;
        }
        units[index] += 1;
        missing -= 1;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_cent_rounds_up() {
        let eur = Currency::EUR;
        assert_eq!(Exact(UNIT / 2).round(eur).unwrap(), Money::eur(1));
        assert_eq!(Exact(UNIT / 2 - 1).round(eur).unwrap(), Money::eur(0));
        assert_eq!(Exact(UNIT + UNIT / 2).round(eur).unwrap(), Money::eur(2));
    }

    #[test]
    fn the_missing_cents_go_to_the_largest_remainders() {
        let third = Exact(UNIT / 3);
        let parts = [third, third + Exact(1), third];
        assert_eq!(largest_remainder(&parts, 1), [0, 1, 0]);
    }
}
