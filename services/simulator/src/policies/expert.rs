use crate::population::Age;
use crate::run::{Choice, Known, Policy, Situation};
use crate::space::{Action, level};

/// Segment rules as a collections expert would write them down, from amount, age and what is known.
#[derive(Debug, Clone, Copy)]
pub struct Expert;

impl Policy for Expert {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let known = situation.known;
        if situation.since < 7 * known.contacts {
            return Choice::Wait(7 * known.contacts - situation.since);
        }
        let (tone, motive) = wording(known);
        let salutation = level::SIE;
        let slot = if is_digital(known) { situation.morning + 3 } else { situation.morning };
        let action = [channel(known), tone, motive, slot, offer(known), salutation];
        Choice::Say(situation.mask.nearest(Action(action)))
    }
}

/// Digital people are written to digitally, everybody else and every first notice by letter; the last
/// step is always a letter.
fn channel(known: &Known) -> u8 {
    match known.contacts {
        0 if !is_digital(known) => level::LETTER,
        4 => level::LETTER,
        2 if known.mobile => level::SMS,
        3 if known.knows_portal => level::PORTAL_PUSH,
        _ if known.email => level::EMAIL,
        _ => level::LETTER,
    }
}

/// Small debts are to be paid, large ones in instalments, old ones talked about.
fn offer(known: &Known) -> u8 {
    match (known.age, known.remaining_cents) {
        (_, ..30_000) => level::PAY_NOW,
        (Age::Old, _) if known.contacts >= 3 => level::CONVERSATION,
        (_, 80_000..) => level::INSTALMENTS,
        _ if known.observed.solvency < -0.5 => level::INSTALMENTS,
        _ => level::CHOICE,
    }
}

fn wording(known: &Known) -> (u8, u8) {
    if known.vulnerable || known.observed.solvency < -1.0 {
        return (level::EMPATHIC, level::HELP_OFFER);
    }
    match known.contacts {
        0 => (level::FRIENDLY, level::PLAIN),
        1 => (level::FRIENDLY, level::CLARITY),
        2 => (level::PLAIN, level::CLARITY),
        3 => (level::BUSINESSLIKE, level::CLOSURE),
        _ => (level::FORMAL, level::LOSS_FRAMING),
    }
}

fn is_digital(known: &Known) -> bool {
    known.email && known.observed.digital > 0.0
}
