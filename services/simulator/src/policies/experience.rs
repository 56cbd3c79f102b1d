//! What a creditor brings from last year: every contact of static dunning, a share of them drawn evenly
//! from everything permitted, and what came of each.

use std::collections::BTreeMap;

use kulanz_policy::{Context, DelayCurve, Edges, Schema, passed_on};

use super::history::History;
use super::oracle::planted;
use super::seen::context;
use super::story::{Story, WINDOW};
use super::{FixedSequence, Sequence};
use crate::behaviour::Nature;
use crate::calendar::Day;
use crate::population::Person;
use crate::random::{Draws, Purpose};
use crate::run::{Choice, Known, Mask, News, Policy, Rules, Situation, play};
use crate::space::{Action, Factor};
use crate::world::World;

/// Changes the luck of the world into last year's.
const LAST_YEAR: u64 = 0x6c61_7374_2079_6561;
/// A day that never comes.
const NEVER: f64 = 100_000.0;
/// Draws after which an even draw from what is permitted takes the nearest treatment instead.
const TRIES: u32 = 64;

/// Share of last year's decisions that were drawn evenly from everything permitted: what the log is good for.
pub const DRAWN: f64 = 0.5;

/// A contact of last year.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub known: Known,
    pub since: Day,
    pub mask: Mask,
    /// What static dunning would have said.
    pub plain: Action,
    pub action: Action,
    /// Whether it was drawn evenly from what was permitted.
    pub tried: bool,
    /// What planted policies do, the good and the bad, where they are to be judged.
    pub extremes: Option<[Action; 2]>,
    pub story: Story,
    /// Days until the next contact, and what was known then.
    pub next: Option<(Day, Known)>,
}

impl Contact {
    /// Through which channel.
    pub fn channel(&self) -> &'static str {
        self.action.names()[Factor::Channel as usize]
    }

    /// The next contact, where it came within the window.
    pub fn cut(&self) -> Option<(Day, &Known)> {
        self.next.as_ref().map(|(days, known)| (*days, known)).filter(|(days, _)| *days < WINDOW)
    }

    /// Days that could be seen before the next contact, at most the window.
    pub fn watched(&self) -> Day {
        self.cut().map_or(WINDOW, |(days, _)| days)
    }

    /// Share of what was owed that it brought: by itself, or as far as the next contact leaves it to be expected.
    pub fn brought(&self, history: &History) -> f64 {
        let left = |known: &Known| {
            let owed = known.remaining_cents as f64 / self.known.remaining_cents.max(1) as f64;
            history.settling(known) * owed.min(1.0)
        };
        if self.story.value > 0.0 { self.story.value } else { self.left(history, left) }
    }

    /// The chance that it did harm.
    pub fn harm(&self, history: &History) -> f64 {
        if self.story.harmed { 1.0 } else { self.left(history, |_| history.harm()) }
    }

    fn left(&self, history: &History, expected: impl Fn(&Known) -> f64) -> f64 {
        let left = |(days, known): (Day, &Known)| {
            passed_on(expected(known), history.delay.paid_by(self.channel(), days as usize))
        };
        self.cut().map_or(0.0, left)
    }

    /// Lets a curve know how soon it was followed by money, or how long by none.
    pub fn shape(&self, curve: &mut DelayCurve) {
        let paid_after = self.story.after.map(|days| days as usize);
        curve.count_followed(self.channel(), paid_after, self.watched() as usize);
    }
}

/// A year under static dunning.
#[derive(Debug)]
pub struct Experience {
    /// Share of the contacts that were drawn evenly: a little below that of the decisions, since some
    /// of those that wait for their slot are overtaken by a payment.
    pub(super) drawn: f64,
    pub(super) contacts: Vec<Contact>,
    pub(super) history: History,
    pub(super) schema: Schema,
    /// Days from hand-over for which people are followed.
    pub(super) horizon: Day,
}

impl Experience {
    /// The world as it was last year: other luck, and nothing of what is yet to come.
    pub fn last_year(world: &World) -> World {
        let mut world = world.clone();
        world.seed ^= LAST_YEAR;
        let parameters = &mut world.parameters;
        parameters.drift.shock_day = NEVER;
        parameters.drift.reversal_day = NEVER;
        parameters.observed.shuffled_from_day = NEVER;
        world
    }

    /// Plays last year with these people, a share of the decisions drawn evenly. `planted` keeps beside each contact what the truth says of it.
    pub fn of(
        nature: &Nature<'_>,
        people: &[Person],
        rules: &Rules,
        drawn: f64,
        planted: bool,
    ) -> Self {
        let mut year = Year {
            seed: nature.world.seed,
            drawn,
            planted,
            horizon: rules.horizon,
            inner: FixedSequence(Sequence::static_dunning()),
            planned: BTreeMap::new(),
            last: BTreeMap::new(),
            contacts: Vec::new(),
        };
        play(nature, people, rules, &mut year);
        let history = History::of(&year.contacts);
        let seen: Vec<Context> = year
            .contacts
            .iter()
            .filter(|contact| contact.known.contacts == 0)
            .map(|contact| context(&contact.known, contact.since))
            .collect();
        let schema = Schema { edges: Edges::of_portfolio(&seen), ..Schema::default() };
        let drawn = share_tried(&year.contacts);
        Self { drawn, contacts: year.contacts, history, schema, horizon: rules.horizon }
    }
}

fn share_tried(contacts: &[Contact]) -> f64 {
    let open = contacts.iter().filter(|contact| !contact.known.vulnerable);
    let (tried, all) = open
        .fold((0_u32, 0_u32), |(tried, all), contact| (tried + u32::from(contact.tried), all + 1));
    f64::from(tried) / f64::from(all.max(1))
}

/// Static dunning that keeps a log.
struct Year {
    seed: u64,
    drawn: f64,
    planted: bool,
    horizon: Day,
    inner: FixedSequence,
    planned: BTreeMap<u32, Contact>,
    last: BTreeMap<u32, usize>,
    contacts: Vec<Contact>,
}

impl Policy for Year {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        let choice = self.inner.choose(situation);
        let Choice::Say(plain) = choice else { return choice };
        let known = situation.known;
        let plain = situation.mask.nearest(plain);
        let mut draws = Draws::of(self.seed, known.person, Purpose::Choice, known.contacts);
        // Nothing is tried out on protected people.
        let tried = !known.vulnerable && draws.happens(self.drawn);
        let action = if tried { evenly(situation.mask, plain, &mut draws) } else { plain };
        let ends = situation.day - situation.since + self.horizon;
        let contact = Contact {
            known: *known,
            since: situation.since,
            mask: situation.mask,
            plain,
            action,
            tried,
            extremes: self.planted.then(|| planted(situation, plain)),
            story: Story::new(situation.day, known.remaining_cents, ends),
            next: None,
        };
        self.planned.insert(known.person, contact);
        Choice::Say(action)
    }

    fn sent(&mut self, person: u32, day: Day) {
        if let Some(mut contact) = self.planned.remove(&person) {
            contact.story.sent = day;
            if let Some(before) = self.last.insert(person, self.contacts.len()) {
                let before = &mut self.contacts[before];
                before.next = Some((day - before.story.sent, contact.known));
            }
            self.contacts.push(contact);
        }
    }

    fn learn(&mut self, news: &News) {
        if let Some(place) = self.last.get(&news.person) {
            self.contacts[*place].story.hear(news);
        }
    }
}

/// A treatment drawn evenly from all that the mask permits.
fn evenly(mask: Mask, plain: Action, draws: &mut Draws) -> Action {
    let level = |factor: Factor, draws: &mut Draws| {
        let allowed: Vec<u8> = mask.allowed(factor).collect();
        allowed.get(draws.below(allowed.len())).copied().unwrap_or(0)
    };
    for _ in 0..TRIES {
        let found = Action(Factor::ALL.map(|factor| level(factor, draws)));
        if mask.permits(found) {
            return found;
        }
    }
    plain
}
