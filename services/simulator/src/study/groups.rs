//! Who fares worst: the lower and the upper quarter of every latent trait.

use serde::Serialize;

use super::figures::rounded;
use crate::population::{Person, Trait};
use crate::run::{PersonTally, Tally};

/// A group of people and how a policy treats it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupFigures {
    /// Which quarter of which trait.
    pub group: String,
    /// Signs of harm (complaints, channels declined, disputes) for each 1,000 people.
    pub harm_per_1_000: f64,
    /// The same beyond static dunning's.
    pub more_harm_per_1_000: f64,
    /// Net euros against static dunning, as a share of it.
    pub uplift: f64,
}

type Score = fn(&Trait) -> f64;

const TRAITS: [(&str, Score); 6] = [
    ("means", |traits| traits.capacity),
    ("willingness", |traits| traits.willingness),
    ("avoidance", |traits| traits.avoidance),
    ("digital affinity", |traits| traits.digital),
    ("reactance", |traits| traits.reactance),
    ("price sensitivity", |traits| traits.price),
];

impl GroupFigures {
    /// The twelve groups.
    pub(super) fn all(people: &[Person], tally: &Tally, base: &Tally) -> Vec<Self> {
        let mut groups = Vec::new();
        for (name, score) in TRAITS {
            let mut order: Vec<&Person> = people.iter().collect();
            order.sort_by(|one, other| score(&one.traits).total_cmp(&score(&other.traits)));
            let quarter = order.len() / 4;
            let (low, high) = (&order[..quarter], &order[order.len() - quarter..]);
            groups.push(Self::of(format!("least {name}"), low, tally, base));
            groups.push(Self::of(format!("most {name}"), high, tally, base));
        }
        groups
    }

    /// The group with most harm beyond static dunning's.
    pub(super) fn most_harmed(groups: &[Self]) -> Option<Self> {
        let by = |one: &&Self, other: &&Self| {
            one.more_harm_per_1_000.total_cmp(&other.more_harm_per_1_000)
        };
        groups.iter().max_by(by).cloned()
    }

    /// The group that brings least beside static dunning.
    pub(super) fn least_gained(groups: &[Self]) -> Option<Self> {
        groups.iter().min_by(|one, other| one.uplift.total_cmp(&other.uplift)).cloned()
    }

    fn of(group: String, members: &[&Person], tally: &Tally, base: &Tally) -> Self {
        let sum = |tally: &Tally, of: fn(&PersonTally) -> f64| {
            members.iter().map(|person| of(&tally.people[person.number as usize])).sum::<f64>()
        };
        let harm = |tally: &Tally| {
            sum(tally, |own| f64::from(own.harms)) / members.len().max(1) as f64 * 1_000.0
        };
        let net = |tally: &Tally| sum(tally, PersonTally::net_eur);
        Self {
            group,
            harm_per_1_000: rounded(harm(tally)),
            more_harm_per_1_000: rounded(harm(tally) - harm(base)),
            uplift: rounded(net(tally) / net(base).max(0.01) - 1.0),
        }
    }
}
