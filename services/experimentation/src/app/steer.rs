//! What running experiments do to a question: into which arms its person falls, what these take away from what
//! could be done, and which version decides.
//!
//! An experiment applies to a question only if each of its arms would leave something to do, so that whether it
//! does never depends on the arm: the arms stay comparable, and nobody falls silent because of one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kulanz_policy::{Masked, Space};
use kulanz_store::Work;

use super::ask::{Ask, Bounds};
use super::experiments::Experiment;
use super::policies::Ready;
use super::roster::Roll;
use super::version::Version;
use crate::domain::effect::{self, Effect, rule_of};
use crate::domain::experiment::Design;
use crate::error::Error;
use crate::store::exposure;

/// The experiments of a transaction, and who kept which arm when weights were changed.
pub struct Wheel {
    roll: Roll,
    kept: Kept,
}

/// An arm by experiment and person.
type Kept = HashMap<(String, String), String>;

/// A question as the arms of its person leave it.
pub struct Steered<'a> {
    /// What must not be done: what was asked, and what the arms take away.
    pub bounds: Cow<'a, Bounds>,
    /// The same over the question's space.
    pub masked: Cow<'a, Masked>,
    /// `key/arm`, several separated by commas.
    pub arms: String,
    /// The version that an arm chose.
    pub version: Option<Chosen>,
    /// Who comes into which experiment by this question.
    pub exposures: Vec<exposure::Model>,
}

/// Which version an arm chose.
pub enum Chosen {
    /// The static one.
    Static,
    /// One by its name.
    Named(Arc<Version>),
}

impl Steered<'_> {
    /// The version that decides.
    pub fn version<'a>(&'a self, ready: &'a Ready, ask: &Ask) -> &'a Version {
        match &self.version {
            Some(Chosen::Static) => &ready.fixed,
            Some(Chosen::Named(version)) => version,
            None => ready.for_person(&ask.policy_key, &ask.debtor_id.to_string()),
        }
    }
}

impl Wheel {
    /// Reads which arms people keep.
    pub async fn new(work: &Work, roll: Roll, asks: &[&Ask]) -> Result<Self, Error> {
        let kept = kept(work, &roll.steering, asks).await?;
        Ok(Self { roll, kept })
    }

    /// The experiments and the arms as they stand now.
    pub async fn renewed(&self, work: &Work, asks: &[&Ask]) -> Result<Self, Error> {
        Self::new(work, self.roll.renewed(work).await?, asks).await
    }

    /// Whether both steer alike.
    pub fn steers_as(&self, other: &Self) -> bool {
        self.roll.is_same(&other.roll) && self.kept == other.kept
    }

    /// The question as the arms of its person leave it.
    pub async fn steer<'a>(
        &self,
        work: &Work,
        ask: &'a Ask,
        ready: &Ready,
    ) -> Result<Steered<'a>, Error> {
        let (bounds, masked) = (Cow::Borrowed(&ask.bounds), Cow::Borrowed(&ask.masked));
        let mut steered =
            Steered { bounds, masked, arms: String::new(), version: None, exposures: Vec::new() };
        let steers = |it: &&Experiment| it.design.steers(&ask.policy_key);
        let mut asked = self.roll.steering.iter().filter(steers).peekable();
        if asked.peek().is_none() || !ask.bounds.all_excluded_rule_id.is_empty() {
            return Ok(steered);
        }
        let space = &ask.catalogue.space;
        let attributes = ask.known.attributes();
        for experiment in asked {
            let Some(place) = self.place(experiment, ask, &attributes) else { continue };
            let design = &experiment.design;
            if !all_can_act(design, space, &steered.masked) {
                continue;
            }
            let Some(versions) = versions(work, ask, ready, design).await? else { continue };
            steered.apply(experiment, place, space);
            steered.version = versions.into_iter().nth(place).flatten().or(steered.version.take());
            steered.exposures.push(exposed(work, ask, experiment, place));
        }
        Ok(steered)
    }

    /// The arm of the question's person, who takes part in the experiment.
    fn place(
        &self,
        experiment: &Experiment,
        ask: &Ask,
        attributes: &BTreeMap<String, String>,
    ) -> Option<usize> {
        let (design, person) = (&experiment.design, ask.debtor_id.to_string());
        design.admits(experiment.state, &person, attributes).ok()?;
        let drawn = design.arm_of(&person);
        let kept = self.kept.get(&(experiment.row.experiment_id.clone(), person));
        kept.and_then(|arm| design.arm_named(arm)).or(drawn)
    }
}

/// The arms that people keep: asked only of experiments whose weights were changed.
async fn kept(work: &Work, steering: &[Experiment], asks: &[&Ask]) -> Result<Kept, Error> {
    let changed = steering.iter().filter(|it| it.design.bucket_version() > 1);
    let ids: Vec<String> = changed.map(|it| it.row.experiment_id.clone()).collect();
    if ids.is_empty() {
        return Ok(Kept::new());
    }
    let people: Vec<String> = asks.iter().map(|ask| ask.debtor_id.to_string()).collect();
    Ok(exposure::arms_of(work, &ids, &people).await?)
}

impl Steered<'_> {
    fn apply(&mut self, experiment: &Experiment, place: usize, space: &Space) {
        let (key, arm) = (&experiment.design.key, &experiment.design.arms[place]);
        let taken = arm.effect.exclusions(space.factors(), &rule_of(key, &arm.key));
        let taken = taken.unwrap_or_default();
        let levels = taken.iter().map(|exclusion| &exclusion.level);
        self.masked = Cow::Owned(self.masked.narrowed(space, levels));
        self.bounds.to_mut().mask.levels.extend(taken);
        if !self.arms.is_empty() {
            self.arms.push(',');
        }
        for part in [key, "/", &arm.key] {
            self.arms.push_str(part);
        }
    }
}

/// Whether each arm leaves something to do.
fn all_can_act(design: &Design, space: &Space, left: &Masked) -> bool {
    let can_act = |effect: &Effect| {
        let taken = effect.exclusions(space.factors(), "");
        taken.is_some_and(|taken| {
            left.narrowed(space, taken.iter().map(|it| &it.level)).count() > 0.0
        })
    };
    design.arms.iter().all(|arm| can_act(&arm.effect))
}

/// The versions that the arms chose; `None` where one of them was taken out of use.
async fn versions(
    work: &Work,
    ask: &Ask,
    ready: &Ready,
    design: &Design,
) -> Result<Option<Vec<Option<Chosen>>>, Error> {
    let mut versions = Vec::with_capacity(design.arms.len());
    for arm in &design.arms {
        versions.push(match arm.effect.policy_version.as_deref() {
            None => None,
            Some(effect::STATIC) => Some(Chosen::Static),
            Some(name) => match ready.named(work, &ask.policy_key, name).await? {
                Some(version) => Some(Chosen::Named(version)),
                None => return Ok(None),
            },
        });
    }
    Ok(Some(versions))
}

fn exposed(work: &Work, ask: &Ask, experiment: &Experiment, place: usize) -> exposure::Model {
    let design = &experiment.design;
    exposure::Model {
        arm: design.arms[place].key.clone(),
        bucket_version: design.bucket_version(),
        ..exposure_of(work, ask, &experiment.row.experiment_id)
    }
}

/// Somebody who comes into a comparison by this question, with what was expected of them, in units of the
/// currency.
pub fn exposure_of(work: &Work, ask: &Ask, comparison: &str) -> exposure::Model {
    let known = ask.known.payment_probability > 0.0;
    exposure::Model {
        tenant_id: work.tenant().to_string(),
        experiment_id: comparison.to_owned(),
        debtor_id: ask.debtor_id.to_string(),
        arm: String::new(),
        bucket_version: 1,
        exposed_at: work.now(),
        covariate: known.then(|| ask.known.payment_probability * ask.known.balance()),
        stale: true,
        matured: false,
        counted: None,
    }
}
