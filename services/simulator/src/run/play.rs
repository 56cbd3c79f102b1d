use super::mask::{Facts, Mask};
use super::policy::{Choice, Known, News, Policy, Situation, Truth};
use super::tally::Tally;
use crate::behaviour::{Event, Life, Nature};
use crate::calendar::Day;
use crate::population::{Address, Person};
use crate::space::{Action, Factor, level};
use crate::world::Cost;

/// What is the same for every policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Days from hand-over for which a person is followed.
    pub horizon: Day,
    /// Days over which claims are handed over.
    pub intake: Day,
    /// Most contacts of one person.
    pub contacts: u32,
    /// Least days between two decisions to contact.
    pub pause: Day,
    /// The same for somebody known to be vulnerable.
    pub vulnerable_pause: Day,
}

impl Rules {
    /// Five contacts a person, a week apart (two for the vulnerable): the load of static dunning.
    pub const fn new(horizon: Day, intake: Day) -> Self {
        Self { horizon, intake, contacts: 5, pause: 7, vulnerable_pause: 14 }
    }

    /// Days of the whole simulation.
    pub const fn length(&self) -> Day {
        self.horizon + self.intake
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Schedule {
    planned: Option<(Day, Action)>,
    decided: Day,
    not_before: Day,
    last: Option<Day>,
}

/// Plays a policy in a world.
pub fn play(
    nature: &Nature<'_>,
    people: &[Person],
    rules: &Rules,
    policy: &mut dyn Policy,
) -> Tally {
    let mut game = Game {
        nature,
        people,
        rules,
        lives: people.iter().map(Life::new).collect(),
        schedules: vec![Schedule::default(); people.len()],
        tally: Tally::of(people, rules.intake, rules.length()),
        events: Vec::new(),
    };
    for day in 0..rules.length() {
        for (place, person) in people.iter().enumerate() {
            if (person.enters..person.enters + rules.horizon).contains(&day) {
                game.pass(place, day, policy);
            }
        }
        policy.end_of_day(day);
    }
    game.tally.close(people, &game.lives);
    game.tally
}

struct Game<'a> {
    nature: &'a Nature<'a>,
    people: &'a [Person],
    rules: &'a Rules,
    lives: Vec<Life>,
    schedules: Vec<Schedule>,
    tally: Tally,
    events: Vec<Event>,
}

impl Game<'_> {
    /// One day of one person: decide, contact, live, tell.
    fn pass(&mut self, place: usize, day: Day, policy: &mut dyn Policy) {
        let person = &self.people[place];
        if self.lives[place].is_over() {
            return;
        }
        self.decide(place, day, policy);
        self.send(place, day, policy);
        self.nature.live(person, &mut self.lives[place], day, &mut self.events);
        let last = self.schedules[place].last;
        for event in self.events.drain(..) {
            self.tally.count(person, day, self.rules.intake, event);
            policy.learn(&News {
                person: person.number,
                day,
                after: last.map(|last| day - last),
                event,
                remaining_cents: self.lives[place].remaining_cents,
            });
        }
    }

    fn decide(&mut self, place: usize, day: Day, policy: &mut dyn Policy) {
        let (person, life) = (&self.people[place], &self.lives[place]);
        let schedule = self.schedules[place];
        let spent = life.contacts >= self.rules.contacts;
        if spent || !life.is_open() || schedule.planned.is_some() || day < schedule.not_before {
            return;
        }
        let mask = Mask::of(facts(person, life));
        if mask.is_empty() {
            return;
        }
        let known = self.known(person, life, day);
        let situation = Situation {
            known: &known,
            mask,
            day,
            since: day - person.enters,
            morning: self.nature.calendar.morning_slot(day),
            truth: Truth { nature: self.nature, person, life },
        };
        let choice = policy.choose(&situation);
        let schedule = &mut self.schedules[place];
        match choice {
            // A policy cannot step over the mask.
            Choice::Say(action) => {
                let action = mask.nearest(action);
                let at = self.nature.calendar.next_in_slot(day, action.of(Factor::Slot));
                schedule.planned = Some((at, action));
                schedule.decided = day;
            }
            Choice::Wait(days) => schedule.not_before = day.saturating_add(days.max(1)),
        }
    }

    fn send(&mut self, place: usize, day: Day, policy: &mut dyn Policy) {
        let Some((at, action)) = self.schedules[place].planned else { return };
        if day < at {
            return;
        }
        self.schedules[place].planned = None;
        let (person, life) = (&self.people[place], &mut self.lives[place]);
        if !life.is_open() || !Mask::of(facts(person, life)).permits(action) {
            return;
        }
        policy.sent(person.number, day);
        self.nature.contact(person, life, action, day, &mut self.events);
        let pause =
            if person.known_vulnerable { self.rules.vulnerable_pause } else { self.rules.pause };
        let schedule = &mut self.schedules[place];
        // From decision to decision: whoever waits for a slot does not fall behind a week each time.
        schedule.not_before = schedule.decided + pause;
        schedule.last = Some(day);
        let cost = cost_points(&self.nature.world.parameters.cost, action);
        self.tally.contacted(person, day, self.rules.intake, cost);
    }

    fn known(&self, person: &Person, life: &Life, day: Day) -> Known {
        let shuffled = self.nature.world.parameters.observed.shuffled_from_day;
        let observed = if f64::from(day) < shuffled {
            person.observed
        } else {
            let other = (person.number as usize * 7919 + 13) % self.people.len();
            self.people[other].observed
        };
        Known {
            person: person.number,
            amount_cents: person.amount_cents,
            remaining_cents: life.remaining_cents,
            age: person.age,
            observed,
            email: person.email != Address::Missing,
            mobile: person.mobile != Address::Missing,
            vulnerable: person.known_vulnerable,
            knows_portal: life.knows_portal,
            contacts: life.contacts,
        }
    }
}

fn facts(person: &Person, life: &Life) -> Facts {
    let reachable = |channel: &u8| {
        let known = person.address(*channel) != Address::Missing;
        known && (*channel != level::PORTAL_PUSH || life.knows_portal)
    };
    let dead = if life.found { 0 } else { life.bounced };
    let channels = (0..5_u8).filter(reachable).fold(0, |bits, channel| bits | 1 << channel);
    Facts {
        channels: channels & !dead & !life.opted_out,
        first: life.contacts == 0,
        vulnerable: person.known_vulnerable,
        promised: life.promised_before,
    }
}

/// What a contact costs, hundredths of a cent.
pub(super) fn cost_points(cost: &Cost, action: Action) -> i64 {
    let euros = match action.of(Factor::Channel) {
        level::EMAIL => cost.email_eur,
        level::SMS => cost.sms_eur,
        level::LETTER => cost.letter_eur,
        level::WHATSAPP => cost.whatsapp_eur,
        _ => cost.portal_push_eur,
    };
    (euros * 10_000.0).round() as i64
}
