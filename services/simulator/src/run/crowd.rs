//! People whose contacts somebody else decides: the same lives as in [`super::play`], led day by day by
//! whoever carries what they do to the services of a constellation. Several agencies may share the people.

use std::collections::BTreeMap;

use super::play::{Rules, cost_points};
use super::tally::Tally;
use crate::behaviour::{Event, Life, Nature};
use crate::calendar::Day;
use crate::population::Person;
use crate::space::Action;
use crate::world::Cost;

/// The people of one agency among several, to which they are dealt in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which agency, from 0 on.
    pub number: usize,
    /// How many agencies there are.
    pub of: usize,
}

impl Share {
    /// The shares of so many people where an agency takes on `most` of them.
    pub fn of_people(people: usize, most: usize) -> impl Iterator<Item = Self> {
        let of = people.div_ceil(most.max(1)).max(1);
        (0..of).map(move |number| Self { number, of })
    }

    const fn holds(self, person: &Person) -> bool {
        person.number as usize % self.of == self.number
    }
}

/// What people lived through.
#[derive(Debug, Clone, Default)]
pub struct Lived {
    contacts: Vec<(usize, Day, Action)>,
    events: Vec<(usize, Day, Event)>,
    recovered: Vec<usize>,
}

impl Lived {
    /// What the people of another agency lived through, too.
    pub fn extend(&mut self, other: Self) {
        self.contacts.extend(other.contacts);
        self.events.extend(other.events);
        self.recovered.extend(other.recovered);
    }

    /// What it came to.
    pub(crate) fn tally(&self, people: &[Person], rules: &Rules, cost: &Cost) -> Tally {
        let mut tally = Tally::of(people, rules.intake, rules.length());
        for &(place, day, action) in &self.contacts {
            tally.contacted(&people[place], day, rules.intake, cost_points(cost, action));
        }
        for &(place, day, event) in &self.events {
            tally.count(&people[place], day, rules.intake, event);
        }
        for &place in &self.recovered {
            tally.close_one(&people[place], true);
        }
        tally
    }

    /// What was said to whom and when.
    pub(crate) fn said(&self) -> BTreeMap<(u32, Day), Action> {
        let said = |&(place, day, action): &(usize, Day, Action)| ((place as u32, day), action);
        self.contacts.iter().map(said).collect()
    }
}

/// The people of one agency, and what happens to them.
pub struct Crowd<'a> {
    nature: Nature<'a>,
    people: &'a [Person],
    rules: Rules,
    lives: BTreeMap<usize, Life>,
    lived: Lived,
}

impl<'a> Crowd<'a> {
    /// Those of `people` who are in `share`, at hand-over.
    pub fn new(nature: Nature<'a>, people: &'a [Person], rules: Rules, share: Share) -> Self {
        let places = people.iter().enumerate().filter(|(_, person)| share.holds(person));
        let lives = places.map(|(place, person)| (place, Life::new(person))).collect();
        Self { nature, people, rules, lives, lived: Lived::default() }
    }

    /// Whoever is handed over on a day.
    pub fn entering(&self, day: Day) -> Vec<&'a Person> {
        self.lives.keys().map(|place| &self.people[*place]).filter(|it| it.enters == day).collect()
    }

    /// Where those are whose time is over on a day and whose case is not.
    pub fn leaving(&self, day: Day) -> Vec<usize> {
        let ends = |place: usize| self.people[place].enters + self.rules.horizon == day;
        let leaves = self.lives.iter().filter(|(place, life)| ends(**place) && !life.is_over());
        leaves.map(|(place, _)| *place).collect()
    }

    /// Where those are who are followed on a day.
    pub fn followed(&self, day: Day) -> Vec<usize> {
        let days = |place: usize| {
            let enters = self.people[place].enters;
            enters..enters + self.rules.horizon
        };
        self.lives.keys().copied().filter(|place| days(*place).contains(&day)).collect()
    }

    /// A person's life; only of this agency's people.
    pub fn life(&self, place: usize) -> &Life {
        &self.lives[&place]
    }

    /// A message arrives. Whoever has nothing open does not react to it.
    pub fn contact(&mut self, place: usize, action: Action, day: Day) -> Vec<Event> {
        let mut events = Vec::new();
        self.lived.contacts.push((place, day, action));
        if let Some(life) = self.lives.get_mut(&place).filter(|life| life.is_open()) {
            self.nature.contact(&self.people[place], life, action, day, &mut events);
        }
        events
    }

    /// A person lives one day.
    pub fn live(&mut self, place: usize, day: Day) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(life) = self.lives.get_mut(&place) {
            self.nature.live(&self.people[place], life, day, &mut events);
        }
        events
    }

    /// Notes what is known of a person on a day.
    pub fn note(&mut self, place: usize, day: Day, event: Event) {
        self.lived.events.push((place, day, event));
    }

    /// What they lived through; `recovered` says which cases are settled or in a plan that is being paid.
    pub fn close(mut self, recovered: impl Fn(usize, &Life) -> bool) -> Lived {
        let found = self.lives.iter().filter(|(place, life)| recovered(**place, life));
        self.lived.recovered = found.map(|(place, _)| *place).collect();
        self.lived
    }
}
