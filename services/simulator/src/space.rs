//! The space of treatments: the six factors and their levels, under the names of messaging's catalogue.

use std::fmt;

/// The factors with their levels, in the order of messaging's catalogue.
pub use kulanz_policy::CATALOGUE as FACTORS;

/// Where each factor's levels begin when all levels stand in one row.
pub const OFFSETS: [usize; 6] = [0, 5, 11, 19, 31, 37];

/// How many levels all factors have together.
pub const LEVELS: usize = 39;

/// A factor, as its place in [`FACTORS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the factor it is named after")]
pub enum Factor {
    Channel,
    Tone,
    Motive,
    Slot,
    Offer,
    Salutation,
}

impl Factor {
    /// Every factor, in the order of the catalogue.
    pub const ALL: [Self; 6] =
        [Self::Channel, Self::Tone, Self::Motive, Self::Slot, Self::Offer, Self::Salutation];

    /// Its name in the catalogue.
    pub const fn name(self) -> &'static str {
        FACTORS[self as usize].0
    }

    /// The names of its levels.
    pub const fn levels(self) -> &'static [&'static str] {
        FACTORS[self as usize].1
    }

    /// The place of a level by its name.
    pub fn level(self, name: &str) -> Option<u8> {
        let place = self.levels().iter().position(|level| *level == name)?;
        u8::try_from(place).ok()
    }
}

/// Levels with a meaning for behaviour or law, as places in their factor.
pub mod level {
    /// E-mail.
    pub const EMAIL: u8 = 0;
    /// Short message.
    pub const SMS: u8 = 1;
    /// Letter on paper.
    pub const LETTER: u8 = 2;
    /// `WhatsApp`.
    pub const WHATSAPP: u8 = 3;
    /// Notice inside the portal.
    pub const PORTAL_PUSH: u8 = 4;
    /// The control: no colour, no motive.
    pub const PLAIN: u8 = 0;
    /// Friendly tone.
    pub const FRIENDLY: u8 = 1;
    /// Empathic tone.
    pub const EMPATHIC: u8 = 2;
    /// Businesslike tone.
    pub const BUSINESSLIKE: u8 = 4;
    /// Formal tone.
    pub const FORMAL: u8 = 5;
    /// The motive "we help".
    pub const HELP_OFFER: u8 = 1;
    /// The motive "you said that you would".
    pub const COMMITMENT: u8 = 2;
    /// The motive "we grant something".
    pub const RECIPROCITY: u8 = 3;
    /// The motive "it is simple".
    pub const CLARITY: u8 = 4;
    /// The motive "others do it".
    pub const SOCIAL_PROOF: u8 = 5;
    /// The motive "a dated consequence".
    pub const LOSS_FRAMING: u8 = 6;
    /// The motive "the matter can be closed".
    pub const CLOSURE: u8 = 7;
    /// Three equal ways.
    pub const CHOICE: u8 = 0;
    /// Pay at once.
    pub const PAY_NOW: u8 = 1;
    /// Pay in instalments.
    pub const INSTALMENTS: u8 = 2;
    /// Pay later.
    pub const DEFERRAL: u8 = 3;
    /// Name a date.
    pub const PROMISE: u8 = 4;
    /// Talk to a human being.
    pub const CONVERSATION: u8 = 5;
    /// Formal address.
    pub const SIE: u8 = 0;
    /// Informal address.
    pub const DU: u8 = 1;
}

/// One treatment: the place of one level of each factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Action(pub [u8; 6]);

impl Action {
    /// The plain control on a channel in a slot.
    pub const fn plain(channel: u8, slot: u8) -> Self {
        Self([channel, level::PLAIN, level::PLAIN, slot, level::CHOICE, level::SIE])
    }

    /// The level of a factor.
    pub const fn of(self, factor: Factor) -> u8 {
        self.0[factor as usize]
    }

    /// The same treatment with another level of one factor.
    #[must_use]
    pub const fn with(mut self, factor: Factor, level: u8) -> Self {
        self.0[factor as usize] = level;
        self
    }

    /// Its levels' places when all levels of all factors stand in one row.
    pub fn places(self) -> [usize; 6] {
        std::array::from_fn(|factor| OFFSETS[factor] + usize::from(self.0[factor]))
    }

    /// The level names, in the order of the factors.
    pub fn names(self) -> [&'static str; 6] {
        std::array::from_fn(|factor| FACTORS[factor].1[usize::from(self.0[factor])])
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.names().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offsets_follow_the_numbers_of_levels() {
        let mut next = 0;
        for (offset, (_, levels)) in OFFSETS.into_iter().zip(FACTORS) {
            assert_eq!(offset, next);
            next += levels.len();
        }
        assert_eq!(next, LEVELS);
    }

    #[test]
    fn the_named_levels_are_the_catalogues() {
        use Factor::{Channel, Motive, Offer, Tone};
        assert_eq!(Channel.level("portal_push"), Some(level::PORTAL_PUSH));
        assert_eq!(Tone.level("formal"), Some(level::FORMAL));
        assert_eq!(Motive.level("closure"), Some(level::CLOSURE));
        assert_eq!(Motive.level("social_proof"), Some(level::SOCIAL_PROOF));
        assert_eq!(Offer.level("conversation"), Some(level::CONVERSATION));
        assert_eq!(Channel.level("pigeon"), None);
    }
}
