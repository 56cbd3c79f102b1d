//! A policy prepared for one space: everything that does not depend on the question. Callers keep it for
//! as long as policy and catalogue stay.

use std::collections::{BTreeMap, BTreeSet};

use crate::elimination::Program;
use crate::masked::Masked;
use crate::objective::Objective;
use crate::policy::{DRAWS, LANES, Policy, Row};
use crate::random::{DecisionStream, seed};
use crate::schema::{SituationError, TAU_UNKNOWN};
use crate::space::{LevelName, Mask, Space, SpaceError};

/// Where the weights of a level of the space come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The block of features that begins here.
    Known(usize),
    /// Draws from the prior, for a level that the schema does not know.
    Prior(usize),
}

/// A policy's view of one space.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) space: Space,
    policy_version: String,
    pub(crate) sources: Vec<Vec<Source>>,
    /// Per belief, the draws of the levels that the schema does not know.
    pub(crate) prior_draws: Vec<Vec<Row>>,
    /// Per edge of the program, the feature of each pair of levels.
    pub(crate) pair_features: Vec<Vec<Option<usize>>>,
    pub(crate) program: Program,
    /// Per factor, the levels withheld from protected people, as bits.
    pub(crate) withheld: Vec<u64>,
}

/// What each level costs, in euros, in the order of a space.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs(pub(crate) Vec<Vec<f32>>);

impl Plan {
    /// Prepares a policy for a space, which may hold fewer levels than the schema, and others.
    pub fn new(policy: &Policy, space: Space) -> Result<Self, SpaceError> {
        let sizes: Vec<usize> = space.sizes().collect();
        let mut strangers = Vec::new();
        let sources = space.factors().iter().map(|factor| {
            let source = |level: &String| {
                let known = policy.schema.position(&factor.name, level);
                known.map_or_else(
                    || {
                        strangers.push(LevelName::new(&factor.name, level));
                        Source::Prior(strangers.len() - 1)
                    },
                    |(factor, level)| Source::Known(policy.schema.level_block(factor, level)),
                )
            };
            factor.levels.iter().map(source).collect()
        });
        let sources = sources.collect();
        let edges = edges(policy, &space);
        let program = Program::new(&sizes, edges.keys().copied().collect::<BTreeSet<_>>())?;
        Ok(Self {
            prior_draws: prior_draws(policy, &strangers),
            pair_features: edges.into_values().collect(),
            withheld: withheld(policy, &space),
            policy_version: policy.version.clone(),
            sources,
            program,
            space,
        })
    }

    /// The space.
    pub const fn space(&self) -> &Space {
        &self.space
    }

    /// Whether the plan was made from this policy.
    pub fn is_of(&self, policy: &Policy) -> bool {
        self.policy_version == policy.version
    }

    /// Resolves a mask over the space.
    pub fn mask(&self, mask: &Mask) -> Result<Masked, SpaceError> {
        Masked::new(&self.space, mask)
    }

    /// Lays costs, in euros per contact, over the levels; those without one cost nothing.
    pub fn costs(&self, costs: &BTreeMap<LevelName, f64>) -> Result<Costs, SituationError> {
        let mut laid: Vec<Vec<f32>> = self.space.sizes().map(|size| vec![0.0; size]).collect();
        for (name, cost) in costs {
            if !cost.is_finite() {
                return Err(SituationError::NotFinite(format!("{}={}", name.factor, name.level)));
            }
            if let Some((factor, level)) = self.space.position(name) {
                #[expect(clippy::cast_possible_truncation, reason = "the kernel computes in f32")]
                let cost = *cost as f32;
                laid[factor][level] = cost;
            }
        }
        Ok(Costs(laid))
    }
}

/// The pairs of factors of the space that have weights, and the feature of each pair of their levels.
fn edges(policy: &Policy, space: &Space) -> BTreeMap<(usize, usize), Vec<Option<usize>>> {
    let schema = &policy.schema;
    let place = |factor: usize| {
        let name = &schema.factors[factor].factor.name;
        space.factors().iter().position(|known| known.name == *name)
    };
    let mut edges = BTreeMap::new();
    for (pair, (first, second)) in schema.pairs.iter().enumerate() {
        let (Some(a), Some(b)) = (place(*first), place(*second)) else { continue };
        let (low, high) = (&space.factors()[a.min(b)], &space.factors()[a.max(b)]);
        let feature = |x: &String, y: &String| {
            let x = schema.position(&low.name, x)?;
            let y = schema.position(&high.name, y)?;
            let (x, y) = if x.0 == *first { (x.1, y.1) } else { (y.1, x.1) };
            Some(schema.pair_start(pair) + x * schema.levels_of(*second) + y)
        };
        let features =
            low.levels.iter().flat_map(|x| high.levels.iter().map(move |y| feature(x, y)));
        edges.insert((a.min(b), a.max(b)), features.collect());
    }
    edges
}

/// Draws for unknown levels: from the prior, by version and name alone, so that they repeat.
fn prior_draws(policy: &Policy, strangers: &[LevelName]) -> Vec<Vec<Row>> {
    let row = |objective: Objective, name: &LevelName| {
        let known = policy.schema.factors.iter().find(|known| known.factor.name == name.factor);
        let tau = policy.alpha * known.map_or(TAU_UNKNOWN, |known| known.tau);
        let words = [&policy.version, objective.name(), &name.factor, &name.level];
        let mut stream = DecisionStream::new(seed(words));
        let mut row = Row::ZERO;
        for draw in 0..DRAWS {
            #[expect(clippy::cast_possible_truncation, reason = "the bank is kept in f32")]
            let value = (tau * stream.normal()) as f32;
            row.0[draw / LANES][draw % LANES] = value;
        }
        row
    };
    let of_belief =
        |objective| strangers.iter().map(|name| row(objective, name)).collect::<Vec<_>>();
    policy.beliefs.iter().map(|belief| of_belief(belief.objective)).collect()
}

fn withheld(policy: &Policy, space: &Space) -> Vec<u64> {
    let mut withheld = vec![0; space.factors().len()];
    for name in &policy.settings.withheld_from_protected {
        if let Some((factor, level)) = space.position(name) {
            withheld[factor] |= 1 << level;
        }
    }
    withheld
}
