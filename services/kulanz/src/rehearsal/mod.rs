//! `kulanz simulate --mode full`: simulated people who live with the whole constellation.
//!
//! All services run in this process, on databases in memory and in virtual time. Claims come in by import,
//! whom to tell what is decided and sent by the services, people read what arrives in the inbox of the
//! channels, and what they do goes back through public calls: `house` is the agency with its clock, `sink`
//! what arrives, `deeds` what people do, `bank` their money, `findings` what the services say came of it.
//! One day ends when nothing is left to be delivered or done.

mod bank;
mod deeds;
mod findings;
mod house;
mod rows;
mod sink;

use std::collections::{BTreeMap, BTreeSet};

use kulanz_simulator::behaviour::State;
use kulanz_simulator::calendar::Day;
use kulanz_simulator::run::Crowd;
use kulanz_simulator::space::Action;
use kulanz_simulator::study::{Plan, Stage, Study, WorldFigures, full};

use deeds::Deeds;
use house::Agency;

/// What services refused or lost: how often, by call and reason.
pub type Refusals = BTreeMap<String, u64>;

/// Lives through every world of the plan with a constellation of its own; `progress` is told of each day.
pub async fn rehearse(
    plan: &Plan<'_>,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<(Study, Refusals)> {
    let mut worlds = Vec::with_capacity(plan.worlds.len());
    let mut refusals = Refusals::new();
    for world in &plan.worlds {
        let stage = Stage::new(plan, world)?;
        let (figures, refused) = live_through(&stage, plan.seed, progress).await?;
        worlds.push(figures);
        for (what, count) in refused {
            *refusals.entry(what).or_default() += count;
        }
    }
    Ok((full(plan, worlds), refusals))
}

async fn live_through(
    stage: &Stage<'_>,
    seed: u64,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<(WorldFigures, Refusals)> {
    let agency = Agency::found(stage.calendar(), seed).await?;
    let days = Days {
        stage,
        crowd: Crowd::new(stage.nature(), stage.people(), stage.rules()),
        deeds: Deeds::new(&agency, stage.people().len()),
        said: BTreeMap::new(),
    };
    let lived = days.live(progress).await;
    agency.close().await;
    lived
}

/// The days of one world.
struct Days<'a> {
    stage: &'a Stage<'a>,
    crowd: Crowd<'a>,
    deeds: Deeds<'a>,
    said: BTreeMap<(u32, Day), Action>,
}

impl Days<'_> {
    async fn live(
        mut self,
        progress: &(dyn Fn() + Sync),
    ) -> anyhow::Result<(WorldFigures, Refusals)> {
        for day in 0..self.stage.rules().length() {
            self.morning(day).await?;
            self.deeds.agency.advance_to(day, house::EVENING).await?;
            self.evening(day).await?;
            progress();
        }
        let settled = self.book_money().await?;
        let tally = self.crowd.close(|place, life| {
            settled.contains(&place)
                || matches!(life.state, State::Plan { .. }) && life.is_recovered()
        });
        Ok((self.stage.figures_of(&tally, self.said), self.deeds.refusals))
    }

    /// Claims are handed over, and given back at the end of their time.
    async fn morning(&mut self, day: Day) -> anyhow::Result<()> {
        self.deeds.agency.advance_to(day, house::MORNING).await?;
        let people = self.stage.people();
        let horizon = self.stage.rules().horizon;
        for person in people.iter().filter(|person| person.enters + horizon == day) {
            let place = person.number as usize;
            if !self.crowd.life(place).is_over() {
                self.deeds.give_back(place).await?;
            }
        }
        let entering: Vec<_> = people.iter().filter(|person| person.enters == day).collect();
        self.deeds.hand_over(&entering, self.stage.calendar().date(day)).await?;
        self.deeds.agency.settle().await
    }

    /// What arrived is read; everybody lives the day; what people did reaches the services.
    async fn evening(&mut self, day: Day) -> anyhow::Result<()> {
        let mut contacts: BTreeMap<usize, Vec<sink::Contact>> = BTreeMap::new();
        for contact in self.deeds.arrived(self.stage.calendar(), day).await? {
            contacts.entry(contact.place).or_default().push(contact);
        }
        for place in 0..self.stage.people().len() {
            if !self.crowd.follows(place, day) {
                continue;
            }
            for contact in contacts.remove(&place).unwrap_or_default() {
                self.contacted(&contact, day).await?;
            }
            self.pass(place, day).await?;
        }
        self.deeds.hand_in_money(self.stage.calendar().date(day)).await?;
        self.deeds.agency.settle().await
    }

    async fn contacted(&mut self, contact: &sink::Contact, day: Day) -> anyhow::Result<()> {
        let place = contact.place;
        self.said.insert((u32::try_from(place)?, day), contact.action);
        let until = self.stage.people()[place].enters + self.stage.rules().horizon;
        for event in self.crowd.contact(place, contact.action, day) {
            if self.deeds.carry(place, event, Some(contact), self.stage.calendar()).await? {
                self.crowd.count(place, day, event);
            }
        }
        if self.deeds.contacted(place) >= self.stage.rules().contacts {
            self.deeds.leave_alone(place, self.stage.calendar().date(until)).await?;
        }
        Ok(())
    }

    async fn pass(&mut self, place: usize, day: Day) -> anyhow::Result<()> {
        let before = self.crowd.life(place).state;
        for event in self.crowd.live(place, day) {
            if self.deeds.carry(place, event, None, self.stage.calendar()).await? {
                self.crowd.count(place, day, event);
            }
        }
        let after = self.crowd.life(place).state;
        match (before, after) {
            (State::Disputed { .. }, State::Open) => self.deeds.decide_dispute(place, false).await,
            (State::Sought { .. }, State::Open) => self.deeds.found(place).await,
            _ => Ok(()),
        }
    }

    /// Counts the money that claims booked, and says whose claims are paid.
    async fn book_money(&mut self) -> anyhow::Result<BTreeSet<usize>> {
        let calendar = self.stage.calendar();
        let movements = findings::movements(self.deeds.agency).await?;
        for payment in &movements.payments {
            let day = calendar.day(payment.value_date).unwrap_or_default();
            self.crowd.count(payment.place, day, payment.event());
        }
        Ok(movements.settled)
    }
}
