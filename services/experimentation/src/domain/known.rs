//! What is known of a person when deciding, and what follows from it before any action is chosen.

use std::collections::BTreeMap;

use kulanz_policy::{Context, Expectation, Schema, Situation, SituationError};
use serde::{Deserialize, Serialize};

/// What is known when deciding: personal data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Probability by persona key.
    pub personas: BTreeMap<String, f64>,
    /// Other numbers.
    pub features: BTreeMap<String, f64>,
    /// Open claims.
    pub claim_count: i32,
    /// Open total: currency and minor units.
    pub balance: Option<(String, i64)>,
    /// Messages so far.
    pub contact_count: i32,
    /// Nothing is tried out on this person.
    pub protected: bool,
    /// Probability of a payment within the horizon whatever is said; 0 if unknown.
    #[serde(default)]
    pub payment_probability: f64,
    /// Days since the oldest claim fell due.
    #[serde(default)]
    pub oldest_due_days: i32,
}

/// Probability of a payment within the horizon where personas said nothing: a contact in twenty is
/// followed by money.
const PAID: f64 = 0.05;
/// Share of the balance that is paid, where something is.
const SHARE: f64 = 0.6;
/// Probability of a sign of harm after a contact.
pub const HARM: f64 = 0.02;
/// Probability that a plan or promise is kept.
pub const KEPT: f64 = 0.7;

impl Known {
    /// The open total in minor units; 0 where it is unknown.
    pub fn minor_units(&self) -> i64 {
        self.balance.as_ref().map_or(0, |(_, minor_units)| *minor_units)
    }

    /// The open total in units of its currency; 0 where it is unknown.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 90 billion are exact")]
    pub fn balance(&self) -> f64 {
        self.minor_units() as f64 / 100.0
    }

    /// The probability of a payment whatever is said.
    pub fn paid(&self) -> f64 {
        if self.payment_probability > 0.0 { self.payment_probability } else { PAID }
    }

    /// What is expected before the action is chosen.
    pub fn expectation(&self) -> Expectation {
        Expectation {
            balance: self.balance(),
            share: SHARE,
            paid: self.paid(),
            harm: HARM,
            kept: KEPT,
        }
    }

    /// What conditions of experiments are held against: features by their names, and what the contract names.
    pub fn attributes(&self) -> BTreeMap<String, String> {
        let likeliest = self.personas.iter().max_by(|a, b| a.1.total_cmp(b.1));
        let balance = self.balance.as_ref().map(|(_, minor_units)| minor_units.to_string());
        let named = [
            ("persona", likeliest.map(|(persona, _)| persona.clone())),
            ("protected", Some(self.protected.to_string())),
            ("balance", balance),
            ("claim_count", Some(self.claim_count.to_string())),
            ("contact_count", Some(self.contact_count.to_string())),
            ("oldest_due_days", Some(self.oldest_due_days.to_string())),
        ];
        let named = named.into_iter().filter_map(|(name, known)| Some((name.to_owned(), known?)));
        let features = self.features.iter().map(|(name, known)| (name.clone(), known.to_string()));
        features.chain(named).collect()
    }

    /// The debt.
    pub fn context(&self) -> Context {
        Context {
            balance: self.balance(),
            age_days: f64::from(self.oldest_due_days),
            contacts: f64::from(self.contact_count),
            open_claims: f64::from(self.claim_count),
        }
    }

    /// Person and debt as features.
    pub fn situation(&self, schema: &Schema) -> Result<Situation, SituationError> {
        schema.situation(&self.personas, &self.context())
    }
}
