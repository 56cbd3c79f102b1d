//! The factored space of treatments: what one contact can look like.
//!
//! Six factors with 5 × 6 × 8 × 12 × 6 × 2 levels span 34,560 treatments. Decision policies learn
//! over these factors; which text block of a level is used is chosen below the grid.

/// Declares a factor: a closed enum whose levels have stable wire names.
macro_rules! factor {
    ($(#[$meta:meta])* $name:ident = $factor:literal {
        $($(#[$level_meta:meta])* $variant:ident = $level:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$level_meta])* $variant,)+ }

        impl $name {
            /// Name of the factor as decision policies know it.
            pub const FACTOR: &'static str = $factor;
            /// Every level, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Stable name of the level.
            pub const fn level(self) -> &'static str {
                match self { $(Self::$variant => $level,)+ }
            }

            /// The level of this name, if there is one.
            pub fn parse(level: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|candidate| candidate.level() == level)
            }

            /// The level as a member of the whole catalogue.
            pub const fn as_level(self) -> Level {
                Level { factor: $factor, level: self.level() }
            }
        }
    };
}

factor! {
    /// The way a message takes.
    Channel = "channel" {
        /// E-mail.
        Email = "email",
        /// Short message; a pointer without any detail of the debt.
        Sms = "sms",
        /// Letter on paper.
        Letter = "letter",
        /// `WhatsApp`; off unless the tenant switched it on.
        Whatsapp = "whatsapp",
        /// Notice inside the portal; a pointer without any detail of the debt.
        PortalPush = "portal_push",
    }
}

factor! {
    /// How the message sounds.
    Tone = "tone" {
        /// Plain control without any colour.
        Plain = "plain",
        /// Friendly and light.
        Friendly = "friendly",
        /// Understands that life gets in the way.
        Empathic = "empathic",
        /// Encourages a first step.
        Encouraging = "encouraging",
        /// Short and businesslike.
        Businesslike = "businesslike",
        /// Formal, as in a classic letter.
        Formal = "formal",
    }
}

factor! {
    /// The reason that the message gives for acting.
    Motive = "motive" {
        /// No motive at all: the control arm.
        Plain = "plain",
        /// We help to find a way.
        HelpOffer = "help_offer",
        /// You said that you would.
        Commitment = "commitment",
        /// We grant something, too.
        Reciprocity = "reciprocity",
        /// It is simple and takes minutes.
        Clarity = "clarity",
        /// Others do it; needs a live, sourced statistic.
        SocialProof = "social_proof",
        /// A true, dated consequence.
        LossFraming = "loss_framing",
        /// The matter can be closed.
        Closure = "closure",
    }
}

factor! {
    /// Part of the week and hours, Europe/Berlin.
    Slot = "slot" {
        /// Monday or Tuesday, 8 to 11.
        EarlyWeekMorning = "early_week_morning",
        /// Monday or Tuesday, 11 to 14.
        EarlyWeekMidday = "early_week_midday",
        /// Monday or Tuesday, 14 to 17.
        EarlyWeekAfternoon = "early_week_afternoon",
        /// Monday or Tuesday, 17 to 20.
        EarlyWeekEvening = "early_week_evening",
        /// Wednesday or Thursday, 8 to 11.
        MidWeekMorning = "mid_week_morning",
        /// Wednesday or Thursday, 11 to 14.
        MidWeekMidday = "mid_week_midday",
        /// Wednesday or Thursday, 14 to 17.
        MidWeekAfternoon = "mid_week_afternoon",
        /// Wednesday or Thursday, 17 to 20.
        MidWeekEvening = "mid_week_evening",
        /// Friday or Saturday, 8 to 11.
        LateWeekMorning = "late_week_morning",
        /// Friday or Saturday, 11 to 14.
        LateWeekMidday = "late_week_midday",
        /// Friday or Saturday, 14 to 17.
        LateWeekAfternoon = "late_week_afternoon",
        /// Friday or Saturday, 17 to 20.
        LateWeekEvening = "late_week_evening",
    }
}

factor! {
    /// What the message puts first among the ways to settle.
    Offer = "offer" {
        /// Pay now, in instalments, or later: three equal ways.
        Choice = "choice",
        /// Pay at once.
        PayNow = "pay_now",
        /// Pay in instalments.
        Instalments = "instalments",
        /// Pay later.
        Deferral = "deferral",
        /// Name a date.
        Promise = "promise",
        /// Talk to a human being.
        Conversation = "conversation",
    }
}

factor! {
    /// German form of address.
    Salutation = "salutation" {
        /// Formal address.
        Sie = "sie",
        /// Informal address.
        Du = "du",
    }
}

/// One level of one factor, by their stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Level {
    /// Name of the factor.
    pub factor: &'static str,
    /// Name of the level within the factor.
    pub level: &'static str,
}

/// Every factor with its levels, in the order of the catalogue.
pub fn factors() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        (Channel::FACTOR, Channel::ALL.iter().map(|level| level.level()).collect()),
        (Tone::FACTOR, Tone::ALL.iter().map(|level| level.level()).collect()),
        (Motive::FACTOR, Motive::ALL.iter().map(|level| level.level()).collect()),
        (Slot::FACTOR, Slot::ALL.iter().map(|level| level.level()).collect()),
        (Offer::FACTOR, Offer::ALL.iter().map(|level| level.level()).collect()),
        (Salutation::FACTOR, Salutation::ALL.iter().map(|level| level.level()).collect()),
    ]
}

/// One point of the space: one level of each factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Treatment {
    /// The way it takes.
    pub channel: Channel,
    /// How it sounds.
    pub tone: Tone,
    /// The reason it gives.
    pub motive: Motive,
    /// When it goes out.
    pub slot: Slot,
    /// What it puts first.
    pub offer: Offer,
    /// Form of address.
    pub salutation: Salutation,
}

impl Treatment {
    /// The plain control arm on a channel.
    pub const fn plain(channel: Channel, slot: Slot) -> Self {
        Self {
            channel,
            tone: Tone::Plain,
            motive: Motive::Plain,
            slot,
            offer: Offer::Choice,
            salutation: Salutation::Sie,
        }
    }

    /// The treatment as one level of each factor, in the order of the catalogue.
    pub const fn levels(self) -> [Level; 6] {
        [
            self.channel.as_level(),
            self.tone.as_level(),
            self.motive.as_level(),
            self.slot.as_level(),
            self.offer.as_level(),
            self.salutation.as_level(),
        ]
    }

    /// Reads a treatment from pairs of factor and level; `None` when one is missing or unknown.
    pub fn from_levels<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Option<Self> {
        let level =
            |factor: &str| pairs.clone().find(|(name, _)| *name == factor).map(|(_, level)| level);
        Some(Self {
            channel: Channel::parse(level(Channel::FACTOR)?)?,
            tone: Tone::parse(level(Tone::FACTOR)?)?,
            motive: Motive::parse(level(Motive::FACTOR)?)?,
            slot: Slot::parse(level(Slot::FACTOR)?)?,
            offer: Offer::parse(level(Offer::FACTOR)?)?,
            salutation: Salutation::parse(level(Salutation::FACTOR)?)?,
        })
    }

    /// Whether a motive other than the plain control is used: such a message can be declined.
    pub const fn is_persuasive(self) -> bool {
        !matches!(self.motive, Motive::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_spans_34_560_treatments() {
        let size: usize = factors().iter().map(|(_, levels)| levels.len()).product();
        assert_eq!(size, 34_560);
    }

    #[test]
    fn a_treatment_survives_its_levels() {
        let treatment = Treatment::plain(Channel::Letter, Slot::MidWeekEvening);
        let levels = treatment.levels();
        let read = Treatment::from_levels(levels.iter().map(|level| (level.factor, level.level)));
        assert_eq!(read, Some(treatment));
    }

    #[test]
    fn an_unknown_level_is_no_treatment() {
        assert_eq!(Treatment::from_levels([("channel", "pigeon")].into_iter()), None);
    }
}
