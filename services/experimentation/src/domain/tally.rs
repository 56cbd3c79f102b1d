//! How much harm, money and disturbance contacts cost of late: what the prices of bounds move by.

use std::collections::{BTreeMap, BTreeSet};

use super::goals::Capped;

/// Contacts before a price moves: of fewer, a bound says nothing.
const LEAST: u32 = 200;
/// Standard errors above what was seen: the upper end of the 95 % interval.
const ERRORS: f64 = 1.959_963_984_540_054;

/// Contacts of the last weeks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    contacts: u32,
    answering: u32,
    harmed: u32,
    cost: f64,
    cost_squares: f64,
    people: BTreeSet<String>,
}

impl Tally {
    /// Takes in a contact: with whom, what it cost in euros, and whether a sign of harm followed; `None` where
    /// a version decided that knows nothing of harm, whatever its price.
    pub fn add(&mut self, person: &str, cost: f64, harmed: Option<bool>) {
        self.contacts += 1;
        self.answering += u32::from(harmed.is_some());
        self.harmed += u32::from(harmed == Some(true));
        self.cost += cost;
        self.cost_squares += cost * cost;
        self.people.insert(person.to_owned());
    }

    /// Upper confidence bounds: harm per contact (Wilson), cost per contact, contacts per person and week of
    /// those who were contacted. Nothing while too few are known, and of harm while those who decide do not
    /// answer to its price: it would only rise.
    pub fn upper_bounds(&self, weeks: f64) -> BTreeMap<Capped, f64> {
        if self.contacts < LEAST {
            return BTreeMap::new();
        }
        let contacts = f64::from(self.contacts);
        let mean = self.cost / contacts;
        let variance = (self.cost_squares / contacts - mean * mean).max(0.0);
        let people = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        let often = (contacts + ERRORS * contacts.sqrt()) / (f64::from(people) * weeks);
        let answering = f64::from(self.answering);
        let harm = (self.answering >= LEAST)
            .then(|| (Capped::Harm, wilson(f64::from(self.harmed) / answering, answering)));
        [(Capped::Cost, mean + ERRORS * (variance / contacts).sqrt()), (Capped::Contacts, often)]
            .into_iter()
            .chain(harm)
            .collect()
    }
}

/// Upper end of the score interval of a share.
fn wilson(share: f64, units: f64) -> f64 {
    let square = ERRORS * ERRORS;
    let middle = share + square / (2.0 * units);
    let spread = (share * (1.0 - share) / units + square / (4.0 * units * units)).sqrt();
    (middle + ERRORS * spread) / (1.0 + square / units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_lie_above_what_was_seen_by_what_is_not_known() {
        let mut tally = Tally::default();
        for number in 0..400 {
            tally.add(&format!("debtor_{}", number % 200), 0.5, Some(number % 40 == 0));
        }
        let bounds = tally.upper_bounds(4.0);
        // 10 of 400: share 0.025, z = 1.96.
        assert!((bounds[&Capped::Harm] - 0.045_39).abs() < 1e-4, "{bounds:?}");
        assert!((bounds[&Capped::Cost] - 0.5).abs() < 1e-9);
        assert!((bounds[&Capped::Contacts] - (400.0 + 39.199) / 800.0).abs() < 1e-4);
    }

    #[test]
    fn of_harm_nothing_is_said_while_nobody_decides_who_could_answer_to_its_price() {
        let mut tally = Tally::default();
        (0..400).for_each(|number| tally.add(&format!("debtor_{number}"), 0.5, None));
        (0..199).for_each(|number| tally.add(&format!("debtor_{number}"), 0.5, Some(true)));
        let bounds = tally.upper_bounds(4.0);
        assert!(!bounds.contains_key(&Capped::Harm) && bounds.contains_key(&Capped::Cost));
        tally.add("debtor_199", 0.5, Some(true));
        assert!(tally.upper_bounds(4.0)[&Capped::Harm] > 0.98);
    }

    #[test]
    fn of_few_contacts_nothing_is_said() {
        let mut tally = Tally::default();
        (0..199).for_each(|number| tally.add(&format!("debtor_{number}"), 1.1, Some(true)));
        assert!(tally.upper_bounds(4.0).is_empty());
    }
}
