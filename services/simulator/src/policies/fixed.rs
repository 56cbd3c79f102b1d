//! Fixed sequences: static dunning, and the best of its kind.

use crate::behaviour::Nature;
use crate::population::Person;
use crate::run::{Choice, Policy, Rules, Situation, play};
use crate::space::{Action, Factor, level};

/// The treatments of a sequence; the slot is the morning of the day, or the sequence's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// What is said at each step, a week apart.
    pub steps: [Action; 5],
    /// Whether each step waits for its own slot.
    pub own_slots: bool,
}

impl Sequence {
    /// Static dunning on days 0, 7, 14, 21 and 28: a letter, two e-mails, a short message and a last
    /// letter, in plain words; where an address is missing, a letter.
    pub const fn static_dunning() -> Self {
        let [letter, email, sms] = [
            Action::plain(level::LETTER, 0),
            Action::plain(level::EMAIL, 0),
            Action::plain(level::SMS, 0),
        ];
        Self { steps: [letter, email, email, sms, letter], own_slots: false }
    }
}

/// Says the same to everybody, a week apart.
#[derive(Debug, Clone)]
pub struct FixedSequence(pub Sequence);

impl Policy for FixedSequence {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let step = situation.known.contacts;
        if situation.since < 7 * step {
            return Choice::Wait(7 * step - situation.since);
        }
        let action = self.0.steps[(step as usize).min(4)];
        if self.0.own_slots {
            return Choice::Say(action);
        }
        Choice::Say(action.with(Factor::Slot, situation.morning))
    }
}

/// The best fixed sequence that a search over a pilot finds: factor by factor, each level tried on the
/// whole pilot. In reality every pilot person would see one sequence; here each is tried on all of them
/// under the same luck, which favours this comparator.
pub fn best_sequence(nature: &Nature<'_>, pilot: &[Person], rules: &Rules) -> Sequence {
    let value = |sequence: &Sequence| {
        let tally = play(nature, pilot, rules, &mut FixedSequence(sequence.clone()));
        tally.net_eur()
    };
    let mut best = Sequence::static_dunning();
    let mut best_value = value(&best);
    for step in 0..5 {
        for channel in 0..3 {
            let mut tried = best.clone();
            tried.steps[step] = tried.steps[step].with(Factor::Channel, channel);
            better(&mut best, &mut best_value, tried, value);
        }
    }
    for factor in [Factor::Slot, Factor::Offer, Factor::Motive, Factor::Tone, Factor::Salutation] {
        for level in 0..factor.levels().len() as u8 {
            let mut tried = best.clone();
            tried.own_slots |= factor == Factor::Slot;
            tried.steps = tried.steps.map(|step| step.with(factor, level));
            better(&mut best, &mut best_value, tried, value);
        }
    }
    best
}

fn better(
    best: &mut Sequence,
    best_value: &mut f64,
    tried: Sequence,
    value: impl Fn(&Sequence) -> f64,
) {
    let tried_value = value(&tried);
    if tried_value > *best_value {
        (*best, *best_value) = (tried, tried_value);
    }
}
