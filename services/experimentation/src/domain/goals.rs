//! What a tenant wants of a policy: what counts how much, and what must not be exceeded, at what price.

use std::collections::BTreeMap;

use kulanz_policy::{Aims, Doubt, LevelName, Settings, next_price};
use serde::{Deserialize, Serialize};

use super::contact_cost::COSTS;

/// Something that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Money comes in.
    Paid,
    /// It comes in early.
    Speed,
    /// Contacts cost little.
    Cost,
    /// Nobody is annoyed.
    Harm,
    /// Plans and promises are kept.
    Kept,
}

impl Goal {
    /// Every goal.
    pub const ALL: [Self; 5] = [Self::Paid, Self::Speed, Self::Cost, Self::Harm, Self::Kept];

    /// As callers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Speed => "speed",
            Self::Cost => "cost",
            Self::Harm => "harm",
            Self::Kept => "kept",
        }
    }

    /// The goal of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|goal| goal.name() == name)
    }
}

/// Something that is held below a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capped {
    /// Signs of harm per contact.
    Harm,
    /// Euros per contact.
    Cost,
    /// Contacts per person and week.
    Contacts,
}

impl Capped {
    /// Everything that can be capped.
    pub const ALL: [Self; 3] = [Self::Harm, Self::Cost, Self::Contacts];

    /// As callers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Harm => "harm",
            Self::Cost => "cost",
            Self::Contacts => "contacts",
        }
    }

    /// What is capped under this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capped| capped.name() == name)
    }

    /// By how much the price moves for each unit above the bound: a quarter of the goal's own weight for
    /// an excess as large as a usual bound.
    const fn rate(self) -> f64 {
        match self {
            Self::Harm => 500.0,
            Self::Cost => 1.0,
            Self::Contacts => 0.5,
        }
    }

    /// The price above which it does not rise: at this one nothing else counts any more, and a higher one would
    /// only take the longer to fall.
    const fn dearest(self) -> f64 {
        match self {
            Self::Harm => 1_000.0,
            Self::Cost => 100.0,
            Self::Contacts => 50.0,
        }
    }
}

/// A bound and what exceeding it costs at present.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cap {
    /// The bound.
    pub cap: f64,
    /// Its price; moves each night.
    pub price: f64,
}

/// What a tenant wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goals {
    /// How much each goal counts.
    pub weights: BTreeMap<Goal, f64>,
    /// What must not be exceeded.
    pub caps: BTreeMap<Capped, Cap>,
    /// Share of decisions drawn evenly from everything permitted.
    #[serde(default = "usual_share")]
    pub explored_share: f64,
    /// How much doubt the gate tolerates.
    #[serde(default)]
    pub doubt: Doubt,
}

/// The most that may be tried out: beyond it a log tells hardly anything sooner.
pub const MOST_EXPLORED: f64 = 0.5;

fn usual_share() -> f64 {
    Settings::default().epsilon
}

impl Default for Goals {
    /// Money counts as money; a sign of harm costs 20 EUR; no bounds; a twentieth is tried out; the gate is
    /// strict.
    fn default() -> Self {
        let aims = Aims::default();
        let weights = [
            (Goal::Paid, aims.euro_paid),
            (Goal::Speed, aims.speed),
            (Goal::Cost, 1.0),
            (Goal::Harm, aims.harm),
            (Goal::Kept, aims.kept),
        ];
        Self {
            weights: weights.into(),
            caps: BTreeMap::new(),
            explored_share: usual_share(),
            doubt: Doubt::Strict,
        }
    }
}

/// What one decision is made for: goals and prices of that moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// What the objectives are worth.
    pub aims: Aims,
    /// What a euro of contact costs counts.
    pub cost: f64,
    /// What saying nothing is worth, in euros: the price of a contact.
    pub silence: f64,
}

impl Goals {
    /// The terms of a decision; `asked` replaces weights for this one question.
    pub fn terms(&self, asked: &[(Goal, f64)]) -> Terms {
        let own = |goal: Goal| self.weights.get(&goal).copied().unwrap_or(0.0);
        let weight = |goal: Goal| {
            asked.iter().find(|(name, _)| *name == goal).map_or_else(|| own(goal), |(_, w)| *w)
        };
        let price = |capped: Capped| self.caps.get(&capped).map_or(0.0, |cap| cap.price);
        let aims = Aims {
            euro_paid: weight(Goal::Paid),
            harm: weight(Goal::Harm) + price(Capped::Harm),
            speed: weight(Goal::Speed),
            kept: weight(Goal::Kept),
        };
        let cost = weight(Goal::Cost) + price(Capped::Cost);
        Terms { aims, cost, silence: price(Capped::Contacts) }
    }

    /// The dials of a policy that answers to these goals.
    pub fn settings(&self) -> Settings {
        Settings { epsilon: self.explored_share, ..Settings::default() }
    }

    /// The goals of the next day, given the upper confidence bounds of what was seen.
    #[must_use]
    pub fn next(&self, seen: &BTreeMap<Capped, f64>) -> Self {
        let mut next = self.clone();
        for (capped, cap) in &mut next.caps {
            if let Some(upper) = seen.get(capped) {
                let next = next_price(cap.price, capped.rate(), *upper, cap.cap);
                cap.price = next.min(capped.dearest());
            }
        }
        next
    }
}

/// The costs of all channels, each counted `weight` times.
pub fn costs(weight: f64) -> BTreeMap<LevelName, f64> {
    let cost = |(level, cost): &(&str, f64)| (LevelName::new("channel", level), cost * weight);
    COSTS.iter().map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_may_weigh_a_goal_otherwise_for_itself_alone() {
        let goals = Goals::default();
        let terms = goals.terms(&[(Goal::Harm, 50.0)]);
        assert!((terms.aims.harm - 50.0).abs() < f64::EPSILON);
        assert!((goals.terms(&[]).aims.harm - 20.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_price_of_a_bound_rises_while_it_is_exceeded_and_counts_in_every_decision() {
        let mut goals = Goals::default();
        goals.caps.insert(Capped::Contacts, Cap { cap: 1.0, price: 0.0 });
        let exceeded = goals.next(&[(Capped::Contacts, 1.4)].into());
        assert!((exceeded.terms(&[]).silence - 0.2).abs() < 1e-12);
        let kept = exceeded.next(&[(Capped::Contacts, 0.2)].into());
        assert!(kept.terms(&[]).silence.abs() < f64::EPSILON);
    }

    #[test]
    fn a_price_that_nothing_answers_to_rises_to_a_bound_and_not_for_ever() {
        let mut goals = Goals::default();
        goals.caps.insert(Capped::Harm, Cap { cap: 0.01, price: 0.0 });
        for _ in 0..1_000 {
            goals = goals.next(&[(Capped::Harm, 0.2)].into());
        }
        assert!((goals.caps[&Capped::Harm].price - 1_000.0).abs() < f64::EPSILON);
    }
}
