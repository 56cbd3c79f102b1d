use crate::run::{Choice, Policy, Situation};
use crate::space::{Action, Factor, level};

/// Knows the truth and takes, at each step, the treatment that is expected to bring most: not the
/// best possible policy, which would also look ahead, but a bound on what choosing treatments can gain.
#[derive(Debug, Clone, Copy)]
pub struct Oracle;

impl Policy for Oracle {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let step = situation.known.contacts;
        if situation.since < 7 * step {
            return Choice::Wait(7 * step - situation.since);
        }
        Choice::Say(best(situation))
    }
}

/// The treatment that is expected to bring most.
fn best(situation: &Situation<'_>) -> Action {
    extreme(situation, Action::plain(level::LETTER, situation.morning), &Factor::ALL, 1.0)
}

/// What planted policies do: static dunning's treatment with the channel and the offer that are expected to
/// bring most, and the treatment that is expected to bring least.
pub(super) fn planted(situation: &Situation<'_>, plain: Action) -> [Action; 2] {
    let good = extreme(situation, plain, &[Factor::Channel, Factor::Offer], 1.0);
    [good, extreme(situation, plain, &Factor::ALL, -1.0)]
}

fn extreme(situation: &Situation<'_>, start: Action, factors: &[Factor], sign: f64) -> Action {
    let mut found = (situation.mask.nearest(start), 0.0);
    found.1 = sign * share(situation, found.0);
    // Twice round the factors: what the second finds is what pairs of levels do.
    for _ in 0..2 {
        for factor in factors.iter().copied() {
            for level in situation.mask.allowed(factor) {
                let tried = situation.mask.nearest(found.0.with(factor, level));
                let value = sign * share(situation, tried);
                if value > found.1 {
                    found = (tried, value);
                }
            }
        }
    }
    found.0
}

fn share(situation: &Situation<'_>, action: Action) -> f64 {
    let truth = situation.truth;
    let at = truth.nature.calendar.next_in_slot(situation.day, action.of(Factor::Slot));
    truth.nature.expected_share(truth.person, truth.life, action, at)
}
