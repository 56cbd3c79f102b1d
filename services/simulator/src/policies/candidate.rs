//! The gate before the ramp: what a candidate would have earned on last year's log.
//!
//! The candidate learns from one half of the people and is judged on the other, so that it is not praised
//! for what it learned by heart.

use kulanz_policy::{
    Aims, Case, Distribution, Doubt, Evaluation, FactorProbability, LoggedAction, Masked, Question,
    Refusal, Scratch, evaluate,
};

use super::experience::{Contact, Experience};
use super::learned::{Learned, LearnedError, expectation};
use super::ready::Ready;
use super::seen::situation as seen;
use crate::space::{Action, Factor};

/// How often a planted policy does what it is planted for; else it draws evenly.
const PLANTED: f64 = 0.9;

/// What the gate found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What stands against the candidate; nothing where it passes.
    pub against: Vec<Refusal>,
    /// Estimate of candidate less log, as a share of what the log earned, with its 95 % interval.
    pub estimate: [f64; 3],
    /// Effective sample size behind it.
    pub effective: f64,
}

impl Judgement {
    /// Whether nothing stands against it.
    pub const fn passes(&self) -> bool {
        self.against.is_empty()
    }
}

/// Policies that are planted to see whether the gate tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// Mostly the channel and the offer that are expected to bring most, by the truth.
    Good,
    /// Mostly the treatment that is expected to bring least.
    Bad,
}

/// Probabilities with which a target takes a logged action: jointly and factor by factor.
type Likely = (f64, [f64; 6]);

impl<'a> Learned<'a> {
    /// A candidate that learned from half of last year's people, and what the gate makes of it on the other
    /// half. It knows the whole year afterwards.
    pub fn candidate(
        cost: &crate::world::Cost,
        experience: &'a Experience,
    ) -> Result<(Self, Judgement), LearnedError> {
        let mut candidate = Self::new(cost, experience)?;
        candidate.study(|contact| contact.known.person.is_multiple_of(2))?;
        let log = experience.log(
            |contact| !contact.known.person.is_multiple_of(2),
            |contact, masked| likely(experience, candidate.ready(), contact, masked),
            cost,
        )?;
        let judgement = judge(&log)?;
        candidate.study(|_| true)?;
        Ok((candidate, judgement))
    }
}

impl Experience {
    /// What the gate makes of a planted policy.
    pub fn planted(
        &self,
        planted: Planted,
        cost: &crate::world::Cost,
    ) -> Result<Judgement, LearnedError> {
        let likely = |contact: &Contact, masked: &Masked| {
            let [best, worst] = contact.extremes.unwrap_or([contact.plain; 2]);
            let wanted = if planted == Planted::Good { best } else { worst };
            let even = evenly(masked, contact.action);
            let does = |does: bool| f64::from(u8::from(does));
            let mixed = |does, even| PLANTED * does + (1.0 - PLANTED) * even;
            let joint = mixed(does(wanted == contact.action), even.0);
            let level = |factor: Factor| {
                let same = wanted.of(factor) == contact.action.of(factor);
                mixed(does(same), even.1[factor as usize])
            };
            Ok((joint, Factor::ALL.map(level)))
        };
        judge(&self.log(|_| true, likely, cost)?)
    }

    /// The wanted contacts as the gate reads them: rewards are shares of what was owed, beside signs of harm.
    fn log(
        &self,
        wanted: impl Fn(&Contact) -> bool,
        mut target: impl FnMut(&Contact, &Masked) -> Result<Likely, LearnedError>,
        cost: &crate::world::Cost,
    ) -> Result<Vec<(LoggedAction, f64)>, LearnedError> {
        let mut asked = Learned::new(cost, self)?;
        let mut log = Vec::new();
        // Nothing is tried out on protected people, so their log speaks of one thing alone.
        for contact in self.contacts.iter().filter(|c| !c.known.vulnerable && wanted(c)) {
            asked.ready().learn_mask(contact.mask)?;
            let masked = asked.ready().mask(contact.mask);
            let even = evenly(masked, contact.action);
            let plain = contact.action == contact.plain;
            let mixed = |even: f64, plain: bool| {
                self.drawn * even + (1.0 - self.drawn) * f64::from(u8::from(plain))
            };
            let (joint, marginals) = target(contact, masked)?;
            let factor = |factor: Factor| FactorProbability {
                level: usize::from(contact.action.of(factor)),
                logged: mixed(
                    even.1[factor as usize],
                    contact.action.of(factor) == contact.plain.of(factor),
                ),
                target: marginals[factor as usize],
            };
            let logged = LoggedAction {
                reward: contact.brought(&self.history),
                propensity: mixed(even.0, plain),
                target: joint,
                factors: Factor::ALL.map(factor).to_vec(),
                predicted: None,
            };
            log.push((logged, contact.harm(&self.history)));
        }
        Ok(log)
    }
}

/// How likely an even draw from what is permitted is this action.
fn evenly(masked: &Masked, action: Action) -> Likely {
    let permitted = masked.count().max(1.0);
    let with = |factor: Factor| {
        masked.count_with(factor as usize, usize::from(action.of(factor))) / permitted
    };
    (1.0 / permitted, Factor::ALL.map(with))
}

/// How likely a candidate takes the logged action, where it speaks.
fn likely(
    experience: &Experience,
    ready: &mut Ready,
    contact: &Contact,
    masked: &Masked,
) -> Result<Likely, LearnedError> {
    let known = &contact.known;
    let history = &experience.history;
    let person = seen(ready.model.schema(), known, contact.since)?;
    let expected = expectation(known, history.settling(known), history.harm());
    let question = Question {
        decision_id: "",
        mask: masked,
        situation: &person,
        weights: &Aims::default().weights(&expected)?,
        costs: &ready.costs,
        silence: 0.0,
        protected: false,
    };
    let mut scratch = Scratch::default();
    let distribution = Distribution::new(&ready.model, &ready.plan, &question, &mut scratch)?;
    let speaks = (1.0 - distribution.null()).max(1e-9);
    let levels = contact.action.0.map(usize::from);
    let joint = kulanz_policy::Action::new(&levels).map_or(0.0, |a| distribution.joint(&a));
    let marginal =
        |factor: usize| (distribution.marginal(factor, levels[factor]) / speaks).min(1.0);
    Ok(((joint / speaks).min(1.0), std::array::from_fn(marginal)))
}

fn judge(log: &[(LoggedAction, f64)]) -> Result<Judgement, LearnedError> {
    let rewards: Vec<LoggedAction> = log.iter().map(|(logged, _)| logged.clone()).collect();
    let harmed =
        |(logged, harm): &(LoggedAction, f64)| LoggedAction { reward: *harm, ..logged.clone() };
    let harms: Vec<LoggedAction> = log.iter().map(harmed).collect();
    let (value, harm) = (evaluate(&rewards)?, evaluate(&harms)?);
    let gate = Doubt::Wide.gate(value.incumbent.value);
    let case = Case { value: &value, harm: Some(&harm), contacts: None, parity: &[] };
    Ok(Judgement::of(gate.judge(&case), &value, gate.least_effective))
}

impl Judgement {
    fn of(against: Vec<Refusal>, value: &Evaluation, least: f64) -> Self {
        let estimate = value.gain(least).map_or([0.0, f64::NEG_INFINITY, f64::INFINITY], |gain| {
            [gain.middle(), gain.lower, gain.upper]
        });
        let effective = value.decisive(least).map_or(0.0, |valued| valued.effective);
        Self { against, estimate, effective }
    }
}
