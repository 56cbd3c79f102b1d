//! The learned policy of crates/policy, seen as a policy of this room: what is known becomes its
//! context, what happens becomes its outcomes.

use std::collections::BTreeMap;

use kulanz_policy::{
    Aims, Credit, Decided, Dials, Expectation, Features, Learner, LevelName, MILESTONES, Objective,
    Question, RefreshError, Scratch, SituationError, SpaceError, decide,
};

use super::experience::{Contact, Experience};
use super::ready::Ready;
use super::seen::{names_of, situation as seen};
use super::story::{Change, Story, WINDOW};
use crate::calendar::Day;
use crate::run::{Choice, Known, News, Policy, Situation};
use crate::space::{Action, FACTORS, Factor};
use crate::world::Cost;

/// Days between two refreshes.
const REFRESH: Day = 7;
/// Newton's steps over a whole log: the first begins where plain dunning is preferred, far from what is found.
const STEPS: u64 = 3;
/// Least outcomes that make a refresh worth its time.
const OUTCOMES: u32 = 100;
/// The levels of plain dunning: what is expected to be best until something else is shown to be.
const PLAIN: [(&str, &str); 7] = [
    ("channel", "letter"),
    ("channel", "email"),
    ("tone", "plain"),
    ("motive", "plain"),
    ("slot", "early_week_morning"),
    ("offer", "choice"),
    ("salutation", "sie"),
];
/// How firmly: a level must be shown to be better before it is taken instead.
const PREFERENCE: f64 = 2.0;
/// Days of silence after the policy said nothing.
const SILENCE: Day = 2;
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
    /// There is no last year to begin with.
    #[error("no log of last year")]
    NoExperience,
    /// The log of last year cannot be evaluated.
    #[error(transparent)]
    Log(#[from] kulanz_policy::LogError),
}

/// A decision whose outcomes are still learned.
#[derive(Debug, Clone)]
struct Open {
    person: u32,
    features: Features,
    base_rate: f64,
    channel: &'static str,
    story: Story,
    paid: Credit,
    harm: Credit,
    /// Days until the next contact, where it came within the window.
    cut: Option<Day>,
}

impl Open {
    const fn decided(&self) -> Decided<'_> {
        Decided { features: &self.features, base_rate: self.base_rate, channel: self.channel }
    }
}

/// Learns from every outcome and decides by what it learned.
#[derive(Debug)]
pub struct Learned<'a> {
    learner: Learner,
    ready: Ready,
    scratch: Scratch,
    experience: &'a Experience,
    costs: BTreeMap<LevelName, f64>,
    planned: BTreeMap<u32, Open>,
    open: Vec<Open>,
    last: BTreeMap<u32, usize>,
    outcomes: u32,
    failure: Option<LearnedError>,
}

impl<'a> Learned<'a> {
    /// Nothing learned yet but last year's rates.
    pub fn new(cost: &Cost, experience: &'a Experience) -> Result<Self, LearnedError> {
        let euros = [
            cost.email_eur,
            cost.sms_eur,
            cost.letter_eur,
            cost.whatsapp_eur,
            cost.portal_push_eur,
        ];
        let named = |(level, euros): (&&str, f64)| (LevelName::new("channel", level), euros);
        let costs: BTreeMap<_, _> = FACTORS[0].1.iter().zip(euros).map(named).collect();
        let mut learner = Learner::new(experience.schema.clone());
        let plain = PLAIN.map(|(factor, level)| LevelName::new(factor, level));
        learner.prefer(&plain, PREFERENCE);
        let ready = Ready::new(&mut learner, &dials(0), &costs)?;
        Ok(Self {
            learner,
            ready,
            scratch: Scratch::default(),
            experience,
            costs,
            planned: BTreeMap::new(),
            open: Vec::new(),
            last: BTreeMap::new(),
            outcomes: 0,
            failure: None,
        })
    }

    /// Learns from those contacts of last year that are wanted, and from nothing else.
    pub(super) fn study(&mut self, wanted: impl Fn(&Contact) -> bool) -> Result<(), LearnedError> {
        for step in 1..=STEPS {
            self.learner = self.learner.emptied();
            let mut wanted = self.experience.contacts.iter().filter(|contact| wanted(contact));
            wanted.try_for_each(|contact| self.read(contact))?;
            self.refresh(step)?;
        }
        Ok(())
    }

    fn read(&mut self, contact: &Contact) -> Result<(), LearnedError> {
        let history = &self.experience.history;
        let schema = self.learner.schema();
        let person = seen(schema, &contact.known, contact.since)?;
        let features = schema.features(&person, names_of(contact.action));
        let (base, harm) = (history.settling(&contact.known), history.harm());
        let (brought, harmed) = (contact.brought(history), contact.harm(history));
        self.learner.learn(Objective::Paid, &features, base, brought, 1.0)?;
        self.learner.learn(Objective::Harm, &features, harm, harmed, 1.0)?;
        contact.shape(&mut self.learner.delay);
        Ok(())
    }

    /// What it decides with.
    pub(super) const fn ready(&mut self) -> &mut Ready {
        &mut self.ready
    }

    fn refresh(&mut self, number: u64) -> Result<(), LearnedError> {
        self.ready = Ready::new(&mut self.learner, &dials(number), &self.costs)?;
        Ok(())
    }

    /// What kept it from deciding or learning, if anything did.
    pub fn outcome(self) -> Result<(), LearnedError> {
        self.failure.map_or(Ok(()), Err)
    }

    fn answer(&mut self, situation: &Situation<'_>) -> Result<Option<Action>, LearnedError> {
        let known = situation.known;
        let history = &self.experience.history;
        let person = seen(self.learner.schema(), known, situation.since)?;
        let base_rate = history.settling(known);
        let weights = Aims::default().weights(&expectation(known, base_rate, history.harm()))?;
        let id = format!("{}-{}-{}", known.person, known.contacts, situation.day);
        self.ready.learn_mask(situation.mask)?;
        let question = Question {
            decision_id: &id,
            mask: self.ready.mask(situation.mask),
            situation: &person,
            weights: &weights,
            costs: &self.ready.costs,
            silence: 0.0,
            protected: known.vulnerable,
        };
        let verdict = decide(&self.ready.model, &self.ready.plan, &question, &mut self.scratch)?;
        let Some(chosen) = verdict.action else { return Ok(None) };
        let mut levels = [0; 6];
        for (place, level) in levels.iter_mut().zip(chosen.levels()) {
            *place = level as u8;
        }
        let action = Action(levels);
        let ends = situation.day - situation.since + self.experience.horizon;
        self.planned.insert(
            known.person,
            Open {
                person: known.person,
                features: self.learner.schema().features(&person, names_of(action)),
                base_rate,
                channel: action.names()[Factor::Channel as usize],
                story: Story::new(situation.day, known.remaining_cents, ends),
                paid: Credit::new(Objective::Paid),
                harm: Credit::new(Objective::Harm),
                cut: None,
            },
        );
        Ok(Some(action))
    }

    fn hear(&mut self, news: &News) -> Result<(), LearnedError> {
        let Some(place) = self.last.get(&news.person).copied() else { return Ok(()) };
        let Some(open) = self.open.get_mut(place).filter(|open| open.person == news.person) else {
            return Ok(());
        };
        let Some(change) = open.story.hear(news) else { return Ok(()) };
        let days = (news.day - open.story.sent) as usize;
        let Open { mut paid, mut harm, .. } = *open;
        let decided = open.decided();
        match change {
            Change::Worth(value) => self.learner.succeed(&mut paid, &decided, value)?,
            Change::Nothing => self.learner.reverse(&mut paid, &decided, days)?,
            Change::Harm => {
                let decided = Decided { base_rate: self.experience.history.harm(), ..decided };
                self.learner.succeed(&mut harm, &decided, 1.0)?;
            }
        }
        (open.paid, open.harm) = (paid, harm);
        Ok(())
    }

    /// What the contact before has not brought is expected of this one.
    fn pass_on(&mut self, next: &Open) -> Result<(), LearnedError> {
        let Some(place) = self.last.get(&next.person).copied() else { return Ok(()) };
        let Some(open) = self.open.get_mut(place).filter(|open| open.person == next.person) else {
            return Ok(());
        };
        let after = next.story.sent - open.story.sent;
        if after >= WINDOW {
            return Ok(());
        }
        open.cut = Some(after);
        let (days, chance) = (after as usize, self.experience.history.harm());
        let Open { mut paid, mut harm, .. } = *open;
        self.learner.pass_on(&mut paid, &open.decided(), days, next.base_rate)?;
        let decided = Decided { base_rate: chance, ..open.decided() };
        self.learner.pass_on(&mut harm, &decided, days, chance)?;
        (open.paid, open.harm) = (paid, harm);
        Ok(())
    }

    /// What has not come counts a little more at each milestone.
    fn wait(&mut self, day: Day) -> Result<(), LearnedError> {
        for open in &mut self.open {
            let age = (day - open.story.sent) as usize;
            if !MILESTONES.contains(&age) {
                continue;
            }
            self.outcomes += 1;
            let (mut paid, mut harm) = (open.paid, open.harm);
            self.learner.wait(&mut paid, &open.decided(), age)?;
            let decided = Decided { base_rate: self.experience.history.harm(), ..open.decided() };
            self.learner.wait(&mut harm, &decided, age)?;
            (open.paid, open.harm) = (paid, harm);
            if age == WINDOW as usize {
                let paid_after = open.story.after.map(|days| days as usize);
                let watched = open.cut.unwrap_or(WINDOW) as usize;
                self.learner.delay.count_followed(open.channel, paid_after, watched);
            }
        }
        if day.is_multiple_of(REFRESH) {
            self.close_the_week(day)?;
        }
        Ok(())
    }

    /// What is over is learned, and no news can change it any more.
    fn close_the_week(&mut self, day: Day) -> Result<(), LearnedError> {
        self.open.retain(|open| !open.story.is_over(day));
        self.last = (0..).zip(&self.open).map(|(place, open)| (open.person, place)).collect();
        if self.outcomes >= OUTCOMES {
            self.outcomes = 0;
            self.refresh(3 + u64::from(day))?;
        }
        Ok(())
    }
}

/// What is expected of a contact with a person before the treatment is chosen.
pub(super) fn expectation(known: &Known, paid: f64, harm: f64) -> Expectation {
    let balance = known.remaining_cents as f64 / 100.0;
    Expectation { balance, share: 1.0, paid, harm, kept: KEPT }
}

fn dials(number: u64) -> Dials {
    Dials { seed: number, ..Dials::default() }
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
        if let Some(mut open) = self.planned.remove(&person) {
            open.story.sent = day;
            if let Err(error) = self.pass_on(&open) {
                self.failure.get_or_insert(error);
            }
            self.last.insert(person, self.open.len());
            self.open.push(open);
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
