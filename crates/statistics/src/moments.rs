//! What is kept of a metric in one arm: counts, sums, squares and products.
//!
//! From these follow every mean, difference, interval and adjustment, whatever the number of units;
//! shards and tenants add up, and a unit can be taken out again as if it had never been there.

use serde::{Deserialize, Serialize};

use crate::exact_sum::ExactSum;
use crate::{Refusal, Sums};

/// Squares of larger values times billions of units would leave the range of numbers.
const LARGEST: f64 = 1e70;
/// A sum of squared deviations below this part of the sum of squares is rounding alone.
const ROUNDING: f64 = 1e-28;

/// What is known about one unit (a person, with all claims together).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What the metric measures: 0 or 1, an amount, the numerator of a ratio.
    pub outcome: f64,
    /// What was known before exposure and goes with the outcome, such as the amount predicted.
    pub covariate: f64,
    /// The denominator of a ratio.
    pub denominator: f64,
}

impl Observation {
    /// An outcome without a covariate, over a denominator of 1.
    pub fn of(outcome: f64) -> Self {
        Self { outcome, covariate: 0.0, denominator: 1.0 }
    }

    fn checked(self) -> Result<Self, Refusal> {
        let values = [self.outcome, self.covariate, self.denominator];
        if !values.iter().all(|value| value.is_finite()) {
            Err(Refusal::NotFinite)
        } else if values.iter().any(|value| value.abs() > LARGEST) {
            Err(Refusal::TooLarge)
        } else {
            Ok(self)
        }
    }
}

/// One of the quantities of an [`Observation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The outcome.
    Outcome,
    /// The covariate.
    Covariate,
    /// The denominator.
    Denominator,
}

use Quantity::{Covariate, Denominator, Outcome};

/// The sufficient statistics of one metric in one arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    units: u64,
    converted: u64,
    outcome: ExactSum,
    covariate: ExactSum,
    denominator: ExactSum,
    outcome_squares: ExactSum,
    covariate_squares: ExactSum,
    denominator_squares: ExactSum,
    outcome_covariate: ExactSum,
    outcome_denominator: ExactSum,
    covariate_denominator: ExactSum,
}

impl Moments {
    /// Those of a list of units.
    pub fn from_observations<'a>(
        observations: impl IntoIterator<Item = &'a Observation>,
    ) -> Result<Self, Refusal> {
        let mut moments = Self::default();
        observations.into_iter().try_for_each(|observation| moments.add(observation))?;
        Ok(moments)
    }

    /// Those behind sums from elsewhere.
    pub fn from_sums(sums: &Sums) -> Result<Self, Refusal> {
        sums.check()?;
        let moments = Self {
            units: sums.units,
            converted: sums.converted,
            outcome: sums.outcome.into(),
            covariate: sums.covariate.into(),
            denominator: sums.denominator.into(),
            outcome_squares: sums.outcome_squares.into(),
            covariate_squares: sums.covariate_squares.into(),
            denominator_squares: sums.denominator_squares.into(),
            outcome_covariate: sums.outcome_covariate.into(),
            outcome_denominator: sums.outcome_denominator.into(),
            covariate_denominator: sums.covariate_denominator.into(),
        };
        Ok(moments)
    }

    /// Takes a unit in.
    pub fn add(&mut self, observation: &Observation) -> Result<(), Refusal> {
        self.merge(&Self::of(observation.checked()?));
        Ok(())
    }

    /// Takes a unit out again: a correction, an erasure, a reversal.
    ///
    /// What remains is exact to about 1e-30 of the largest square that was ever held: a unit of 1e10
    /// leaves nothing behind that can be seen beside variances of 1, one of 1e12 may leave 1e-8.
    pub fn remove(&mut self, observation: &Observation) -> Result<(), Refusal> {
        self.subtract(&Self::of(observation.checked()?))
    }

    /// Takes in the units of another shard, day or tenant.
    pub fn merge(&mut self, other: &Self) {
        *self = self.combined(other, u64::saturating_add, |left, right| left + right);
    }

    /// Takes units out that were merged in before.
    pub fn subtract(&mut self, other: &Self) -> Result<(), Refusal> {
        if other.units > self.units || other.converted > self.converted {
            return Err(Refusal::NothingToRemove);
        }
        // Without units nothing may be left of rounding.
        *self = if other.units == self.units {
            Self::default()
        } else {
            self.combined(other, u64::saturating_sub, |left, right| left - right)
        };
        Ok(())
    }

    /// How many units.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// How many units have an outcome other than 0.
    pub fn converted(&self) -> u64 {
        self.converted
    }

    /// Whether every outcome is 0 or 1.
    pub fn is_binary(&self) -> bool {
        self.outcome == self.outcome_squares
            && self.outcome == ExactSum::from(count(self.converted))
    }

    /// The sum of a quantity over the units.
    pub fn sum(&self, of: Quantity) -> f64 {
        self.total(of).value()
    }

    /// The mean; 0 without units.
    pub fn mean(&self, of: Quantity) -> f64 {
        if self.units == 0 { 0.0 } else { self.sum(of) / count(self.units) }
    }

    /// The sample variance (divided by n - 1); 0 with fewer than two units or where nothing varies.
    pub fn variance(&self, of: Quantity) -> f64 {
        self.covariance(of, of)
    }

    /// The sample covariance (divided by n - 1); 0 with fewer than two units.
    pub fn covariance(&self, left: Quantity, right: Quantity) -> f64 {
        if self.units < 2 {
            return 0.0;
        }
        self.deviations(left, right) / (count(self.units) - 1.0)
    }

    /// The sum of products of deviations from the means.
    fn deviations(&self, left: Quantity, right: Quantity) -> f64 {
        let units = count(self.units);
        let (products, totals) = (self.products(left, right), self.total(left) * self.total(right));
        let found = (products * units.into() - totals).value() / units;
        let negligible = ROUNDING
            * (self.products(left, left).value() * self.products(right, right).value()).sqrt();
        if found.abs() <= negligible { 0.0 } else { found }
    }

    fn total(&self, of: Quantity) -> ExactSum {
        match of {
            Outcome => self.outcome,
            Covariate => self.covariate,
            Denominator => self.denominator,
        }
    }

    fn products(&self, left: Quantity, right: Quantity) -> ExactSum {
        match (left, right) {
            (Outcome, Outcome) => self.outcome_squares,
            (Covariate, Covariate) => self.covariate_squares,
            (Denominator, Denominator) => self.denominator_squares,
            (Outcome, Covariate) | (Covariate, Outcome) => self.outcome_covariate,
            (Outcome, Denominator) | (Denominator, Outcome) => self.outcome_denominator,
            (Covariate, Denominator) | (Denominator, Covariate) => self.covariate_denominator,
        }
    }

    fn of(one: Observation) -> Self {
        let Observation { outcome, covariate, denominator } = one;
        Self {
            units: 1,
            converted: u64::from(outcome != 0.0),
            outcome: outcome.into(),
            covariate: covariate.into(),
            denominator: denominator.into(),
            outcome_squares: ExactSum::product(outcome, outcome),
            covariate_squares: ExactSum::product(covariate, covariate),
            denominator_squares: ExactSum::product(denominator, denominator),
            outcome_covariate: ExactSum::product(outcome, covariate),
            outcome_denominator: ExactSum::product(outcome, denominator),
            covariate_denominator: ExactSum::product(covariate, denominator),
        }
    }

    fn combined(
        &self,
        other: &Self,
        counts: fn(u64, u64) -> u64,
        sums: fn(ExactSum, ExactSum) -> ExactSum,
    ) -> Self {
        Self {
            units: counts(self.units, other.units),
            converted: counts(self.converted, other.converted),
            outcome: sums(self.outcome, other.outcome),
            covariate: sums(self.covariate, other.covariate),
            denominator: sums(self.denominator, other.denominator),
            outcome_squares: sums(self.outcome_squares, other.outcome_squares),
            covariate_squares: sums(self.covariate_squares, other.covariate_squares),
            denominator_squares: sums(self.denominator_squares, other.denominator_squares),
            outcome_covariate: sums(self.outcome_covariate, other.outcome_covariate),
            outcome_denominator: sums(self.outcome_denominator, other.outcome_denominator),
            covariate_denominator: sums(self.covariate_denominator, other.covariate_denominator),
        }
    }
}

/// A count as a number; exact up to 2⁵³ units.
#[expect(clippy::cast_precision_loss, reason = "no experiment has 2^53 units")]
pub(crate) fn count(units: u64) -> f64 {
    units as f64
}

#[cfg(test)]
mod tests;
