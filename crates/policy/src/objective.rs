//! What a policy is after: the objectives it learns, what a tenant gives for each, and how the prices of
//! what must stay below a cap move.

use serde::{Deserialize, Serialize};

use crate::schema::SituationError;

/// An outcome with a model of its own. Clicks and opened messages are none: a policy paid for attention
/// learns to annoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Money comes in within the horizon.
    Paid,
    /// A sign of harm: opt-out, dispute, angry reply, call-back. Formal complaints are too rare to learn.
    Harm,
    /// The share of the balance that is paid, where something is.
    Share,
    /// Money comes in early, where it does.
    Speed,
    /// A plan or promise is kept.
    Kept,
}

impl Objective {
    /// Every objective, in the order of [`Weights`].
    pub const ALL: [Self; 5] = [Self::Paid, Self::Harm, Self::Share, Self::Speed, Self::Kept];

    /// Its position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// As it stands in files and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Harm => "harm",
            Self::Share => "share",
            Self::Speed => "speed",
            Self::Kept => "kept",
        }
    }
}

/// What a tenant gives, in euros, for each objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aims {
    /// For one euro that is paid; 1 unless a tenant collects on another's account.
    pub euro_paid: f64,
    /// For one sign of harm less: the price that keeps complaints below their cap, see [`next_price`].
    pub harm: f64,
    /// For early instead of late money, as a share of it.
    pub speed: f64,
    /// For a plan that is kept instead of broken, as a share of what it promises.
    pub kept: f64,
}

impl Default for Aims {
    fn default() -> Self {
        Self { euro_paid: 1.0, harm: 20.0, speed: 0.01, kept: 0.1 }
    }
}

/// What is expected of a person before the action is chosen: all from frozen models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// What is owed, in euros.
    pub balance: f64,
    /// Share of it that is paid if something is, 0..=1.
    pub share: f64,
    /// Probability of a payment within the horizon, 0..=1.
    pub paid: f64,
    /// Probability of a sign of harm, 0..=1.
    pub harm: f64,
    /// Probability that a plan would be kept, 0..=1.
    pub kept: f64,
}

impl Expectation {
    /// Euros that are expected to come within the horizon.
    pub fn recovery(&self) -> f64 {
        self.balance * self.paid * self.share
    }
}

/// Euros per logit of each objective, for one question.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weights(pub(crate) [f32; 5]);

impl Weights {
    /// Weights by objective, in the order of [`Objective::ALL`].
    pub fn new(weights: [f64; 5]) -> Result<Self, SituationError> {
        let broken =
            Objective::ALL.iter().zip(&weights).find(|(_, w)| w.abs().is_nan() || w.abs() > 1e9);
        if let Some((objective, _)) = broken {
            return Err(SituationError::NotFinite(objective.name().to_owned()));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the kernel computes in f32")]
        Ok(Self(weights.map(|weight| weight as f32)))
    }
}

impl Aims {
    /// Utility is linearised at the base rate: a logit more of paying is worth
    /// `balance * share * p (1 - p)`, a logit more of harm costs `price * h (1 - h)`.
    pub fn weights(&self, expected: &Expectation) -> Result<Weights, SituationError> {
        expected.check()?;
        let slope = |p: f64| p * (1.0 - p);
        let at_stake = expected.balance * self.euro_paid;
        let paid = at_stake * expected.share * slope(expected.paid);
        Weights::new([
            paid,
            -self.harm * slope(expected.harm),
            at_stake * expected.paid * slope(expected.share),
            self.speed * at_stake * expected.share * expected.paid * 0.25,
            self.kept * at_stake * expected.paid * slope(expected.kept),
        ])
    }
}

impl Expectation {
    fn check(&self) -> Result<(), SituationError> {
        if !self.balance.is_finite() {
            return Err(SituationError::NotFinite("balance".to_owned()));
        }
        let shares =
            [("share", self.share), ("paid", self.paid), ("harm", self.harm), ("kept", self.kept)];
        for (name, share) in shares {
            if !share.is_finite() {
                return Err(SituationError::NotFinite(name.to_owned()));
            }
            if !(0.0..=1.0).contains(&share) {
                return Err(SituationError::OutOfRange(name.to_owned()));
            }
        }
        Ok(())
    }
}

/// The price of a constraint for the next day: it rises while the upper confidence bound of what must stay
/// below the cap is above it, and falls to nothing otherwise. The same rule serves complaints, contact
/// costs and contact frequency.
pub fn next_price(price: f64, rate: f64, upper_bound: f64, cap: f64) -> f64 {
    (price + rate * (upper_bound - cap)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Expectation =
        Expectation { balance: 500.0, share: 0.6, paid: 0.1, harm: 0.02, kept: 0.7 };

    #[test]
    fn a_logit_of_paying_is_worth_what_it_brings_at_the_base_rate() {
        let weights = Aims::default().weights(&EXPECTED).unwrap();
        assert!((weights.0[0] - 500.0 * 0.6 * 0.09).abs() < 1e-4);
        assert!((weights.0[1] + 20.0 * 0.02 * 0.98).abs() < 1e-6);
    }

    #[test]
    fn an_expectation_that_is_no_number_is_refused_by_name() {
        let weights = |expected: Expectation| Aims::default().weights(&expected);
        let nan = weights(Expectation { harm: f64::NAN, ..EXPECTED });
        assert_eq!(nan, Err(SituationError::NotFinite("harm".to_owned())));
        let above = weights(Expectation { paid: 1.2, ..EXPECTED });
        assert_eq!(above, Err(SituationError::OutOfRange("paid".to_owned())));
    }

    #[test]
    fn the_price_of_harm_rises_above_the_cap_and_falls_to_nothing_below() {
        let risen = next_price(5.0, 100.0, 0.03, 0.02);
        assert!((risen - 6.0).abs() < 1e-9);
        assert!(next_price(0.5, 100.0, 0.0, 0.02) <= 0.0);
    }
}
