//! How a new policy is let in beside static dunning, step by step, by the rule of crates/policy on a confidence
//! sequence over who settles.

use std::collections::BTreeMap;

use kulanz_policy::ramp::{SHARES, STEP_DAYS, is_shown_to_lose, may_go_on};
use kulanz_statistics::{Difference, Interval, Level, Sequence as Bounds};

use super::candidate::Judgement;
use super::fixed::{FixedSequence, Sequence};
use crate::behaviour::Event;
use crate::calendar::Day;
use crate::random::{Draws, Purpose};
use crate::run::{Choice, News, Policy, Situation};

/// Days after a person's first decision at which her outcome counts.
const MATURE: Day = 28;
/// People of both arms for whom the sequence is narrowest.
const PLANNED: u64 = 10_000;

/// What the ramp did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RampLog {
    /// Day and share of each step.
    pub steps: Vec<(Day, f64)>,
    /// Whether it was stopped for harm.
    pub killed: bool,
    /// The last estimate with its bounds, as a share of static dunning.
    pub estimate: Option<[f64; 3]>,
    /// What the gate found, where there was one.
    pub judgement: Option<Judgement>,
}

#[derive(Debug, Clone, Copy)]
struct Subject {
    decided: Day,
    new: bool,
    chance: f64,
    settled: bool,
}

/// A policy being let in.
#[derive(Debug)]
pub struct Ramp<P> {
    seed: u64,
    inner: P,
    incumbent: FixedSequence,
    subjects: BTreeMap<u32, Subject>,
    step: usize,
    since: Day,
    log: RampLog,
}

impl<P: Policy> Ramp<P> {
    /// Begins with the first share, if the gate lets the policy in; without a gate, as if it knew nothing.
    pub fn new(seed: u64, inner: P, judgement: Option<Judgement>) -> Self {
        let refused = judgement.as_ref().is_some_and(|judgement| !judgement.passes());
        let first = if refused { 0.0 } else { SHARES[0] };
        Self {
            seed,
            inner,
            incumbent: FixedSequence(Sequence::static_dunning()),
            subjects: BTreeMap::new(),
            step: 0,
            since: 0,
            log: RampLog { steps: vec![(0, first)], judgement, ..RampLog::default() },
        }
    }

    fn is_out(&self) -> bool {
        let refused = self.log.judgement.as_ref().is_some_and(|judgement| !judgement.passes());
        refused || self.log.killed
    }

    /// The policy and what became of it.
    pub fn into_parts(self) -> (P, RampLog) {
        (self.inner, self.log)
    }

    fn share(&self) -> f64 {
        if self.is_out() { 0.0 } else { SHARES[self.step] }
    }

    /// The arm of a person is drawn once, with the share of that day; never above nine in ten.
    fn arm(&mut self, person: u32, day: Day) -> bool {
        let chance = self.share();
        let draw = Draws::of(self.seed, person, Purpose::Arm, 0).uniform();
        let new = || Subject { decided: day, new: draw < chance, chance, settled: false };
        let subject = *self.subjects.entry(person).or_insert_with(new);
        subject.new && !self.is_out()
    }

    /// New less incumbent in the share of people who settle or agree within four weeks, relative to the
    /// incumbent. Each person counts by the inverse of the chance of her arm, so that shares which change
    /// from week to week do not bias it.
    fn estimate(&mut self, day: Day) -> Option<[f64; 3]> {
        let mature = self.subjects.values().filter(|s| day >= s.decided + MATURE && s.chance > 0.0);
        let (mut units, mut arms) = (0_u64, [[0.0_f64; 3]; 2]);
        let mut each = Vec::new();
        for subject in mature {
            let chance = if subject.new { subject.chance } else { 1.0 - subject.chance };
            let outcome = f64::from(u8::from(subject.settled));
            let arm = &mut arms[usize::from(subject.new)];
            arm[0] += 1.0 / chance;
            arm[1] += outcome / chance;
            arm[2] += 1.0;
            each.push((usize::from(subject.new), chance, outcome));
            units += 1;
        }
        if arms.iter().any(|arm| arm[2] < 50.0) {
            return None;
        }
        let means = arms.map(|arm| arm[1] / arm[0]);
        let mut variance = 0.0;
        for (arm, chance, outcome) in each {
            let residual = (outcome - means[arm]) / chance / arms[arm][0];
            variance += residual * residual;
        }
        let base = means[0].max(1e-6);
        let effect = (means[1] - means[0]) / base;
        let variance = (variance / (base * base)).max(1e-12);
        let difference = Difference { effect, variance, degrees: units as f64, units };
        let bounds = Bounds::planned(Level::FIVE_PERCENT, PLANNED).ok()?.interval(&difference);
        Some([effect, bounds.lower, bounds.upper])
    }

    /// One step on where it was long enough and the rule lets it.
    fn review(&mut self, day: Day) {
        let own = self.estimate(day);
        self.log.estimate = own.or(self.log.estimate);
        let interval = |[_, lower, upper]: [f64; 3]| Interval { lower, upper };
        let own = own.map(interval);
        if own.is_some_and(is_shown_to_lose) {
            self.log.killed = true;
            self.log.steps.push((day, 0.0));
            return;
        }
        let gate = self.log.judgement.as_ref().map(|judgement| interval(judgement.estimate));
        let Some(next) = SHARES.get(self.step + 1) else { return };
        if day >= self.since + STEP_DAYS && may_go_on(*next, own, gate) {
            self.step += 1;
            self.since = day;
            self.log.steps.push((day, self.share()));
        }
    }
}

impl<P: Policy> Policy for Ramp<P> {
    fn choose(&mut self, situation: &Situation<'_>) -> Choice {
        if self.arm(situation.known.person, situation.day) {
            self.inner.choose(situation)
        } else {
            self.incumbent.choose(situation)
        }
    }

    fn sent(&mut self, person: u32, day: Day) {
        self.inner.sent(person, day);
    }

    fn learn(&mut self, news: &News) {
        self.inner.learn(news);
        let settles = matches!(news.event, Event::Settled | Event::PlanAgreed { .. });
        if settles
            && let Some(subject) = self.subjects.get_mut(&news.person)
            && news.day < subject.decided + MATURE
        {
            subject.settled = true;
        }
    }

    fn end_of_day(&mut self, day: Day) {
        self.inner.end_of_day(day);
        if !self.is_out() && day > 0 && day.is_multiple_of(7) {
            self.review(day);
        }
    }
}
