//! Sums of observations that somebody else has added up: a warehouse query, another engine.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::moments::count;

/// Counts, sums, sums of squares and of products over the units of one arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// How many units.
    pub units: u64,
    /// How many have an outcome other than 0.
    pub converted: u64,
    /// Σ outcome.
    pub outcome: f64,
    /// Σ outcome².
    pub outcome_squares: f64,
    /// Σ covariate; 0 without one.
    pub covariate: f64,
    /// Σ covariate².
    pub covariate_squares: f64,
    /// Σ denominator; the number of units where the metric is no ratio.
    pub denominator: f64,
    /// Σ denominator².
    pub denominator_squares: f64,
    /// Σ outcome · covariate.
    pub outcome_covariate: f64,
    /// Σ outcome · denominator.
    pub outcome_denominator: f64,
    /// Σ covariate · denominator.
    pub covariate_denominator: f64,
}

impl Sums {
    /// Those of outcomes of 0 and 1.
    pub fn proportion(units: u64, converted: u64) -> Self {
        Self { converted, ..Self::mean(units, count(converted), count(converted)) }
    }

    /// Those of a mean. Every unit counts as converted, since sums do not tell.
    pub fn mean(units: u64, outcome: f64, outcome_squares: f64) -> Self {
        Self {
            units,
            converted: units,
            outcome,
            outcome_squares,
            denominator: count(units),
            denominator_squares: count(units),
            outcome_denominator: outcome,
            ..Self::default()
        }
    }

    /// With a covariate: Σx, Σx², Σyx.
    #[must_use]
    pub fn with_covariate(self, covariate: f64, squares: f64, products: f64) -> Self {
        Self {
            covariate,
            covariate_squares: squares,
            outcome_covariate: products,
            covariate_denominator: covariate,
            ..self
        }
    }

    /// As the numerator of a ratio: Σd, Σd², Σyd.
    #[must_use]
    pub fn over(self, denominator: f64, squares: f64, products: f64) -> Self {
        Self { denominator, denominator_squares: squares, outcome_denominator: products, ..self }
    }

    /// Refuses what cannot be sums of finite observations (Cauchy-Schwarz, up to rounding).
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let all = [
            self.outcome,
            self.outcome_squares,
            self.covariate,
            self.covariate_squares,
            self.denominator,
            self.denominator_squares,
            self.outcome_covariate,
            self.outcome_denominator,
            self.covariate_denominator,
        ];
        if !all.iter().all(|sum| sum.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        let units = count(self.units);
        let possible = |sum: f64, squares: f64| sum * sum <= units * squares * (1.0 + 1e-9);
        let sound = self.converted <= self.units
            && possible(self.outcome, self.outcome_squares)
            && possible(self.covariate, self.covariate_squares)
            && possible(self.denominator, self.denominator_squares);
        if sound { Ok(()) } else { Err(Refusal::ImpossibleSums) }
    }
}
