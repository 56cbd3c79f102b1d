//! What may be said to a person: messaging's mask in a simplified form, under the same rules.

use crate::calendar::is_textual;
use crate::space::{Action, Factor, level};

/// The levels that are left, a bit each, and the pairs that exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mask {
    levels: [u16; 6],
}

/// The facts that the mask depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// Channels with an address that is known, works and is wanted, a bit each.
    pub channels: u8,
    /// Nothing was sent yet: the first notice (§ 13a RDG) goes as text and formally addressed.
    pub first: bool,
    /// Known to be vulnerable: the safe set.
    pub vulnerable: bool,
    /// Made a promise that can be recalled.
    pub promised: bool,
}

const POINTERS: [u8; 3] = [level::SMS, level::WHATSAPP, level::PORTAL_PUSH];
const POINTER_MOTIVES: [u8; 3] = [level::PLAIN, level::HELP_OFFER, level::CLARITY];

const fn bits(levels: &[u8]) -> u16 {
    let (mut bits, mut place) = (0, 0);
    while place < levels.len() {
        bits |= 1 << levels[place];
        place += 1;
    }
    bits
}

impl Mask {
    pub(super) fn of(facts: Facts) -> Self {
        let mut levels = Factor::ALL.map(|factor| (1_u32 << factor.levels().len()) as u16);
        for all in &mut levels {
            *all -= 1;
        }
        let [channel, tone, motive, _, offer, salutation] = &mut levels;
        *channel &= u16::from(facts.channels);
        // No sourced statistic is at hand, and nothing was granted.
        *motive &= !bits(&[level::SOCIAL_PROOF, level::RECIPROCITY]);
        if !facts.promised {
            *motive &= !bits(&[level::COMMITMENT]);
        }
        if facts.first {
            let textual = (0..5).filter(|channel| is_textual(*channel));
            *channel &= textual.fold(0, |bits, channel| bits | 1 << channel);
            *salutation &= bits(&[level::SIE]);
        }
        if facts.vulnerable {
            *motive &= bits(&POINTER_MOTIVES);
            *tone &= !bits(&[level::BUSINESSLIKE, level::FORMAL]);
            *offer &= !bits(&[level::PAY_NOW, level::PROMISE]);
        }
        Self { levels }
    }

    /// Whether no channel is left.
    pub const fn is_empty(self) -> bool {
        self.levels[0] == 0
    }

    /// Whether a level is left by itself.
    pub const fn allows(self, factor: Factor, level: u8) -> bool {
        self.levels[factor as usize] & (1 << level) != 0
    }

    /// The levels of a factor that are left.
    pub fn allowed(self, factor: Factor) -> impl Iterator<Item = u8> {
        (0..factor.levels().len() as u8).filter(move |level| self.allows(factor, *level))
    }

    /// Whether two levels exclude each other: a pointer carries no detail of the debt.
    pub fn excludes(one: (Factor, u8), other: (Factor, u8)) -> bool {
        match (one, other) {
            ((Factor::Channel, channel), (Factor::Motive, motive)) => {
                POINTERS.contains(&channel) && !POINTER_MOTIVES.contains(&motive)
            }
            ((Factor::Channel, channel), (Factor::Offer, offer)) => {
                channel == level::SMS && offer != level::CHOICE
            }
            _ => false,
        }
    }

    /// Whether a treatment may be used.
    pub fn permits(self, action: Action) -> bool {
        let of = |factor: Factor| (factor, action.of(factor));
        Factor::ALL.into_iter().all(|factor| self.allows(factor, action.of(factor)))
            && !Self::excludes(of(Factor::Channel), of(Factor::Motive))
            && !Self::excludes(of(Factor::Channel), of(Factor::Offer))
    }

    /// The nearest treatment that may be used: what is forbidden gives way to the control level, or to
    /// the first that is left.
    #[must_use]
    pub fn nearest(self, mut action: Action) -> Action {
        for factor in Factor::ALL {
            let wanted = action.of(factor);
            let control = if factor == Factor::Channel { level::LETTER } else { 0 };
            let level = [wanted, control]
                .into_iter()
                .find(|level| self.allows(factor, *level))
                .or_else(|| self.allowed(factor).next())
                .unwrap_or(wanted);
            action = action.with(factor, level);
        }
        let channel = (Factor::Channel, action.of(Factor::Channel));
        if Self::excludes(channel, (Factor::Motive, action.of(Factor::Motive))) {
            action = action.with(Factor::Motive, level::PLAIN);
        }
        if Self::excludes(channel, (Factor::Offer, action.of(Factor::Offer))) {
            action = action.with(Factor::Offer, level::CHOICE);
        }
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn action() -> impl Strategy<Value = Action> {
        (0_u8..5, 0_u8..6, 0_u8..8, 0_u8..12, 0_u8..6, 0_u8..2)
            .prop_map(|(a, b, c, d, e, f)| Action([a, b, c, d, e, f]))
    }

    proptest! {
        #[test]
        fn the_nearest_treatment_may_be_used_and_is_itself_where_it_already_may(
            channels in 1_u8..32, first: bool, vulnerable: bool, promised: bool, action in action(),
        ) {
            let mask = Mask::of(Facts { channels, first, vulnerable, promised });
            prop_assume!(!mask.is_empty());
            let nearest = mask.nearest(action);
            prop_assert!(mask.permits(nearest));
            prop_assert!(!mask.permits(action) || nearest == action);
        }
    }

    #[test]
    fn the_first_notice_goes_as_text_and_the_vulnerable_meet_no_pressure() {
        let mask = Mask::of(Facts { channels: 31, first: true, vulnerable: true, promised: true });
        assert!(!mask.allows(Factor::Channel, level::SMS));
        assert!(!mask.allows(Factor::Salutation, level::DU));
        assert!(!mask.allows(Factor::Motive, level::LOSS_FRAMING));
        assert!(!mask.allows(Factor::Offer, level::PAY_NOW));
    }
}
