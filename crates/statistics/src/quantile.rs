//! Where a quantile lies, such as the day by which half or nine tenths of the payers have paid.
//!
//! An interval is a pair of places in the sorted sample; it holds for every distribution.

use statrs::function::beta::ln_beta;

use crate::binomial::outer_tail;
use crate::moments::count;
use crate::{Level, Refusal};

/// Places in the sorted sample between which the quantile lies: counted from 1, `None` where the
/// sample is too small to bound that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// The place of the lower bound.
    pub lower: Option<u64>,
    /// The place of the upper bound.
    pub upper: Option<u64>,
}

impl Ranks {
    /// For a sample fixed beforehand: as many units below the quantile as a binomial count allows on
    /// either side.
    pub fn fixed(units: u64, quantile: f64, level: Level) -> Result<Self, Refusal> {
        check(units, quantile)?;
        let half = level.alpha() / 2.0;
        let few = |below: u64| outer_tail(units, quantile, below) <= half;
        Ok(Self::between(units, quantile, few))
    }

    /// For every sample size together, so that one may look whenever one likes: the counts that a
    /// beta-binomial mixture does not bet away (Howard and Ramdas 2022, arXiv 1906.09712), narrowest
    /// near `planned` units.
    pub fn sequential(
        units: u64,
        quantile: f64,
        level: Level,
        planned: u64,
    ) -> Result<Self, Refusal> {
        check(units, quantile)?;
        if planned == 0 {
            return Err(Refusal::EmptyPlan);
        }
        // As many prior units as make the normal mixture narrowest at the plan.
        let spent = -2.0 * level.alpha().ln();
        let prior = count(planned) / (spent + (spent + 1.0).ln());
        let bet_away =
            |below: u64| ln_mixture(units, quantile, prior, below) >= -level.alpha().ln();
        Ok(Self::between(units, quantile, bet_away))
    }

    /// The outermost counts that are not excluded; `excluded` is monotone on either side of the mean.
    fn between(units: u64, quantile: f64, excluded: impl Fn(u64) -> bool) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most units"
        )]
        let middle = (count(units) * quantile) as u64;
        let low = first(0, middle, |below| !excluded(below));
        let high = first(middle + 1, units + 1, &excluded);
        Self { lower: (low > 0).then_some(low), upper: (high <= units).then_some(high) }
    }

    /// The place of the quantile itself: the first up to which that part of the sample lies.
    pub fn point(units: u64, quantile: f64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of the units"
        )]
        let place = (count(units) * quantile).ceil() as u64;
        place
    }

    /// The values at these places of a sorted sample.
    pub fn values<T: Copy>(self, sorted: &[T]) -> (Option<T>, Option<T>) {
        let at = |rank: Option<u64>| {
            rank.and_then(|rank| usize::try_from(rank - 1).ok())
                .and_then(|index| sorted.get(index).copied())
        };
        (at(self.lower), at(self.upper))
    }
}

/// The day at a place, from payments per day; `None` beyond the last.
pub fn day_at(per_day: &[u64], rank: u64) -> Option<u32> {
    let mut so_far = 0;
    let day = per_day.iter().position(|paid| {
        so_far += paid;
        so_far >= rank
    });
    day.and_then(|day| u32::try_from(day).ok())
}

fn check(units: u64, quantile: f64) -> Result<(), Refusal> {
    if units < 2 {
        return Err(Refusal::TooFewUnits { units });
    }
    if quantile > 0.0 && quantile < 1.0 { Ok(()) } else { Err(Refusal::Probability) }
}

/// What a bet, spread over shares around the quantile's own, has won when `below` of the units lie
/// below it.
fn ln_mixture(units: u64, quantile: f64, prior: f64, below: u64) -> f64 {
    let (hits, misses) = (count(below), count(units - below));
    let (a, b) = (prior * quantile, prior * (1.0 - quantile));
    let by_chance = hits * quantile.ln() + misses * (-quantile).ln_1p();
    ln_beta(a + hits, b + misses) - ln_beta(a, b) - by_chance
}

/// The first number of a range for which a monotone condition holds; the end of the range if none.
fn first(start: u64, end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (start, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests;
