//! What a creditor knows from last year: how often static dunning led to money, by age, amount and step.

use crate::behaviour::{Event, Nature};
use crate::calendar::Day;
use crate::policies::{FixedSequence, Sequence};
use crate::population::{Age, Population};
use crate::run::{Choice, Known, News, Policy, Rules, Situation, play};

/// People of last year.
const PEOPLE: u32 = 3_000;
/// Changes the luck of the world into last year's.
const LAST_YEAR: u64 = 0x6c61_7374_2079_6561;
/// Days after a contact within which money counts as its own.
pub(super) const WINDOW: Day = 28;
/// Where the amount classes begin, cents.
const AMOUNTS: [i64; 3] = [50_000, 150_000, 400_000];
/// Contacts with which every class begins, as if seen at the overall rate.
const ANCHOR: f64 = 50.0;

/// Frozen rates by class: the offset of the learned policy.
#[derive(Debug, Clone, Default)]
pub struct History {
    contacts: [[f64; 4]; 3],
    settled: [[f64; 4]; 3],
    harmed: f64,
    all: f64,
}

impl History {
    /// Last year: other people of the same world under static dunning.
    pub fn under_static_dunning(nature: &Nature<'_>, mix: [f64; 3]) -> Self {
        let mut world = nature.world.clone();
        world.seed ^= LAST_YEAR;
        let people = Population::of_world(&world, mix).people(PEOPLE);
        let nature = Nature { world: &world, ..*nature };
        let rules = Rules::new(120, 28);
        let mut watched = Watched {
            inner: FixedSequence(Sequence::static_dunning()),
            classes: vec![(0, 0); people.len()],
            history: Self::default(),
        };
        play(&nature, &people, &rules, &mut watched);
        watched.history
    }

    /// Chance that a contact of static dunning is followed by money or an agreement within four weeks.
    pub fn settling(&self, known: &Known) -> f64 {
        let (age, amount) = class(known);
        let overall = self.overall();
        let (settled, contacts) = (self.settled[age][amount], self.contacts[age][amount]);
        ((settled + ANCHOR * overall) / (contacts + ANCHOR)).clamp(0.005, 0.8)
    }

    /// Chance that a contact draws a sign of harm.
    pub fn harm(&self) -> f64 {
        ((self.harmed + 1.0) / (self.all + 100.0)).clamp(0.001, 0.5)
    }

    fn overall(&self) -> f64 {
        let sum = |table: &[[f64; 4]; 3]| table.iter().flatten().sum::<f64>();
        (sum(&self.settled) + 1.0) / (sum(&self.contacts) + 20.0)
    }
}

fn class(known: &Known) -> (usize, usize) {
    let age = match known.age {
        Age::Young => 0,
        Age::Middle => 1,
        Age::Old => 2,
    };
    (age, AMOUNTS.iter().filter(|from| known.amount_cents >= **from).count())
}

/// Counts while static dunning plays.
struct Watched {
    inner: FixedSequence,
    classes: Vec<(usize, usize)>,
    history: History,
}

impl Policy for Watched {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        self.classes[situation.known.person as usize] = class(situation.known);
        self.inner.choose(situation)
    }

    fn sent(&mut self, person: u32, _day: Day) {
        let (age, amount) = self.classes[person as usize];
        self.history.contacts[age][amount] += 1.0;
        self.history.all += 1.0;
    }

    fn learn(&mut self, news: &News) {
        if news.after.is_none_or(|after| after > WINDOW) {
            return;
        }
        let (age, amount) = self.classes[news.person as usize];
        match news.event {
            Event::Settled | Event::PlanAgreed { .. } => self.history.settled[age][amount] += 1.0,
            Event::Complained | Event::OptedOut { .. } | Event::Disputed { .. } => {
                self.history.harmed += 1.0;
            }
            _ => {}
        }
    }
}
