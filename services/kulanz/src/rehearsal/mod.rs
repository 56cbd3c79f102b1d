//! `kulanz simulate --mode full`: simulated people who live with the whole constellation.
//!
//! All services run in this process, on databases in memory and in virtual time. Claims come in by import,
//! whom to tell what is decided and sent by the services, people read what arrives in the inbox of the
//! channels, and what they do goes back through public calls: `house` is the agency with its clock, `sink`
//! what arrives, `deeds` what people do, `bank` their money, `findings` what the services say came of it, `steward`
//! who lets in what is learned.
//! One day ends when nothing is left to be delivered or done.

mod bank;
mod deeds;
mod findings;
mod house;
mod rows;
mod sink;
mod steward;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use kulanz_simulator::behaviour::State;
use kulanz_simulator::calendar::Day;
use kulanz_simulator::run::{Crowd, Lived, Share};
use kulanz_simulator::study::{Plan, RampFigures, Stage, Study, full, side_by_side};

use deeds::Deeds;
use house::Agency;
use steward::Steward;

/// What services refused or lost: how often, by call and reason.
pub type Refusals = BTreeMap<String, u64>;

/// How many agencies live through a world of so many debtors, each with at most `most` of them.
pub fn agencies(debtors: u32, most: usize) -> usize {
    Share::of_people(debtors as usize, most).count()
}

/// Who decides in a rehearsal.
#[derive(Debug, Clone, Copy)]
pub enum Decider<'a> {
    /// The tenant's static policy, as it comes.
    Usual,
    /// The static policy tries out this share, and what is learned is let in as soon as the gate lets it.
    Learning(f64),
    /// A policy file, past gate and ramp.
    File(&'a [u8]),
}

/// Lives through every world of the plan. Its people are dealt to agencies of at most `most`, each with a
/// constellation of its own on a thread of its own; `progress` is told of each day of each.
pub fn rehearse(
    plan: &Plan<'_>,
    decider: Decider<'_>,
    most: usize,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<(Study, Refusals)> {
    let stages: Vec<_> =
        plan.worlds.iter().map(|world| Stage::new(plan, world)).collect::<Result<_, _>>()?;
    let shares = |stage: &Stage<'_>| Share::of_people(stage.people().len(), most);
    let (worlds, mut refusals) = (0.., Refusals::new());
    let parts: Vec<(usize, Share)> = worlds
        .zip(&stages)
        .flat_map(|(world, stage)| shares(stage).map(move |share| (world, share)))
        .collect();
    let lived = side_by_side(plan.threads, &parts, |thread, (world, share)| {
        stay_on_a_core(thread);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("start an agency")?;
        let own = Own { share: *share, seed: plan.seed, decider };
        runtime.block_on(live_through(&stages[*world], own, progress))
    });
    let mut of_worlds = vec![(Lived::default(), None); stages.len()];
    for ((world, _), lived) in parts.iter().zip(lived) {
        let (lived, refused, ramp) = lived?;
        let (all, first) = &mut of_worlds[*world];
        all.extend(lived);
        *first = first.take().or(ramp);
        for (what, count) in refused {
            *refusals.entry(what).or_default() += count;
        }
    }
    let figures = stages.iter().zip(of_worlds);
    let figures = figures.map(|(stage, (lived, ramp))| stage.figures_of(&lived, ramp));
    Ok((full(plan, figures.collect()), refusals))
}

/// An agency and its databases, each on a thread of its own, mostly wait for each other: on one core none has
/// to be woken on another. The threads that this one starts stay there, too.
fn stay_on_a_core(thread: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.get(thread % cores.len().max(1)) {
        core_affinity::set_for_current(*core);
    }
}

/// What one agency has for itself.
struct Own<'a> {
    /// Its part of the people.
    share: Share,
    seed: u64,
    decider: Decider<'a>,
}

/// What came of an agency: its people, what services refused, and how it let in what it learned.
type Came = (Lived, Refusals, Option<RampFigures>);

async fn live_through(
    stage: &Stage<'_>,
    own: Own<'_>,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<Came> {
    let agency = Agency::found(stage.calendar(), own.seed).await?;
    let mut steward = None;
    match own.decider {
        Decider::Usual => (),
        Decider::Learning(share) => steward = Some(Steward::begin(&agency, share).await?),
        Decider::File(policy) => agency.decide_by(policy).await?,
    }
    let days = Days {
        stage,
        steward,
        crowd: Crowd::new(stage.nature(), stage.people(), stage.rules(), own.share),
        deeds: Deeds::new(&agency, stage.people().len()),
    };
    let lived = days.live(progress).await;
    agency.close().await;
    lived
}

/// The days of one agency.
struct Days<'a> {
    stage: &'a Stage<'a>,
    crowd: Crowd<'a>,
    deeds: Deeds<'a>,
    steward: Option<Steward<'a>>,
}

impl Days<'_> {
    async fn live(mut self, progress: &(dyn Fn() + Sync)) -> anyhow::Result<Came> {
        for day in 0..self.stage.rules().length() {
            self.morning(day).await?;
            self.deeds.agency.advance_to(day, house::EVENING).await?;
            self.evening(day).await?;
            progress();
        }
        let settled = self.book_money().await?;
        let lived = self.crowd.close(|place, life| {
            settled.contains(&place)
                || matches!(life.state, State::Plan { .. }) && life.is_recovered()
        });
        Ok((lived, self.deeds.refusals, self.steward.map(Steward::figures)))
    }

    /// What was learned over night may be let in; claims are handed over, and given back at the end of their time.
    async fn morning(&mut self, day: Day) -> anyhow::Result<()> {
        self.deeds.agency.advance_to(day, house::MORNING).await?;
        if let Some(steward) = &mut self.steward {
            steward.look(day).await?;
        }
        for place in self.crowd.leaving(day) {
            self.deeds.give_back(place).await?;
        }
        let date = self.stage.calendar().date(day);
        self.deeds.hand_over(&self.crowd.entering(day), date).await?;
        self.deeds.agency.settle().await
    }

    /// What arrived is read; everybody lives the day; what people did reaches the services.
    async fn evening(&mut self, day: Day) -> anyhow::Result<()> {
        let mut contacts: BTreeMap<usize, Vec<sink::Contact>> = BTreeMap::new();
        for contact in self.deeds.arrived(self.stage.calendar(), day).await? {
            contacts.entry(contact.place).or_default().push(contact);
        }
        for place in self.crowd.followed(day) {
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
        let until = self.stage.people()[place].enters + self.stage.rules().horizon;
        for event in self.crowd.contact(place, contact.action, day) {
            if self.deeds.carry(place, event, Some(contact), self.stage.calendar()).await? {
                self.crowd.note(place, day, event);
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
                self.crowd.note(place, day, event);
            }
        }
        let after = self.crowd.life(place).state;
        match (before, after) {
            (State::Disputed { .. }, State::Open) => self.deeds.decide_dispute(place, false).await,
            (State::Sought { .. }, State::Open) => self.deeds.found(place).await,
            _ => Ok(()),
        }
    }

    /// Notes the money that claims booked, and says whose claims are paid.
    async fn book_money(&mut self) -> anyhow::Result<BTreeSet<usize>> {
        let calendar = self.stage.calendar();
        let movements = findings::movements(self.deeds.agency).await?;
        for payment in &movements.payments {
            let day = calendar.day(payment.value_date).unwrap_or_default();
            self.crowd.note(payment.place, day, payment.event());
        }
        Ok(movements.settled)
    }
}
