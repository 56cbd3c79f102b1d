//! What is known of a debt at the moment of a decision, in buckets.

use crate::schema::situation::SituationError;

/// A quantity of the context and the edges between its three buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// Its name in reasons.
    pub name: &'static str,
    /// Where the second and the third bucket begin.
    pub edges: [f64; 2],
    /// The buckets' names.
    pub buckets: [&'static str; 3],
}

/// The four quantities that make the twelve context buckets. Their edges are thirds of a usual portfolio
/// (mean claim 563 EUR, BDIU 2023).
pub const SIGNALS: [Signal; 4] = [
    Signal { name: "balance", edges: [150.0, 600.0], buckets: ["small", "middling", "large"] },
    Signal { name: "age", edges: [30.0, 120.0], buckets: ["fresh", "months", "old"] },
    Signal { name: "contacts", edges: [1.0, 4.0], buckets: ["none", "few", "many"] },
    Signal { name: "claims", edges: [2.0, 4.0], buckets: ["one", "some", "several"] },
];

/// The debt at the moment of a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Context {
    /// What is owed, in euros.
    pub balance: f64,
    /// Days since the oldest open claim fell due.
    pub age_days: f64,
    /// Contacts made so far.
    pub contacts: f64,
    /// Open claims of the person with this tenant.
    pub open_claims: f64,
}

impl Context {
    /// The bucket of each signal.
    pub(crate) fn buckets(&self) -> Result<[usize; 4], SituationError> {
        let values = [self.balance, self.age_days, self.contacts, self.open_claims];
        let mut buckets = [0; 4];
        for ((bucket, value), signal) in buckets.iter_mut().zip(values).zip(&SIGNALS) {
            if !value.is_finite() {
                return Err(SituationError::NotFinite(signal.name.to_owned()));
            }
            *bucket = signal.edges.iter().filter(|edge| value >= **edge).count();
        }
        Ok(buckets)
    }
}
