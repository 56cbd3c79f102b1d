//! The seam between a world and whoever decides in it.

use super::mask::Mask;
use crate::behaviour::{Event, Life, Nature};
use crate::calendar::Day;
use crate::population::{Age, Observation, Person};
use crate::space::Action;

/// What a creditor knows of a person, and nothing more.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Known {
    /// Who.
    pub person: u32,
    /// The claim at hand-over, cents.
    pub amount_cents: i64,
    /// What is still owed, cents.
    pub remaining_cents: i64,
    /// Age class of the claim at hand-over.
    pub age: Age,
    /// Noisy proxies of traits.
    pub observed: Observation,
    /// An e-mail address is known.
    pub email: bool,
    /// A mobile number is known.
    pub mobile: bool,
    /// Known to be vulnerable.
    pub vulnerable: bool,
    /// Has been in the portal.
    pub knows_portal: bool,
    /// Contacts so far.
    pub contacts: u32,
}

/// A moment at which a contact is possible.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What is known of the person.
    pub known: &'a Known,
    /// What may be said.
    pub mask: Mask,
    /// Today.
    pub day: Day,
    /// Days since hand-over.
    pub since: Day,
    /// The slot of this day's morning.
    pub morning: u8,
    /// The truth, for the oracle alone.
    pub(crate) truth: Truth<'a>,
}

/// What no creditor knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth<'a> {
    pub nature: &'a Nature<'a>,
    pub person: &'a Person,
    pub life: &'a Life,
}

/// What a policy chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Say this, in the slot's next hours.
    Say(Action),
    /// Say nothing for so many days.
    Wait(Day),
}

/// Something that happened to a person who may have been contacted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct News {
    /// Who.
    pub person: u32,
    /// When.
    pub day: Day,
    /// Days since the last contact, if there was one.
    pub after: Option<Day>,
    /// What.
    pub event: Event,
    /// What is still owed, cents.
    pub remaining_cents: i64,
}

/// Whoever decides what to say to whom.
pub trait Policy {
    /// Decides at a moment at which a contact is possible.
    fn choose(&mut self, situation: &Situation<'_>) -> Choice;

    /// Hears that a chosen treatment went out.
    fn sent(&mut self, _person: u32, _day: Day) {}

    /// Hears what happened.
    fn learn(&mut self, _news: &News) {}

    /// The day is over.
    fn end_of_day(&mut self, _day: Day) {}
}
