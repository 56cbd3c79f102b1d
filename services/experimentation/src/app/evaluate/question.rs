//! What a candidate makes of one logged decision.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_policy::{
    Action, DecisionStream, Distribution, Doubt, Expectation, LevelExclusion, Masked, Objective,
    Origin, Plan, Predicted, Scratch, Situation, Space, decision_seed, logit, probability, shift,
};

use super::super::catalogue::Catalogue;
use super::super::posed::Posed;
use super::super::story::Told;
use super::super::verdict::base;
use super::super::version::Version;
use crate::domain::contact_cost::cost_of;
use crate::domain::effect::is_rule_of_arm;
use crate::domain::evaluation::{Choice, Known};
use crate::domain::goals::Terms;
use crate::domain::halves::{ByHalf, Half};
use crate::domain::usual::Usual;
use crate::error::Error;

/// Actions of the even slice that a model's expectation of it is taken from.
const SAMPLES: u16 = 8;

/// A policy to be evaluated, and what the evaluation goes by.
pub struct Candidate {
    /// The policy.
    pub judged: Judged,
    /// What counts.
    pub counts: Terms,
    /// How much doubt the tenant tolerates.
    pub doubt: Doubt,
    /// How it usually goes after a contact.
    pub usual: Usual,
}

/// Which policy is asked about a person, and which model; neither has learned of them.
pub enum Judged {
    /// One that learned elsewhere, as it is, beside what each half of the people taught, if anything was learned.
    AsItIs {
        /// The policy.
        policy: Box<Version>,
        /// By the half that taught it.
        model: Option<ByHalf<Version>>,
    },
    /// One that was learned of this log, by the twin that the other half of the people taught.
    ByTwins(ByHalf<Version>),
}

impl Judged {
    fn about(&self, debtor_id: &str) -> (&Version, Option<&Version>) {
        let unseen = Half::of(debtor_id).other();
        match self {
            Self::AsItIs { policy, model } => (policy, model.as_ref().map(|it| it.of(unseen))),
            Self::ByTwins(twins) => (twins.of(unseen), Some(twins.of(unseen))),
        }
    }
}

impl Candidate {
    /// The decision as an evaluation needs it; `None` where it says nothing of the candidate.
    pub fn known(
        &self,
        told: &Told,
        catalogues: &BTreeMap<String, Catalogue>,
        now: DateTime<Utc>,
        scratch: &mut Scratch,
    ) -> Result<Option<Known>, Error> {
        let (logged, seen) = (&told.logged, &told.known);
        // Without the experiment the candidate would be free where an arm held the log to a few levels.
        let of_arm = |it: &LevelExclusion| is_rule_of_arm(&it.rule_id);
        let forced = seen.protected
            || logged.origin == "holdout"
            || logged.origin == Origin::NothingPermitted.name()
            || logged.bounds.mask.levels.iter().any(of_arm);
        let (Some(catalogue), Some(terms)) = (catalogues.get(&logged.bounds.space), &logged.terms)
        else {
            return Ok(None);
        };
        let space = &catalogue.space;
        if forced || !told.story().is_over(now) {
            return Ok(None);
        }
        let flaw = |flaw: kulanz_policy::SpaceError| Error::Learning(flaw.to_string());
        let mask = Masked::new(space, &logged.bounds.mask).map_err(flaw)?;
        let (version, model) = self.judged.about(&logged.debtor_id);
        let posed = Posed::new(version, version.prepared(catalogue)?, &mask, seen, terms)?;
        let question = posed.question(&logged.decision_id, false);
        let policy = &version.policy;
        let distribution =
            Distribution::new(policy, &posed.prepared.plan, &question, scratch).map_err(flaw)?;
        let action = logged.levels.as_ref().and_then(|levels| space.action(levels));
        if action.is_none() && logged.levels.is_some() {
            return Ok(None);
        }
        let (name, made) = (policy.version(), action.as_ref());
        let asked = Asked { version: name, distribution: &distribution, action: made };
        let expected = model.map(|model| self.expected(told, catalogue, model, &asked));
        Ok(Some(Known {
            choices: choices(told, space, &distribution, action.as_ref()),
            joint: [
                logged.joint_propensity,
                action.map_or_else(|| distribution.null(), |action| distribution.joint(&action)),
            ],
            silence: [logged.null_propensity, distribution.null()],
            reached: told.reached(&self.counts, &self.usual),
            expected: expected.transpose()?,
            group: group(&seen.personas),
        }))
    }

    /// What a model expects of value and harm: of what was done, and of what the candidate does on average.
    fn expected(
        &self,
        told: &Told,
        catalogue: &Catalogue,
        model: &Version,
        asked: &Asked<'_>,
    ) -> Result<[Predicted; 2], Error> {
        let wrong = |flaw: kulanz_policy::SituationError| Error::Learning(flaw.to_string());
        let prepared = model.prepared(catalogue)?;
        let believed = Believed {
            model,
            plan: &prepared.plan,
            situation: told.known.situation(model.policy.schema()).map_err(wrong)?,
            expected: told.known.expectation(),
            counts: self.counts,
        };
        let seed = decision_seed(asked.version, &told.logged.decision_id);
        let predicted = |worth: &dyn Fn(&Action) -> f64| Predicted {
            action: asked.action.map_or(0.0, worth),
            target: asked.distribution.average(&mut DecisionStream::new(seed), SAMPLES, worth),
        };
        let value = predicted(&|action| believed.value(&catalogue.space, action));
        let harm = predicted(&|action| believed.chance(action, Objective::Harm));
        Ok([value, harm])
    }
}

/// What the candidate makes of a question, beside what was done.
struct Asked<'a> {
    /// Names the candidate's content.
    version: &'a str,
    distribution: &'a Distribution<'a>,
    action: Option<&'a Action>,
}

/// What a model believes of one person.
struct Believed<'a> {
    model: &'a Version,
    plan: &'a Plan,
    situation: Situation,
    expected: Expectation,
    counts: Terms,
}

impl Believed<'_> {
    fn chance(&self, action: &Action, objective: Objective) -> f64 {
        let (policy, situation) = (&self.model.policy, &self.situation);
        let shift = shift(policy, self.plan, situation, action, objective).unwrap_or(0.0);
        probability(logit(base(objective, &self.expected)) + shift)
    }

    /// Euros that count, less what the contact costs.
    fn value(&self, space: &Space, action: &Action) -> f64 {
        let paid = self.chance(action, Objective::Paid) * self.chance(action, Objective::Share);
        let cost: f64 = space
            .names(action)
            .filter(|(factor, _)| *factor == "channel")
            .map(|(_, channel)| cost_of(channel))
            .sum();
        self.counts.aims.euro_paid * self.expected.balance * paid - self.counts.cost * cost
    }
}

fn choices(
    told: &Told,
    space: &Space,
    distribution: &Distribution<'_>,
    action: Option<&Action>,
) -> Vec<Choice> {
    let Some(action) = action else { return Vec::new() };
    let choice = |(place, (factor, level)): (usize, (&str, &str))| Choice {
        factor: factor.to_owned(),
        level: level.to_owned(),
        logged: told.logged.marginals.get(factor).copied().unwrap_or(1.0),
        target: distribution.marginal(place, action.level(place)),
    };
    space.names(action).enumerate().map(choice).collect()
}

/// The most probable persona: whoever is treated worse shows there.
fn group(personas: &BTreeMap<String, f64>) -> String {
    let likeliest = personas.iter().max_by(|a, b| a.1.total_cmp(b.1));
    likeliest.map_or_else(|| "persona=".to_owned(), |(persona, _)| format!("persona={persona}"))
}
