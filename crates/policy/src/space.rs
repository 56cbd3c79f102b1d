//! The factored action space a caller brings, in names, and what must not be chosen from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// One dimension of an action ("channel") with the levels the caller's catalogue offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// The dimension, unique within the space.
    pub name: String,
    /// Its levels in the catalogue's order, unique within the factor.
    pub levels: Vec<String>,
}

/// One level of one factor by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LevelName {
    /// The factor.
    pub factor: String,
    /// The level.
    pub level: String,
}

impl LevelName {
    /// A level by its two names.
    pub fn new(factor: &str, level: &str) -> Self {
        Self { factor: factor.to_owned(), level: level.to_owned() }
    }
}

/// A level that must not be chosen, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelExclusion {
    /// What is forbidden.
    #[serde(flatten)]
    pub level: LevelName,
    /// The rule that forbids it.
    pub rule_id: String,
}

/// Two levels of different factors that must not meet, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairExclusion {
    /// One side.
    pub first: LevelName,
    /// The other side.
    pub second: LevelName,
    /// The rule that forbids the pair.
    pub rule_id: String,
}

/// What must not be chosen this time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    /// Single levels.
    pub levels: Vec<LevelExclusion>,
    /// Pairs of levels.
    pub pairs: Vec<PairExclusion>,
}

/// Why a space or mask cannot be decided over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// No factor, or more than [`MAX_FACTORS`].
    #[error("between 1 and {MAX_FACTORS} factors are needed")]
    FactorCount,
    /// A factor without levels, or with more than [`MAX_LEVELS`].
    #[error("factor `{0}` needs between 1 and {MAX_LEVELS} levels")]
    LevelCount(String),
    /// A factor or level named twice, or without a name.
    #[error("`{0}` is empty or named twice")]
    Name(String),
    /// Edges between the buckets of a signal that are no finite numbers or do not rise.
    #[error("the edges of `{0}` must be finite and rise")]
    Edges(String),
    /// The mask speaks of a factor or level outside the space.
    #[error("the mask names `{factor}={level}`, which the space does not have", factor = .0.factor, level = .0.level)]
    UnknownLevel(LevelName),
    /// A pair within one factor: no action has two levels of one factor.
    #[error("a pair needs two factors, not `{0}` twice")]
    PairWithinFactor(String),
    /// An exclusion without the rule that demands it.
    #[error("every exclusion names its rule")]
    RuleMissing,
    /// The pairs tie so many factors together that an exact answer would need too much memory.
    #[error("the excluded pairs connect too many levels to be decided exactly")]
    TooEntangled,
    /// The mask was made for another space than the one that is decided over.
    #[error("the mask belongs to another space")]
    OtherSpace,
}

/// Most factors of one space.
pub const MAX_FACTORS: usize = 16;
/// Most levels of one factor: they fit the bits of one word.
pub const MAX_LEVELS: usize = 64;

/// A checked space: distinct names, sizes within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    factors: Vec<Factor>,
}

impl Space {
    /// Checks names and sizes.
    pub fn new(factors: Vec<Factor>) -> Result<Self, SpaceError> {
        if factors.is_empty() || factors.len() > MAX_FACTORS {
            return Err(SpaceError::FactorCount);
        }
        check_names(factors.iter().map(|factor| &factor.name))?;
        for factor in &factors {
            if factor.levels.is_empty() || factor.levels.len() > MAX_LEVELS {
                return Err(SpaceError::LevelCount(factor.name.clone()));
            }
            check_names(factor.levels.iter())?;
        }
        Ok(Self { factors })
    }

    /// The factors as given.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// How many levels each factor has.
    pub fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        self.factors.iter().map(|factor| factor.levels.len())
    }

    /// Where a level stands: position of its factor, position within the factor.
    pub fn position(&self, name: &LevelName) -> Option<(usize, usize)> {
        let factor = self.factors.iter().position(|factor| factor.name == name.factor)?;
        let level = self.factors[factor].levels.iter().position(|level| *level == name.level)?;
        Some((factor, level))
    }

    /// The action of these levels, by factor; `None` where it is none of the space.
    pub fn action(&self, levels: &BTreeMap<String, String>) -> Option<Action> {
        let level = |factor: &Factor| {
            let name = levels.get(&factor.name)?;
            factor.levels.iter().position(|level| level == name)
        };
        let levels: Option<Vec<usize>> = self.factors.iter().map(level).collect();
        Action::new(&levels?)
    }

    /// The names of an action's levels, factor by factor.
    pub fn names<'a>(&'a self, action: &'a Action) -> impl Iterator<Item = (&'a str, &'a str)> {
        let name = |(factor, level): (&'a Factor, usize)| {
            (factor.name.as_str(), factor.levels[level].as_str())
        };
        self.factors.iter().zip(action.levels()).map(name)
    }
}

fn check_names<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), SpaceError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() || !seen.insert(name) {
            return Err(SpaceError::Name(name.clone()));
        }
    }
    Ok(())
}

/// One level position per factor of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Action {
    levels: [u8; MAX_FACTORS],
    factors: u8,
}

impl Action {
    /// An action from its level positions; `None` when there are too many or one is too large.
    pub fn new(levels: &[usize]) -> Option<Self> {
        let mut action = Self::first(levels.len())?;
        for (place, level) in action.levels.iter_mut().zip(levels) {
            *place = u8::try_from(*level).ok().filter(|level| usize::from(*level) < MAX_LEVELS)?;
        }
        Some(action)
    }

    /// The first level of each of so many factors.
    pub(crate) fn first(factors: usize) -> Option<Self> {
        let count = u8::try_from(factors).ok().filter(|_| factors <= MAX_FACTORS)?;
        Some(Self { levels: [0; MAX_FACTORS], factors: count })
    }

    /// The level position of each factor.
    pub fn levels(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        self.levels[..usize::from(self.factors)].iter().map(|level| usize::from(*level))
    }

    /// The level position of one factor.
    pub fn level(&self, factor: usize) -> usize {
        usize::from(self.levels[factor])
    }

    pub(crate) fn set(&mut self, factor: usize, level: u8) {
        self.levels[factor] = level;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(name: &str, levels: &[&str]) -> Factor {
        Factor { name: name.to_owned(), levels: levels.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_space_without_factors_levels_or_distinct_names_is_refused() {
        assert_eq!(Space::new(vec![]), Err(SpaceError::FactorCount));
        let no_level = Space::new(vec![factor("tone", &[])]);
        assert_eq!(no_level, Err(SpaceError::LevelCount("tone".to_owned())));
        let twice = Space::new(vec![factor("tone", &["a", "a"])]);
        assert_eq!(twice, Err(SpaceError::Name("a".to_owned())));
        let twins = Space::new(vec![factor("tone", &["a"]), factor("tone", &["b"])]);
        assert_eq!(twins, Err(SpaceError::Name("tone".to_owned())));
    }

    #[test]
    fn an_action_names_its_levels_factor_by_factor() {
        let space = Space::new(vec![factor("a", &["x", "y"]), factor("b", &["z"])]).unwrap();
        let action = Action::new(&[1, 0]).unwrap();
        assert_eq!(space.names(&action).collect::<Vec<_>>(), [("a", "y"), ("b", "z")]);
        assert_eq!(Action::new(&[MAX_LEVELS]), None);
    }
}
