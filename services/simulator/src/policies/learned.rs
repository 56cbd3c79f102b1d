//! The learned policy of crates/policy, seen as a policy of this room: what is known becomes its
//! context, what happens becomes its outcomes.

use std::collections::BTreeMap;

use kulanz_policy::{
    Aims, Context, Costs, Credit, Decided, Dials, Expectation, Features, Learner, MILESTONES,
    Masked, Objective, Plan, Policy as Model, Question, RefreshError, Schema, Scratch,
    SituationError, Space, SpaceError, decide,
};

use super::history::{History, WINDOW};
use super::seen::{memberships, names_of, wire_mask};
use crate::behaviour::Event;
use crate::calendar::Day;
use crate::population::Age;
use crate::run::{Choice, Known, Mask, News, Policy, Situation};
use crate::space::{Action, FACTORS, Factor};
use crate::world::Cost;

/// Days between two refreshes.
const REFRESH: Day = 7;
/// Least outcomes that make a refresh worth its time.
const OUTCOMES: u32 = 100;
/// The levels of plain dunning: what is expected to be best until something else is shown to be.
const PLAIN: [(&str, &str); 6] = [
    ("channel", "letter"),
    ("channel", "email"),
    ("tone", "plain"),
    ("motive", "plain"),
    ("offer", "choice"),
    ("salutation", "sie"),
];
/// Days of silence after the policy said nothing.
const SILENCE: Day = 2;
/// Share of the balance that is paid where something is, as the frozen model has it.
const SHARE: f64 = 0.8;
/// Probability that a plan is kept, as the frozen model has it.
const KEPT: f64 = 0.75;

/// Why the learned policy failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LearnedError {
    /// Something cannot be decided over.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// Something is no number.
    #[error(transparent)]
    Situation(#[from] SituationError),
    /// No policy could be made of what was learned.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
}

/// A decision whose outcomes are still learned.
#[derive(Debug, Clone)]
struct Open {
    person: u32,
    features: Features,
    base_rate: f64,
    channel: &'static str,
    sent: Day,
    paid: Credit,
    harm: Credit,
    paid_after: Option<usize>,
}

impl Open {
    const fn decided(&self) -> Decided<'_> {
        Decided { features: &self.features, base_rate: self.base_rate, channel: self.channel }
    }
}

/// What a policy is asked with, prepared once.
#[derive(Debug)]
struct Ready {
    model: Model,
    plan: Plan,
    costs: Costs,
    masks: BTreeMap<Mask, Masked>,
}

/// Learns from every outcome and decides by what it learned.
#[derive(Debug)]
pub struct Learned<'a> {
    learner: Learner,
    ready: Ready,
    scratch: Scratch,
    history: &'a History,
    costs: BTreeMap<kulanz_policy::LevelName, f64>,
    planned: BTreeMap<u32, Open>,
    open: Vec<Open>,
    last: BTreeMap<u32, usize>,
    outcomes: u32,
    failure: Option<LearnedError>,
}

impl<'a> Learned<'a> {
    /// Nothing learned yet.
    pub fn new(cost: &Cost, history: &'a History) -> Result<Self, LearnedError> {
        let euros = [
            cost.email_eur,
            cost.sms_eur,
            cost.letter_eur,
            cost.whatsapp_eur,
            cost.portal_push_eur,
        ];
        let named =
            |(level, euros): (&&str, f64)| (kulanz_policy::LevelName::new("channel", level), euros);
        let costs: BTreeMap<_, _> = FACTORS[0].1.iter().zip(euros).map(named).collect();
        let mut learner = Learner::new(Schema::default());
        let plain = PLAIN.map(|(factor, level)| kulanz_policy::LevelName::new(factor, level));
        learner.prefer(&plain, 1.0);
        let ready = Ready::new(&mut learner, 0, &costs)?;
        Ok(Self {
            learner,
            ready,
            scratch: Scratch::default(),
            history,
            costs,
            planned: BTreeMap::new(),
            open: Vec::new(),
            last: BTreeMap::new(),
            outcomes: 0,
            failure: None,
        })
    }

    /// What kept it from deciding or learning, if anything did.
    pub fn outcome(self) -> Result<(), LearnedError> {
        self.failure.map_or(Ok(()), Err)
    }

    fn answer(&mut self, situation: &Situation<'_>) -> Result<Option<Action>, LearnedError> {
        let known = situation.known;
        let context = context(known, situation.since);
        let people = memberships(known);
        let seen = self.learner.schema().situation(&people, &context)?;
        let base_rate = self.history.settling(known);
        let expected = Expectation {
            balance: known.remaining_cents as f64 / 100.0,
            share: SHARE,
            paid: base_rate,
            harm: self.history.harm(),
            kept: KEPT,
        };
        let weights = Aims::default().weights(&expected)?;
        let id = format!("{}-{}-{}", known.person, known.contacts, situation.day);
        let ready = &mut self.ready;
        if !ready.masks.contains_key(&situation.mask) {
            let masked = ready.plan.mask(&wire_mask(situation.mask))?;
            ready.masks.insert(situation.mask, masked);
        }
        let question = Question {
            decision_id: &id,
            mask: &ready.masks[&situation.mask],
            situation: &seen,
            weights: &weights,
            costs: &ready.costs,
            silence: 0.0,
            protected: known.vulnerable,
        };
        let verdict = decide(&ready.model, &ready.plan, &question, &mut self.scratch)?;
        let Some(chosen) = verdict.action else { return Ok(None) };
        let mut levels = [0; 6];
        for (place, level) in levels.iter_mut().zip(chosen.levels()) {
            *place = level as u8;
        }
        let action = Action(levels);
        self.planned.insert(
            known.person,
            Open {
                person: known.person,
                features: self.learner.schema().features(&seen, names_of(action)),
                base_rate,
                channel: action.names()[Factor::Channel as usize],
                sent: situation.day,
                paid: Credit::new(Objective::Paid),
                harm: Credit::new(Objective::Harm),
                paid_after: None,
            },
        );
        Ok(Some(action))
    }

    fn hear(&mut self, news: &News) -> Result<(), LearnedError> {
        let Some(place) = self.last.get(&news.person).copied() else { return Ok(()) };
        let Some(open) = self.open.get_mut(place).filter(|open| open.person == news.person) else {
            return Ok(());
        };
        let days = (news.day - open.sent) as usize;
        let Open { mut paid, mut harm, .. } = *open;
        let decided = open.decided();
        match news.event {
            Event::Settled if days <= WINDOW as usize => {
                self.learner.succeed(&mut paid, &decided, 1.0)?;
                open.paid_after = Some(days);
            }
            // Worth what is expected of it, until it is kept or broken.
            Event::PlanAgreed { .. } if days <= WINDOW as usize => {
                self.learner.succeed(&mut paid, &decided, KEPT)?;
                open.paid_after = Some(days);
            }
            Event::PlanBroken => self.learner.reverse(&mut paid, &decided, days)?,
            Event::Complained | Event::OptedOut { .. } | Event::Disputed { .. } => {
                let decided = Decided { base_rate: self.history.harm(), ..decided };
                self.learner.succeed(&mut harm, &decided, 1.0)?;
            }
            _ => {}
        }
        (open.paid, open.harm) = (paid, harm);
        Ok(())
    }

    /// What has not come counts a little more at each milestone.
    fn wait(&mut self, day: Day) -> Result<(), LearnedError> {
        for open in &mut self.open {
            let age = (day - open.sent) as usize;
            if !MILESTONES.contains(&age) {
                continue;
            }
            self.outcomes += 1;
            let (mut paid, mut harm) = (open.paid, open.harm);
            self.learner.wait(&mut paid, &open.decided(), age)?;
            let decided = Decided { base_rate: self.history.harm(), ..open.decided() };
            self.learner.wait(&mut harm, &decided, age)?;
            (open.paid, open.harm) = (paid, harm);
            if age == WINDOW as usize
                && let Some(delay) = open.paid_after
            {
                self.learner.delay.count(open.channel, delay);
            }
        }
        // What is over is learned, and no news can change it any more.
        if day.is_multiple_of(REFRESH) {
            self.open.retain(|open| day - open.sent <= 2 * WINDOW);
            self.last = (0..).zip(&self.open).map(|(place, open)| (open.person, place)).collect();
            if self.outcomes >= OUTCOMES {
                self.outcomes = 0;
                self.ready = Ready::new(&mut self.learner, u64::from(day), &self.costs)?;
            }
        }
        Ok(())
    }
}

impl Ready {
    fn new(
        learner: &mut Learner,
        number: u64,
        costs: &BTreeMap<kulanz_policy::LevelName, f64>,
    ) -> Result<Self, LearnedError> {
        let model = learner.refresh(&Dials { seed: number, ..Dials::default() })?;
        let factor = |(name, levels): (&str, &[&str])| kulanz_policy::Factor {
            name: name.to_owned(),
            levels: levels.iter().map(ToString::to_string).collect(),
        };
        let space = Space::new(FACTORS.into_iter().map(factor).collect())?;
        let plan = Plan::new(&model, space)?;
        let costs = plan.costs(costs)?;
        Ok(Self { model, plan, costs, masks: BTreeMap::new() })
    }
}

impl Policy for Learned<'_> {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        match self.answer(situation) {
            Ok(Some(action)) => Choice::Say(action),
            Ok(None) => Choice::Wait(SILENCE),
            Err(error) => {
                self.failure.get_or_insert(error);
                Choice::Wait(Day::MAX / 2)
            }
        }
    }

    fn sent(&mut self, person: u32, day: Day) {
        if let Some(open) = self.planned.remove(&person) {
            self.last.insert(person, self.open.len());
            self.open.push(Open { sent: day, ..open });
        }
    }

    fn learn(&mut self, news: &News) {
        if let Err(error) = self.hear(news) {
            self.failure.get_or_insert(error);
        }
    }

    fn end_of_day(&mut self, day: Day) {
        if let Err(error) = self.wait(day) {
            self.failure.get_or_insert(error);
        }
    }
}

fn context(known: &Known, since: Day) -> Context {
    let months = match known.age {
        Age::Young => 6.0,
        Age::Middle => 24.0,
        Age::Old => 60.0,
    };
    Context {
        balance: known.remaining_cents as f64 / 100.0,
        age_days: months * 30.0 + f64::from(since),
        contacts: f64::from(known.contacts),
        open_claims: 1.0,
    }
}
