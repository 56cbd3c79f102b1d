use super::cash::Purse;
use super::event::Event;
use crate::calendar::{Calendar, Day};
use crate::population::Person;
use crate::random::{Draws, Purpose};
use crate::world::World;

/// What everybody in a world shares: its truth, its calendar, its calibrated baseline.
#[derive(Debug, Clone, Copy)]
pub struct Nature<'a> {
    /// The world.
    pub world: &'a World,
    /// Its days.
    pub calendar: &'a Calendar,
    /// Log-odds of settling of each age class, before anything else.
    pub intercepts: [f64; 3],
}

/// Where a person stands with the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is arranged.
    Open,
    /// Decided to pay all.
    Intending {
        /// When.
        on: Day,
        /// Whether the money was missing once.
        again: bool,
    },
    /// Promised to pay all.
    Promised {
        /// When.
        due: Day,
    },
    /// Pays in instalments.
    Plan {
        /// Each instalment, cents.
        instalment_cents: i64,
        /// When the next is due.
        due: Day,
        /// Dues so far.
        dues: u32,
        /// Missed in a row.
        missed: u32,
        /// Agreed on a digital channel.
        digital: bool,
    },
    /// Disputed; silent until decided.
    Disputed {
        /// Decided on this day.
        until: Day,
        /// Whether rightly.
        rightly: bool,
    },
    /// Addressed the wrong person; the right one is looked for.
    Sought {
        /// Found by this day.
        until: Day,
    },
    /// Paid in full.
    Settled,
    /// Withdrawn as unfounded.
    Withdrawn,
}

/// A person's life with the claim: everything about her that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    /// Where she stands.
    pub state: State,
    /// What she could pay with.
    pub purse: Purse,
    /// What is still owed, cents.
    pub remaining_cents: i64,
    /// Contacts so far.
    pub contacts: u32,
    /// Channels whose address does not work, a bit each.
    pub bounced: u8,
    /// Channels that she does not want, a bit each.
    pub opted_out: u8,
    /// Whether she has been in the portal.
    pub knows_portal: bool,
    /// Whether the right address was found.
    pub found: bool,
    /// Whether a promise was ever made.
    pub promised_before: bool,
    pub(super) habit: f64,
    pub(super) annoyance: f64,
    pub(super) last_contact: Day,
    pub(super) motives_met: [u8; 8],
    pub(super) promises: u32,
    pub(super) dues: u32,
}

impl Life {
    /// Life at hand-over.
    pub fn new(person: &Person) -> Self {
        Self {
            state: State::Open,
            purse: Purse::of(person),
            remaining_cents: person.amount_cents,
            contacts: 0,
            bounced: 0,
            opted_out: 0,
            knows_portal: false,
            found: false,
            promised_before: false,
            habit: 0.0,
            annoyance: 0.0,
            last_contact: person.enters,
            motives_met: [0; 8],
            promises: 0,
            dues: 0,
        }
    }

    /// Whether a contact makes sense: nothing is arranged and nothing is in question.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Intending { .. })
    }

    /// Whether the claim is over.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Settled | State::Withdrawn)
    }

    /// Whether the case counts as recovered: settled, or in a plan that is being paid.
    pub const fn is_recovered(&self) -> bool {
        match self.state {
            State::Settled => true,
            State::Plan { dues, missed, .. } => dues > missed && missed == 0,
            _ => false,
        }
    }

    /// Pays, if the money is there. The hard cash constraint: this is the only way money leaves.
    pub(super) fn pay(
        &mut self,
        cents: i64,
        cause: super::event::Cause,
        events: &mut Vec<Event>,
    ) -> bool {
        let cents = cents.min(self.remaining_cents);
        if !self.purse.pay(cents) {
            return false;
        }
        self.remaining_cents -= cents;
        events.push(Event::Paid { cents, cause });
        if self.remaining_cents == 0 {
            self.state = State::Settled;
            events.push(Event::Settled);
        }
        true
    }
}

impl Nature<'_> {
    pub(super) const fn draws(&self, person: &Person, purpose: Purpose, ordinal: u32) -> Draws {
        Draws::of(self.world.seed, person.number, purpose, ordinal)
    }

    /// What is common to every way of settling on a day, in log-odds.
    pub(super) fn settling(&self, person: &Person, life: &Life, day: Day) -> f64 {
        let reaction = &self.world.parameters.reaction;
        let season = self.world.parameters.drift.season
            * (std::f64::consts::TAU * (self.calendar.facts(day).of_year - 0.2)).cos();
        let since = self.since_payday(person, day);
        let fresh = if since < 3 { reaction.payday } else { 0.0 };
        self.intercepts[person.age as usize] + reaction.willingness * person.traits.willingness
            - reaction.price * person.traits.price * person.log_amount
            - self.world.parameters.wear.annoyance * life.annoyance
            + season
            + fresh
    }

    fn since_payday(&self, person: &Person, day: Day) -> u32 {
        let of_month = self.calendar.facts(day).of_month;
        if of_month >= person.payday {
            of_month - person.payday
        } else {
            of_month + 30 - person.payday
        }
    }

    /// How a debt could be paid off in instalments: their amount and number, if at all.
    pub(super) fn plan_for(&self, person: &Person, life: &Life) -> Option<(i64, u32)> {
        let plans = &self.world.parameters.plans;
        let bearable = (plans.comfort * person.usual_eur * 100.0) as i64;
        let least = (plans.least_eur * 100.0).round() as i64;
        let longest = plans.longest as i64;
        if bearable < least || life.remaining_cents <= least {
            return None;
        }
        let count = ((life.remaining_cents + bearable - 1) / bearable).max(2);
        let instalment = ((life.remaining_cents + count - 1) / count).max(least);
        (count <= longest).then_some((instalment, count as u32))
    }
}
