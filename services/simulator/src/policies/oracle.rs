use crate::run::{Choice, Policy, Situation};
use crate::space::{Action, Factor, level};

/// Knows the truth and takes, at each step, the treatment with the greatest chance to settle: not the
/// best possible policy, which would also look ahead, but a bound on what choosing treatments can gain.
#[derive(Debug, Clone, Copy)]
pub struct Oracle;

impl Policy for Oracle {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let step = situation.known.contacts;
        if situation.since < 7 * step {
            return Choice::Wait(7 * step - situation.since);
        }
        let start = Action::plain(level::LETTER, situation.morning);
        let mut best = (situation.mask.nearest(start), 0.0);
        best.1 = chance(situation, best.0);
        // Twice round the factors: what the second finds is what pairs of levels do.
        for _ in 0..2 {
            for factor in Factor::ALL {
                for level in situation.mask.allowed(factor) {
                    let tried = situation.mask.nearest(best.0.with(factor, level));
                    let value = chance(situation, tried);
                    if value > best.1 {
                        best = (tried, value);
                    }
                }
            }
        }
        Choice::Say(best.0)
    }
}

fn chance(situation: &Situation<'_>, action: Action) -> f64 {
    let truth = situation.truth;
    let at = truth.nature.calendar.next_in_slot(situation.day, action.of(Factor::Slot));
    truth.nature.chance_to_settle(truth.person, truth.life, action, at)
}
