//! What one objective has learned, in information form: additive, so that outcomes can be taken back,
//! shards merged and old months faded.

use serde::{Deserialize, Serialize};

use crate::arithmetic::probability;
use crate::schema::Features;

/// The least curvature an outcome counts with.
const LEAST_CURVATURE: f64 = 1e-4;

/// What an outcome added: enough to take exactly that away again. Receipts of one decision add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Added to the information of every pair of features, times their values.
    pub s1: f64,
    /// Added to every feature, times its value.
    pub s2: f64,
}

impl std::ops::Add for Receipt {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { s1: self.s1 + other.s1, s2: self.s2 + other.s2 }
    }
}

/// The likelihood's share of a Gaussian posterior, around the last refreshed mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Posterior {
    /// The lower triangle of the information matrix, row by row.
    pub information: Vec<f64>,
    /// Information times location.
    pub located: Vec<f64>,
    /// The mean of the last refresh: the point outcomes are linearised at.
    pub mean: Vec<f64>,
}

impl Posterior {
    pub fn new(mean: Vec<f64>) -> Self {
        let dimension = mean.len();
        Self {
            information: vec![0.0; dimension * (dimension + 1) / 2],
            located: vec![0.0; dimension],
            mean,
        }
    }

    /// Learns an outcome in 0..=1 with a weight; `offset` is the logit of the frozen propensity.
    pub fn learn(
        &mut self,
        features: &Features,
        offset: f64,
        outcome: f64,
        weight: f64,
    ) -> Receipt {
        let shift = features.dot(&self.mean);
        let expected = probability(offset + shift);
        let curvature = (expected * (1.0 - expected)).max(LEAST_CURVATURE);
        let receipt = Receipt {
            s1: weight * curvature,
            s2: weight * (curvature * shift + outcome - expected),
        };
        self.add(features, receipt);
        receipt
    }

    /// Adds what a receipt says; with its negative, takes it away.
    pub fn add(&mut self, features: &Features, receipt: Receipt) {
        for (position, (row, value)) in features.terms().iter().enumerate() {
            self.located[*row] += receipt.s2 * value;
            let scaled = receipt.s1 * value;
            let start = row * (row + 1) / 2;
            let line = &mut self.information[start..=start + row];
            for (column, other) in &features.terms()[..=position] {
                line[*column] += scaled * other;
            }
        }
    }

    /// Adds another shard's share, faded.
    pub fn merge(&mut self, other: &Self, share: f64) {
        for (ours, theirs) in self.information.iter_mut().zip(&other.information) {
            *ours += share * theirs;
        }
        for (ours, theirs) in self.located.iter_mut().zip(&other.located) {
            *ours += share * theirs;
        }
    }

    /// The same for a wider schema: `place[feature]` is where a feature stands there.
    pub fn spread(&self, place: &[usize], mean: Vec<f64>) -> Self {
        let mut wider = Self::new(mean);
        for (row, row_there) in place.iter().enumerate() {
            wider.located[*row_there] = self.located[row];
            wider.mean[*row_there] = self.mean[row];
            for (column, column_there) in place[..=row].iter().enumerate() {
                let (high, low) = (*row_there.max(column_there), *row_there.min(column_there));
                wider.information[high * (high + 1) / 2 + low] =
                    self.information[row * (row + 1) / 2 + column];
            }
        }
        wider
    }
}
