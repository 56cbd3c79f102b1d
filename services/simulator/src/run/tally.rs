//! What a run came to.

use serde::Serialize;

use crate::behaviour::{Event, Life};
use crate::calendar::Day;
use crate::population::{Age, Person};

/// Weeks of a liquidation curve.
pub const CURVE_WEEKS: usize = 26;

/// Groups of vintages of a liquidation curve: each a fifth of the time of hand-over.
pub const VINTAGES: usize = 5;

/// What one person came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PersonTally {
    /// Paid within 90 days of hand-over, cents.
    pub paid_90_cents: i64,
    /// Paid within the horizon, cents.
    pub paid_cents: i64,
    /// Contacts that went out.
    pub contacts: u32,
    /// What they cost, hundredths of a cent.
    pub cost_points: i64,
    /// Complaints.
    pub complaints: u32,
    /// Signs of harm: complaints, channels declined, disputes.
    pub harms: u32,
}

impl PersonTally {
    /// Euros within the horizon less the cost of contacts.
    pub fn net_eur(&self) -> f64 {
        self.paid_cents as f64 / 100.0 - self.cost_points as f64 / 10_000.0
    }

    /// Euros within 90 days less the cost of contacts.
    pub fn net_90_eur(&self) -> f64 {
        self.paid_90_cents as f64 / 100.0 - self.cost_points as f64 / 10_000.0
    }
}

/// What one age class came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct AgeTally {
    /// Cases handed over.
    pub cases: u64,
    /// Cases settled or in a plan that is paid.
    pub recovered: u64,
    /// Handed over, cents.
    pub handed_cents: i64,
    /// Paid, cents.
    pub paid_cents: i64,
}

/// What a policy came to in a world.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Each person.
    pub people: Vec<PersonTally>,
    /// Each age class, in the order of [`Age::ALL`].
    pub ages: [AgeTally; 3],
    /// Paid, cents, by vintage and week since hand-over; not cumulated.
    pub curve: [[i64; CURVE_WEEKS]; VINTAGES],
    /// Handed over, cents, by vintage.
    pub vintage_cents: [i64; VINTAGES],
    /// Contacts, by vintage.
    pub vintage_contacts: [u64; VINTAGES],
    /// What they cost, hundredths of a cent.
    pub vintage_cost_points: [i64; VINTAGES],
    /// Paid less the cost of contacts on each day of the simulation, hundredths of a cent.
    pub daily_points: Vec<i64>,
    /// Net of the last fifth of the hand-overs, hundredths of a cent.
    pub last_vintage_points: i64,
    /// Addresses that did not work.
    pub bounces: u64,
    /// Somebody else answered.
    pub wrong_persons: u64,
    /// Disputes.
    pub disputes: u64,
    /// Claims withdrawn.
    pub withdrawn: u64,
    /// Channels declined.
    pub opt_outs: u64,
    /// Plans agreed.
    pub plans: u64,
    /// Plans broken.
    pub plans_broken: u64,
    /// Promises made.
    pub promises: u64,
    /// Promises broken.
    pub promises_broken: u64,
}

impl Tally {
    pub(super) fn of(people: &[Person], intake: Day, length: Day) -> Self {
        let mut tally = Self {
            people: vec![PersonTally::default(); people.len()],
            daily_points: vec![0; length as usize],
            ..Self::default()
        };
        for person in people {
            let age = &mut tally.ages[person.age as usize];
            age.cases += 1;
            age.handed_cents += person.amount_cents;
            tally.vintage_cents[vintage(person, intake)] += person.amount_cents;
        }
        tally
    }

    /// Counts a contact and its cost, hundredths of a cent.
    pub(super) fn contacted(&mut self, person: &Person, day: Day, intake: Day, cost_points: i64) {
        let own = &mut self.people[person.number as usize];
        own.contacts += 1;
        own.cost_points += cost_points;
        let vintage = vintage(person, intake);
        self.vintage_contacts[vintage] += 1;
        self.vintage_cost_points[vintage] += cost_points;
        self.net(person, day, intake, -cost_points);
    }

    fn net(&mut self, person: &Person, day: Day, intake: Day, points: i64) {
        self.daily_points[day as usize] += points;
        if vintage(person, intake) == VINTAGES - 1 {
            self.last_vintage_points += points;
        }
    }

    /// Counts what happened on a day.
    pub(super) fn count(&mut self, person: &Person, day: Day, intake: Day, event: Event) {
        let since = day - person.enters;
        if let Event::Paid { cents, .. } = event {
            self.net(person, day, intake, cents * 100);
        }
        let own = &mut self.people[person.number as usize];
        own.harms += u32::from(event.is_harm());
        match event {
            Event::Paid { cents, .. } => {
                own.paid_cents += cents;
                if since < 90 {
                    own.paid_90_cents += cents;
                }
                self.ages[person.age as usize].paid_cents += cents;
                let week = (since as usize / 7).min(CURVE_WEEKS - 1);
                self.curve[vintage(person, intake)][week] += cents;
            }
            Event::Complained => own.complaints += 1,
            Event::PlanAgreed { .. } => self.plans += 1,
            Event::PlanBroken => self.plans_broken += 1,
            Event::Promised { .. } => self.promises += 1,
            Event::PromiseBroken => self.promises_broken += 1,
            Event::Disputed { .. } => self.disputes += 1,
            Event::Withdrawn => self.withdrawn += 1,
            Event::WrongPerson { .. } => self.wrong_persons += 1,
            Event::Bounced { .. } => self.bounces += 1,
            Event::OptedOut { .. } => self.opt_outs += 1,
            Event::Settled | Event::InstalmentMissed => {}
        }
    }

    pub(super) fn close(&mut self, people: &[Person], lives: &[Life]) {
        for (person, life) in people.iter().zip(lives) {
            self.close_one(person, life.is_recovered());
        }
    }

    pub(super) fn close_one(&mut self, person: &Person, recovered: bool) {
        self.ages[person.age as usize].recovered += u64::from(recovered);
    }

    /// Euros within the horizon less the cost of contacts, over all people.
    pub fn net_eur(&self) -> f64 {
        self.people.iter().map(PersonTally::net_eur).sum()
    }

    /// The same within 90 days.
    pub fn net_90_eur(&self) -> f64 {
        self.people.iter().map(PersonTally::net_90_eur).sum()
    }

    /// Euros within the horizon, over all people.
    pub fn paid_eur(&self) -> f64 {
        self.people.iter().map(|person| person.paid_cents).sum::<i64>() as f64 / 100.0
    }

    /// Net euros of the last fifth of the hand-overs.
    pub const fn last_vintage_eur(&self) -> f64 {
        self.last_vintage_points as f64 / 10_000.0
    }

    /// Contacts that went out.
    pub fn contacts(&self) -> u64 {
        self.people.iter().map(|person| u64::from(person.contacts)).sum()
    }

    /// Complaints.
    pub fn complaints(&self) -> u64 {
        self.people.iter().map(|person| u64::from(person.complaints)).sum()
    }

    /// Share of the cases of each age class that recovered.
    pub fn recovered(&self) -> [f64; 3] {
        Age::ALL.map(|age| {
            let age = self.ages[age as usize];
            age.recovered as f64 / age.cases.max(1) as f64
        })
    }

    /// Share of the amount handed over that was paid.
    pub fn yielded(&self) -> f64 {
        let paid: i64 = self.ages.iter().map(|age| age.paid_cents).sum();
        let handed: i64 = self.ages.iter().map(|age| age.handed_cents).sum();
        paid as f64 / handed.max(1) as f64
    }
}

fn vintage(person: &Person, intake: Day) -> usize {
    (person.enters as usize * VINTAGES / intake.max(1) as usize).min(VINTAGES - 1)
}
