//! Which weights the model has: the features of a decision, in a fixed order.
//!
//! Features come in blocks of equal shape: one weight for everybody, one per persona, one per context
//! bucket. The first block is the person (what happens without a contact), the second the contact as such,
//! then one block per level of each factor. After the blocks stand the pairs of levels that get a weight.

mod catalogue;
mod context;
mod situation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use catalogue::CATALOGUE;
pub use context::{Context, Edges, SIGNALS, Signal};
pub use situation::{Features, Situation, SituationError};

use crate::space::{Factor, Space, SpaceError};

/// A factor of the schema: its levels and how much they are believed to differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaFactor {
    /// Name and levels.
    #[serde(flatten)]
    pub factor: Factor,
    /// Standard deviation, in logits, that the effects of its levels are expected to have.
    pub tau: f64,
}

/// The features of a model. What it learned is tied to them by [`Schema::version`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The factors with their levels.
    pub factors: Vec<SchemaFactor>,
    /// Keys of the personas whose memberships shift the effects.
    pub personas: Vec<String>,
    /// Pairs of factors (by position, smaller first) whose levels get a weight for meeting.
    pub pairs: Vec<(usize, usize)>,
    /// Where the buckets of the context begin.
    pub edges: Edges,
}

/// The shape of a block: which weight within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    Everybody,
    Persona,
    Context,
}

/// Features whose weights are expected to be of one size, and share it (empirical Bayes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Person(Shape),
    Contact(Shape),
    Level(usize, Shape),
    Pair(usize),
}

/// Expected size of what the person brings beyond the frozen propensity. Much larger than the contact's, so
/// that what a propensity is off by is not taken for an effect of being contacted: nobody is left alone for that.
const TAU_PERSON: f64 = 1.0;
/// Expected size of the contact's own effect.
const TAU_CONTACT: f64 = 0.30;
/// How much smaller the deviations of a persona, a context bucket and a pair are expected to be.
const SHRINK: [f64; 3] = [0.8, 0.4, 0.3];
/// Expected size of the effects of a level nobody said anything about.
pub(crate) const TAU_UNKNOWN: f64 = 0.05;

impl Schema {
    /// The version of the features: what was learned under one cannot be read under another.
    pub fn version(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&Sha256::digest(text)[..8])
    }

    /// Checks that names are distinct, edges rise and pairs join known factors.
    pub fn check(&self) -> Result<(), SpaceError> {
        Space::new(self.factors.iter().map(|f| f.factor.clone()).collect())?;
        self.edges.check()?;
        let known = |(low, high): &&(usize, usize)| low < high && *high < self.factors.len();
        if self.pairs.iter().all(|pair| known(&pair)) {
            Ok(())
        } else {
            Err(SpaceError::FactorCount)
        }
    }

    /// Whether what was learned over these features can answer where `today` holds: the same personas, and today's factors
    /// first, of the same sizes, since pairs join them by position; more levels and factors may have been learned. The edges
    /// are each policy's own.
    pub fn serves(&self, today: &Self) -> bool {
        let holds = |(known, wanted): (&SchemaFactor, &SchemaFactor)| {
            let levels = &known.factor.levels;
            known.factor.name == wanted.factor.name
                && known.tau.to_bits() == wanted.tau.to_bits()
                && wanted.factor.levels.iter().all(|level| levels.contains(level))
        };
        let same = self.personas == today.personas && self.pairs == today.pairs;
        let enough = self.factors.len() >= today.factors.len();
        same && enough && self.factors.iter().zip(&today.factors).all(holds)
    }

    /// The schema with the factors and levels of a space that it does not have yet, put behind its own;
    /// a new factor's levels are expected to differ little.
    #[must_use]
    pub fn extended(&self, space: &Space) -> Self {
        let mut wider = self.clone();
        for factor in space.factors() {
            let known = wider.factors.iter_mut().find(|known| known.factor.name == factor.name);
            if let Some(known) = known {
                let new = |level: &&String| !known.factor.levels.contains(level);
                let new: Vec<String> = factor.levels.iter().filter(new).cloned().collect();
                known.factor.levels.extend(new);
            } else {
                wider.factors.push(SchemaFactor { factor: factor.clone(), tau: TAU_UNKNOWN });
            }
        }
        wider
    }

    /// How many weights the model has.
    pub fn dimension(&self) -> usize {
        let pairs =
            self.pairs.iter().map(|(low, high)| self.levels_of(*low) * self.levels_of(*high));
        self.pairs_start() + pairs.sum::<usize>()
    }

    /// Position of a level among the schema's factors and their levels.
    pub(crate) fn position(&self, factor: &str, level: &str) -> Option<(usize, usize)> {
        let at = self.factors.iter().position(|known| known.factor.name == factor)?;
        let level = self.factors[at].factor.levels.iter().position(|known| known == level)?;
        Some((at, level))
    }

    /// Weights of one block.
    pub(crate) fn block_size(&self) -> usize {
        1 + self.personas.len() + SIGNALS.len() * 3
    }

    /// First feature of the block of the contact as such.
    pub(crate) fn contact_block(&self) -> usize {
        self.block_size()
    }

    /// First feature of a level's block.
    pub(crate) fn level_block(&self, factor: usize, level: usize) -> usize {
        let before: usize = (0..factor).map(|other| self.levels_of(other)).sum();
        (2 + before + level) * self.block_size()
    }

    /// First feature of a pair of factors; the high factor's level runs fastest.
    pub(crate) fn pair_start(&self, pair: usize) -> usize {
        let size = |(low, high): &(usize, usize)| self.levels_of(*low) * self.levels_of(*high);
        self.pairs_start() + self.pairs[..pair].iter().map(size).sum::<usize>()
    }

    fn pairs_start(&self) -> usize {
        let levels: usize = (0..self.factors.len()).map(|factor| self.levels_of(factor)).sum();
        (2 + levels) * self.block_size()
    }

    pub(crate) fn levels_of(&self, factor: usize) -> usize {
        self.factors[factor].factor.levels.len()
    }

    /// The group of every feature, in order.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let shapes = || (0..self.block_size()).map(|slot| self.shape(slot));
        let mut groups: Vec<Group> = shapes().map(Group::Person).collect();
        groups.extend(shapes().map(Group::Contact));
        for factor in 0..self.factors.len() {
            for _ in 0..self.levels_of(factor) {
                groups.extend(shapes().map(|shape| Group::Level(factor, shape)));
            }
        }
        for (pair, (low, high)) in self.pairs.iter().enumerate() {
            let cells = self.levels_of(*low) * self.levels_of(*high);
            groups.extend(std::iter::repeat_n(Group::Pair(pair), cells));
        }
        groups
    }

    fn shape(&self, slot: usize) -> Shape {
        match slot {
            0 => Shape::Everybody,
            slot if slot <= self.personas.len() => Shape::Persona,
            _ => Shape::Context,
        }
    }

    /// The expected size of a group's weights before anything is learned.
    pub(crate) fn tau(&self, group: Group) -> f64 {
        let shrunk = |tau: f64, shape: Shape| match shape {
            Shape::Everybody => tau,
            Shape::Persona => tau * SHRINK[0],
            Shape::Context => tau * SHRINK[1],
        };
        match group {
            Group::Person(shape) => shrunk(TAU_PERSON, shape),
            Group::Contact(shape) => shrunk(TAU_CONTACT, shape),
            Group::Level(factor, shape) => shrunk(self.factors[factor].tau, shape),
            Group::Pair(pair) => {
                let (low, high) = self.pairs[pair];
                SHRINK[2] * (self.factors[low].tau * self.factors[high].tau).sqrt()
            }
        }
    }

    /// The name of every feature, in order: as reasons give it, and by which weights are carried over
    /// to a wider schema.
    pub fn feature_names(&self) -> Vec<String> {
        let mut names = self.block_names("person");
        names.extend(self.block_names("contact"));
        for known in &self.factors {
            for level in &known.factor.levels {
                names.extend(self.block_names(&format!("{}={level}", known.factor.name)));
            }
        }
        for (low, high) in &self.pairs {
            let (low, high) = (&self.factors[*low].factor, &self.factors[*high].factor);
            for first in &low.levels {
                let name = |second| format!("{}={first} with {}={second}", low.name, high.name);
                names.extend(high.levels.iter().map(name));
            }
        }
        names
    }

    fn block_names(&self, what: &str) -> Vec<String> {
        let personas = self.personas.iter().map(|persona| format!("{what} for {persona}"));
        let buckets = SIGNALS.iter().flat_map(|signal| {
            signal.buckets.iter().map(move |bucket| format!("{what} at {} {bucket}", signal.name))
        });
        std::iter::once(what.to_owned()).chain(personas).chain(buckets).collect()
    }

    /// The positions of named levels; unknown ones are left out.
    pub(crate) fn positions<'a>(
        &self,
        levels: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> BTreeMap<usize, usize> {
        levels.into_iter().filter_map(|(factor, level)| self.position(factor, level)).collect()
    }
}

impl Default for Schema {
    /// The grid of messaging's catalogue and the shipped typology: 1,165 weights.
    fn default() -> Self {
        let factor = |((name, levels), tau): ((&str, &[&str]), f64)| SchemaFactor {
            factor: Factor {
                name: name.to_owned(),
                levels: levels.iter().map(ToString::to_string).collect(),
            },
            tau,
        };
        Self {
            factors: CATALOGUE.into_iter().zip(EXPECTED_SIZES).map(factor).collect(),
            personas: PERSONAS.iter().map(ToString::to_string).collect(),
            pairs: vec![(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 4), (2, 4), (1, 5)],
            edges: Edges::default(),
        }
    }
}

/// The shipped typology of the personas service.
const PERSONAS: [&str; 8] =
    ["oversight", "clarifier", "busy", "planner", "waiter", "squeezed", "withdrawn", "business"];

/// Expected sizes of the effects of the catalogue's factors, in logits. Sceptical: published trials of
/// wording in debt collection find next to nothing, those of channel, offer and timing a little.
const EXPECTED_SIZES: [f64; 6] = [0.20, 0.05, 0.05, 0.08, 0.15, 0.02];

#[cfg(test)]
mod tests;
