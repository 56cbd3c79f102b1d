//! What is known of a debt at the moment of a decision, in buckets.

use serde::{Deserialize, Serialize};

use crate::schema::situation::SituationError;
use crate::space::SpaceError;

/// A quantity of the context and its three buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Its name in reasons.
    pub name: &'static str,
    /// The buckets' names.
    pub buckets: [&'static str; 3],
}

/// The four quantities that make the twelve context buckets.
pub const SIGNALS: [Signal; 4] = [
    Signal { name: "balance", buckets: ["small", "middling", "large"] },
    Signal { name: "age", buckets: ["fresh", "months", "old"] },
    Signal { name: "contacts", buckets: ["none", "few", "many"] },
    Signal { name: "claims", buckets: ["one", "some", "several"] },
];

/// Where the second and the third bucket of each signal begin. They belong to the features: other edges
/// are another feature version.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Edges {
    /// Of what is owed, EUR.
    pub balance: [f64; 2],
    /// Of the days since the oldest open claim fell due.
    pub age: [f64; 2],
    /// Of the contacts so far.
    pub contacts: [f64; 2],
    /// Of the open claims.
    pub claims: [f64; 2],
}

impl Default for Edges {
    /// Thirds of usual German claims: logarithmically normal with median 370 and mean 563 EUR (BDIU 2022,
    /// 2023). A quarter and a year are the ages at which recovery falls.
    fn default() -> Self {
        Self {
            balance: [250.0, 550.0],
            age: [90.0, 365.0],
            contacts: [1.0, 4.0],
            claims: [2.0, 4.0],
        }
    }
}

impl Edges {
    /// Edges at which a portfolio falls into thirds by balance and by age, as nearly as its values allow.
    /// A signal with fewer than three different values keeps its usual edges; so do contacts and claims,
    /// which are counts. Values that are no finite number are left out.
    #[must_use]
    pub fn of_portfolio(portfolio: &[Context]) -> Self {
        let usual = Self::default();
        let thirds = |value: fn(&Context) -> f64, usual| {
            thirds(portfolio.iter().map(value)).unwrap_or(usual)
        };
        Self {
            balance: thirds(|context| context.balance, usual.balance),
            age: thirds(|context| context.age_days, usual.age),
            ..usual
        }
    }

    /// In the order of [`SIGNALS`].
    pub const fn all(&self) -> [[f64; 2]; 4] {
        [self.balance, self.age, self.contacts, self.claims]
    }

    /// Checks that the edges are finite and rise.
    pub(super) fn check(&self) -> Result<(), SpaceError> {
        let wrong = |[low, high]: &[f64; 2]| !(low < high && low.is_finite() && high.is_finite());
        match SIGNALS.iter().zip(self.all()).find(|(_, edges)| wrong(edges)) {
            Some((signal, _)) => Err(SpaceError::Edges(signal.name.to_owned())),
            None => Ok(()),
        }
    }
}

/// The two values at which buckets begin that hold a third each as nearly as can be.
fn thirds(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    // A bucket can begin wherever a value is greater than the one before it.
    let begins: Vec<usize> =
        (1..sorted.len()).filter(|place| sorted[*place] > sorted[place - 1]).collect();
    let nearest = |among: &[usize], wanted: usize| {
        among.iter().copied().min_by_key(|place| place.abs_diff(wanted))
    };
    let (last, before_last) = begins.split_last()?;
    let low = nearest(before_last, sorted.len() / 3)?;
    let behind: Vec<usize> = begins.iter().copied().filter(|place| *place > low).collect();
    let high = nearest(&behind, sorted.len() * 2 / 3).unwrap_or(*last);
    Some([sorted[low], sorted[high]])
}

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
    /// The bucket of each signal, 0..=2, in the order of [`SIGNALS`].
    ///
    /// # Errors
    /// Names the first value that is no finite number.
    pub fn buckets(&self, edges: &Edges) -> Result<[usize; 4], SituationError> {
        let values = [self.balance, self.age_days, self.contacts, self.open_claims];
        let mut buckets = [0; 4];
        for (place, (value, edges)) in values.into_iter().zip(edges.all()).enumerate() {
            if !value.is_finite() {
                return Err(SituationError::NotFinite(SIGNALS[place].name.to_owned()));
            }
            buckets[place] = edges.iter().filter(|edge| value >= **edge).count();
        }
        Ok(buckets)
    }
}
