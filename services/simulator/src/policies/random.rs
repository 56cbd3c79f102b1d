use crate::random::{Draws, Purpose};
use crate::run::{Choice, Policy, Situation};
use crate::space::{Action, Factor};

/// Chooses every level by chance.
#[derive(Debug, Clone, Copy)]
pub struct Random {
    /// Seed of its choices.
    pub seed: u64,
}

impl Policy for Random {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let known = situation.known;
        let mut draws = Draws::of(self.seed, known.person, Purpose::Choice, known.contacts);
        let levels = Factor::ALL.map(|factor| {
            let allowed: Vec<u8> = situation.mask.allowed(factor).collect();
            allowed.get(draws.below(allowed.len())).copied().unwrap_or(0)
        });
        Choice::Say(Action(levels))
    }
}
