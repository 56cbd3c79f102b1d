use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::run::{Choice, Policy, Situation};
use crate::space::Action;

/// Says what somebody else said: the same treatments to the same people on the same days.
#[derive(Debug, Clone, Default)]
pub struct Replayed(pub BTreeMap<(u32, Day), Action>);

impl Policy for Replayed {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let said = self.0.get(&(situation.known.person, situation.day));
        said.map_or(Choice::Wait(1), |action| Choice::Say(*action))
    }
}
