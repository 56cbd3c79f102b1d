//! How often static dunning led to money last year, by age and amount: the frozen rates that the learned
//! policy begins with.

use kulanz_policy::DelayCurve;

use super::experience::Contact;
use super::story::Story;
use crate::population::Age;
use crate::run::Known;

/// Where the amount classes begin, cents.
const AMOUNTS: [i64; 3] = [50_000, 150_000, 400_000];
/// Contacts with which every class begins, as if seen at the overall rate.
const ANCHOR: f64 = 50.0;

/// Frozen rates by class: the offset of the learned policy.
#[derive(Debug, Clone, Default)]
pub struct History {
    contacts: [[f64; 4]; 3],
    value: [[f64; 4]; 3],
    harmed: f64,
    all: f64,
    /// How soon money came.
    pub(super) delay: DelayCurve,
}

impl History {
    /// Counts the contacts that went as static dunning would have gone. One that the next cut short counts as
    /// far as it was seen.
    pub(super) fn of(contacts: &[Contact]) -> Self {
        let mut history = Self::default();
        for contact in contacts {
            contact.shape(&mut history.delay);
        }
        for contact in contacts.iter().filter(|contact| contact.action == contact.plain) {
            let (age, amount) = class(&contact.known);
            let Story { value, harmed, .. } = contact.story;
            let seen = history.delay.paid_by(contact.channel(), contact.watched() as usize);
            history.contacts[age][amount] += if value > 0.0 { 1.0 } else { seen };
            history.value[age][amount] += value;
            history.harmed += f64::from(u8::from(harmed));
            history.all += if harmed { 1.0 } else { seen };
        }
        history
    }

    /// Share of what is owed that a contact of static dunning is expected to bring.
    pub fn settling(&self, known: &Known) -> f64 {
        let (age, amount) = class(known);
        let overall = self.overall();
        let (value, contacts) = (self.value[age][amount], self.contacts[age][amount]);
        ((value + ANCHOR * overall) / (contacts + ANCHOR)).clamp(0.005, 0.8)
    }

    /// Chance that a contact draws a sign of harm.
    pub fn harm(&self) -> f64 {
        ((self.harmed + 1.0) / (self.all + 100.0)).clamp(0.001, 0.5)
    }

    fn overall(&self) -> f64 {
        let sum = |table: &[[f64; 4]; 3]| table.iter().flatten().sum::<f64>();
        (sum(&self.value) + 1.0) / (sum(&self.contacts) + 20.0)
    }
}

fn class(known: &Known) -> (usize, usize) {
    let age = match known.age {
        Age::Young => 0,
        Age::Middle => 1,
        Age::Old => 2,
    };
    (age, AMOUNTS.iter().filter(|from| known.amount_cents >= **from).count())
}
