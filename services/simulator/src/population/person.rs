use crate::calendar::Day;
use crate::space::level;
use crate::world::Leaning;

/// Age of a claim at hand-over, in the classes of the public figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Age {
    /// Younger than a year.
    Young,
    /// One to three years.
    Middle,
    /// Older.
    Old,
}

impl Age {
    /// Every class, from young to old.
    pub const ALL: [Self; 3] = [Self::Young, Self::Middle, Self::Old];

    /// The class of an age in months.
    pub const fn of_months(months: u32) -> Self {
        match months {
            0..12 => Self::Young,
            12..36 => Self::Middle,
            _ => Self::Old,
        }
    }

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Young => "under 1 year",
            Self::Middle => "1 to 3 years",
            Self::Old => "over 3 years",
        }
    }
}

/// Whether an address is known and works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// None is known.
    Missing,
    /// Known and reachable.
    Good,
    /// Known, and it bounces.
    Bad,
}

/// The latent traits. Nobody but the world sees them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trait {
    /// Means, standard normal.
    pub capacity: f64,
    /// Will to settle, standard normal.
    pub willingness: f64,
    /// Looking away, standard normal.
    pub avoidance: f64,
    /// Digital affinity, uniform from 0 to 1.
    pub digital: f64,
    /// Reactance, exponential with mean 1.
    pub reactance: f64,
    /// Price sensitivity, exponential with mean 1.
    pub price: f64,
}

/// What a creditor can know of a person beside the claim: noisy proxies of three traits, standard
/// normal over the population.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observation {
    /// From earlier returned debits and arrears: means.
    pub solvency: f64,
    /// From earlier invoices paid in time: will.
    pub history: f64,
    /// From how the contract was made: digital affinity.
    pub digital: f64,
}

/// A debtor with one claim.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Person {
    /// Place in the population.
    pub number: u32,
    /// The claim, cents.
    pub amount_cents: i64,
    /// Age class of the claim.
    pub age: Age,
    /// Day of hand-over.
    pub enters: Day,
    /// Latent traits.
    pub traits: Trait,
    /// Free money of a usual month, EUR.
    pub usual_eur: f64,
    /// Savings at hand-over, EUR.
    pub savings_eur: f64,
    /// Share of a month's free money that is left at hand-over.
    pub left_over: f64,
    /// Day of the month on which income arrives, 1 to 28.
    pub payday: u32,
    /// E-mail address.
    pub email: Address,
    /// Mobile number.
    pub mobile: Address,
    /// Postal address.
    pub letter: Address,
    /// Agreed to `WhatsApp`.
    pub whatsapp: bool,
    /// The addresses lead to somebody else.
    pub wrong_person: bool,
    /// The claim is not well founded.
    pub unfounded: bool,
    /// Must be protected.
    pub vulnerable: bool,
    /// And the creditor knows.
    pub known_vulnerable: bool,
    /// What can be observed.
    pub observed: Observation,
    /// What treatment effects depend on.
    pub leaning: Leaning,
    /// Logarithm of the amount over the median claim of the world.
    pub log_amount: f64,
}

impl Person {
    /// The address of a channel. The portal has none: its notices reach whoever has been there.
    pub const fn address(&self, channel: u8) -> Address {
        match channel {
            level::EMAIL => self.email,
            level::SMS => self.mobile,
            level::LETTER => self.letter,
            level::WHATSAPP if self.whatsapp => self.mobile,
            level::PORTAL_PUSH => Address::Good,
            _ => Address::Missing,
        }
    }
}
