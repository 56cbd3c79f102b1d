use serde::Serialize;

use super::figures::WorldFigures;
use super::names::PolicyName;
use super::side_by_side::side_by_side;
use super::stage::Stage;
use super::summary::Summary;
use crate::policies::LearnedError;
use crate::population::Source;
use crate::run::Rules;
use crate::world::{World, WorldError};

/// Version of the study's JSON.
const SCHEMA: &str = "kulanz.simulation/1";

/// What is to be studied.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The worlds.
    pub worlds: Vec<World>,
    /// Debtors in each.
    pub debtors: u32,
    /// Days from hand-over for which each is followed.
    pub days: u32,
    /// The policies; static dunning is always played, as what all are compared with.
    pub policies: Vec<PolicyName>,
    /// Claims of a portfolio instead of the worlds' own.
    pub portfolio: Option<&'a [Source]>,
    /// Seed that varies the luck of every world; 0 for the worlds as they are.
    pub seed: u64,
    /// Worlds at a time.
    pub threads: usize,
}

/// Why a study cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// A world cannot be used.
    #[error("world {world}: {source}")]
    World {
        /// Which.
        world: String,
        /// Why.
        source: WorldError,
    },
    /// The learned policy failed.
    #[error("world {world}: {source}")]
    Policy {
        /// In which world.
        world: String,
        /// Why.
        source: LearnedError,
    },
    /// Nobody to study.
    #[error("a study needs at least {least} debtors and {days} days")]
    TooSmall {
        /// Least debtors.
        least: u32,
        /// Least days.
        days: u32,
    },
}

/// What a study found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Study {
    /// Version of this form.
    pub schema: &'static str,
    /// Which of the two speeds.
    pub mode: &'static str,
    /// Debtors in each world.
    pub debtors: u32,
    /// Days from hand-over.
    pub days: u32,
    /// Most contacts of one debtor.
    pub contacts_per_debtor: u32,
    /// Whether the claims are those of a portfolio.
    pub portfolio: bool,
    /// The policies over all worlds.
    pub summaries: Vec<Summary>,
    /// Each world.
    pub worlds: Vec<WorldFigures>,
}

/// Plays every policy in every world; `progress` is told of each policy that was played.
pub fn study(plan: &Plan<'_>, progress: &(dyn Fn() + Sync)) -> Result<Study, StudyError> {
    if plan.debtors < 100 || plan.days < 28 {
        return Err(StudyError::TooSmall { least: 100, days: 28 });
    }
    let found = side_by_side(plan.threads, &plan.worlds, |_, world| {
        Stage::new(plan, world).and_then(|stage| stage.figures(progress))
    });
    let worlds = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = plan.names().iter().map(ToString::to_string).collect();
    Ok(summed_up(plan, "fast", &names, worlds))
}

/// A study of worlds that were played.
pub(super) fn summed_up(
    plan: &Plan<'_>,
    mode: &'static str,
    names: &[String],
    worlds: Vec<WorldFigures>,
) -> Study {
    let summaries = names.iter().map(|policy| Summary::of(policy, names, &worlds)).collect();
    Study {
        schema: SCHEMA,
        mode,
        debtors: plan.debtors,
        days: plan.days,
        contacts_per_debtor: Rules::new(plan.days, 1).contacts,
        portfolio: plan.portfolio.is_some(),
        summaries,
        worlds,
    }
}

impl Plan<'_> {
    /// The policies that are played, static dunning first, each once.
    pub fn names(&self) -> Vec<PolicyName> {
        let mut names = vec![PolicyName::Static];
        for name in &self.policies {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        names
    }
}
