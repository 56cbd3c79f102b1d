//! Whether people, or what comes of decisions, are no longer what a policy was made for.

mod calibration;

use std::collections::BTreeMap;

use kulanz_policy::{Edges, SIGNALS};

pub use calibration::Calibration;

use super::known::Known;

/// From here on, a population stability index says that the people are others.
const SHIFTED: f64 = 0.25;
/// Decisions of either time before anything is said.
const LEAST: u32 = 200;
/// A share of nothing has no logarithm: each bucket has at least this part.
const SMALLEST: f64 = 1e-4;

/// About whom decisions were made, in shares: buckets of the context, and memberships in personas.
#[derive(Debug, Clone, PartialEq)]
pub struct People {
    /// Where the buckets begin.
    edges: Edges,
    decisions: u32,
    buckets: [[u32; 3]; SIGNALS.len()],
    personas: BTreeMap<String, f64>,
}

impl People {
    /// Nobody yet, by the buckets of the policy that decides.
    pub fn by(edges: Edges) -> Self {
        Self { edges, decisions: 0, buckets: Default::default(), personas: BTreeMap::new() }
    }

    /// Takes a decision in.
    pub fn add(&mut self, known: &Known) {
        // What the service parsed is finite.
        let Ok(buckets) = known.context().buckets(&self.edges) else { return };
        self.decisions += 1;
        for (counts, bucket) in self.buckets.iter_mut().zip(buckets) {
            counts[bucket] += 1;
        }
        for (persona, membership) in &known.personas {
            *self.personas.entry(persona.clone()).or_default() += membership;
        }
    }

    /// What is no longer as it was: `context:balance`, `personas`.
    pub fn shifted(&self, recent: &Self) -> Vec<String> {
        if self.decisions.min(recent.decisions) < LEAST {
            return Vec::new();
        }
        let mut alarms = Vec::new();
        for (place, signal) in SIGNALS.iter().enumerate() {
            let of = |people: &Self| people.buckets[place].map(f64::from).to_vec();
            if stability(&of(self), &of(recent)) > SHIFTED {
                alarms.push(format!("context:{}", signal.name));
            }
        }
        let names: Vec<&String> = self.personas.keys().chain(recent.personas.keys()).collect();
        let of = |people: &Self| {
            let share = |name: &&String| people.personas.get(*name).copied().unwrap_or(0.0);
            let mut names = names.clone();
            names.sort_unstable();
            names.dedup();
            names.iter().map(share).collect::<Vec<f64>>()
        };
        if stability(&of(self), &of(recent)) > SHIFTED {
            alarms.push("personas".to_owned());
        }
        alarms
    }
}

/// Population stability index: Σ (recent − before) · ln(recent / before) over the shares of buckets.
fn stability(before: &[f64], recent: &[f64]) -> f64 {
    let shares = |counts: &[f64]| -> Vec<f64> {
        let all: f64 = counts.iter().sum();
        let share = |count: &f64| if all > 0.0 { (count / all).max(SMALLEST) } else { SMALLEST };
        counts.iter().map(share).collect()
    };
    let (before, recent) = (shares(before), shares(recent));
    before.iter().zip(&recent).map(|(was, is)| (is - was) * (is / was).ln()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(balance: i64, persona: &str) -> Known {
        let balance = Some(("EUR".to_owned(), balance * 100));
        Known { balance, personas: [(persona.to_owned(), 1.0)].into(), ..Known::default() }
    }

    fn people(balances: impl Iterator<Item = i64>, persona: &str) -> People {
        let edges = Edges { balance: [1_000.0, 3_000.0], ..Edges::default() };
        let mut people = People::by(edges);
        balances.for_each(|balance| people.add(&known(balance, persona)));
        people
    }

    #[test]
    fn the_index_is_that_of_the_formula_by_hand() {
        // 0.1 ln(0.6/0.5) + -0.1 ln(0.4/0.5) = 0.018232 + 0.022314
        assert!((stability(&[50.0, 50.0], &[60.0, 40.0]) - 0.040_546_5).abs() < 1e-6);
    }

    #[test]
    fn other_debts_and_other_people_are_seen_once_there_are_enough() {
        let before = people((0..1_000).map(|n| 600 + 5 * (n % 900)), "busy");
        let same = people((0..300).map(|n| 600 + 15 * n), "busy");
        assert!(before.shifted(&same).is_empty());
        let larger = people((0..300).map(|n| 3_000 + n), "waiter");
        assert_eq!(before.shifted(&larger), ["context:balance", "personas"]);
        let few = people((0..199).map(|n| 3_000 + n), "waiter");
        assert!(before.shifted(&few).is_empty());
    }

    proptest! {
        #[test]
        fn the_index_is_never_negative_and_nothing_for_the_same_shares(
            counts in prop::collection::vec((0u32..500, 0u32..500), 1..6), times in 1u32..9,
        ) {
            let (before, recent): (Vec<f64>, Vec<f64>) =
                counts.iter().map(|(was, is)| (f64::from(*was), f64::from(*is))).unzip();
            prop_assert!(stability(&before, &recent) >= 0.0);
            let more: Vec<f64> = before.iter().map(|count| count * f64::from(times)).collect();
            prop_assert!(stability(&before, &more).abs() < 1e-9);
        }
    }
}
