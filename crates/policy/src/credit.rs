//! Credit for money that comes late: one open decision, from its first milestone to its end.
//!
//! An unpaid decision is learned as a failure a little at a time, as the delay curve says; a payment takes
//! these failures back exactly and adds one full success. A success is never learned before the failures
//! of equal age are: positives at once and negatives late would make every new action look good.

use serde::{Deserialize, Serialize};

use crate::learner::Learner;
use crate::objective::Objective;
use crate::posterior::Receipt;
use crate::reward::passed_on;
use crate::schema::{Features, SituationError};

/// What one decision has been credited with so far for one objective; kept with the decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Credit {
    /// For what.
    pub objective: Objective,
    receipt: Receipt,
    /// How much of a failure was learned, 0..=1.
    failed: f64,
    succeeded: bool,
}

impl Credit {
    /// Nothing learned yet.
    pub const fn new(objective: Objective) -> Self {
        Self { objective, receipt: Receipt { s1: 0.0, s2: 0.0 }, failed: 0.0, succeeded: false }
    }

    /// What was added for the decision and not taken back.
    pub const fn receipt(&self) -> Receipt {
        self.receipt
    }
}

/// A decision as learning sees it.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// Its features.
    pub features: &'a Features,
    /// Probability of the outcome before the action, from the frozen model.
    pub base_rate: f64,
    /// The channel, whose delay curve holds.
    pub channel: &'a str,
}

impl Learner {
    /// Nothing has come after so many days: as much of a failure as payers of this channel have usually
    /// paid by then. Days may come in any order and more than once.
    pub fn wait(
        &mut self,
        credit: &mut Credit,
        decided: &Decided<'_>,
        days: usize,
    ) -> Result<(), SituationError> {
        let weight = self.delay.paid_by(decided.channel, days);
        let more = weight - credit.failed;
        if credit.succeeded || more <= 0.0 {
            return Ok(());
        }
        let receipt =
            self.learn(credit.objective, decided.features, decided.base_rate, 0.0, more)?;
        credit.receipt = credit.receipt + receipt;
        credit.failed = weight;
        Ok(())
    }

    /// The next contact was made after so many days and nothing had come: what may still come is expected of
    /// that one, at its base rate, and nothing more is learned of this one by waiting.
    pub fn pass_on(
        &mut self,
        credit: &mut Credit,
        decided: &Decided<'_>,
        days: usize,
        expected_next: f64,
    ) -> Result<(), SituationError> {
        if credit.succeeded {
            return Ok(());
        }
        let outcome = passed_on(expected_next, self.delay.paid_by(decided.channel, days));
        self.succeed(credit, decided, outcome)?;
        (credit.succeeded, credit.failed) = (false, 1.0);
        Ok(())
    }

    /// It came: the failures are taken back and a success of this size (0..=1) is learned.
    pub fn succeed(
        &mut self,
        credit: &mut Credit,
        decided: &Decided<'_>,
        outcome: f64,
    ) -> Result<(), SituationError> {
        let mut undone = *credit;
        self.forget(&mut undone, decided.features);
        let receipt =
            self.learn(credit.objective, decided.features, decided.base_rate, outcome, 1.0);
        if let Err(error) = receipt {
            // Nothing half-learned: what was taken back is put back.
            self.restore(credit, decided.features);
            return Err(error);
        }
        credit.receipt = receipt?;
        credit.failed = 0.0;
        credit.succeeded = true;
        Ok(())
    }

    /// It went back (a returned debit): the success is taken back, the decision is as old as it is.
    pub fn reverse(
        &mut self,
        credit: &mut Credit,
        decided: &Decided<'_>,
        days: usize,
    ) -> Result<(), SituationError> {
        self.forget(credit, decided.features);
        self.wait(credit, decided, days)
    }

    /// Takes back everything the decision was credited with: an erasure.
    pub fn forget(&mut self, credit: &mut Credit, features: &Features) {
        self.remove(credit.objective, features, credit.receipt);
        *credit = Credit::new(credit.objective);
    }

    fn restore(&mut self, credit: &Credit, features: &Features) {
        let Receipt { s1, s2 } = credit.receipt;
        self.remove(credit.objective, features, Receipt { s1: -s1, s2: -s2 });
    }
}
