//! People whose contacts somebody else decides: the same lives as in [`super::play`], led day by day by
//! whoever carries what they do to the services of a constellation.

use super::play::{Rules, cost_points};
use super::tally::Tally;
use crate::behaviour::{Event, Life, Nature};
use crate::calendar::Day;
use crate::population::Person;
use crate::space::Action;

/// People and what is counted of them.
pub struct Crowd<'a> {
    nature: Nature<'a>,
    people: &'a [Person],
    rules: Rules,
    lives: Vec<Life>,
    tally: Tally,
}

impl<'a> Crowd<'a> {
    /// People at hand-over.
    pub fn new(nature: Nature<'a>, people: &'a [Person], rules: Rules) -> Self {
        let lives = people.iter().map(Life::new).collect();
        let tally = Tally::of(people, rules.intake, rules.length());
        Self { nature, people, rules, lives, tally }
    }

    /// Whether a person is followed on this day.
    pub fn follows(&self, place: usize, day: Day) -> bool {
        let enters = self.people[place].enters;
        (enters..enters + self.rules.horizon).contains(&day)
    }

    /// A person's life.
    pub fn life(&self, place: usize) -> &Life {
        &self.lives[place]
    }

    /// A message arrives, and costs what it costs. Whoever has nothing open does not react to it.
    pub fn contact(&mut self, place: usize, action: Action, day: Day) -> Vec<Event> {
        let (person, life) = (&self.people[place], &mut self.lives[place]);
        let mut events = Vec::new();
        let cost = cost_points(&self.nature.world.parameters.cost, action);
        self.tally.contacted(person, day, self.rules.intake, cost);
        if life.is_open() {
            self.nature.contact(person, life, action, day, &mut events);
        }
        events
    }

    /// A person lives one day.
    pub fn live(&mut self, place: usize, day: Day) -> Vec<Event> {
        let mut events = Vec::new();
        self.nature.live(&self.people[place], &mut self.lives[place], day, &mut events);
        events
    }

    /// Counts what is known of a person on a day.
    pub fn count(&mut self, place: usize, day: Day, event: Event) {
        self.tally.count(&self.people[place], day, self.rules.intake, event);
    }

    /// What it came to; `recovered` says which cases are settled or in a plan that is being paid.
    pub fn close(mut self, recovered: impl Fn(usize, &Life) -> bool) -> Tally {
        for (place, (person, life)) in self.people.iter().zip(&self.lives).enumerate() {
            self.tally.close_one(person, recovered(place, life));
        }
        self.tally
    }
}
