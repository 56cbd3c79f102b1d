//! The factored action space a caller brings, and the mask that law, consent and budget lay over it.

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
}

/// Most factors of one space.
pub const MAX_FACTORS: usize = 16;
/// Most levels of one factor.
pub const MAX_LEVELS: usize = 64;

/// A checked space with its mask, in positions instead of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedSpace {
    /// The factors as given.
    pub factors: Vec<Factor>,
    /// `allowed[factor][level]`: whether the level on its own may be chosen.
    pub allowed: Vec<Vec<bool>>,
    /// Forbidden meetings, per pair of factor positions (smaller first).
    pub forbidden: BTreeMap<(usize, usize), BTreeSet<(usize, usize)>>,
}

impl MaskedSpace {
    /// Checks names, sizes and rules.
    pub fn new(factors: Vec<Factor>, mask: &Mask) -> Result<Self, SpaceError> {
        check_factors(&factors)?;
        let allowed = factors.iter().map(|factor| vec![true; factor.levels.len()]).collect();
        let mut space = Self { factors, allowed, forbidden: BTreeMap::new() };
        for exclusion in &mask.levels {
            space.exclude_level(exclusion)?;
        }
        for exclusion in &mask.pairs {
            space.exclude_pair(exclusion)?;
        }
        Ok(space)
    }

    fn exclude_level(&mut self, exclusion: &LevelExclusion) -> Result<(), SpaceError> {
        check_rule(&exclusion.rule_id)?;
        let (factor, level) = self.position(&exclusion.level)?;
        self.allowed[factor][level] = false;
        Ok(())
    }

    fn exclude_pair(&mut self, exclusion: &PairExclusion) -> Result<(), SpaceError> {
        check_rule(&exclusion.rule_id)?;
        let first = self.position(&exclusion.first)?;
        let second = self.position(&exclusion.second)?;
        if first.0 == second.0 {
            return Err(SpaceError::PairWithinFactor(exclusion.first.factor.clone()));
        }
        let (low, high) = if first.0 < second.0 { (first, second) } else { (second, first) };
        self.forbidden.entry((low.0, high.0)).or_default().insert((low.1, high.1));
        Ok(())
    }

    /// Where a level stands in the space.
    pub fn position(&self, name: &LevelName) -> Result<(usize, usize), SpaceError> {
        let unknown = || SpaceError::UnknownLevel(name.clone());
        let factor = self
            .factors
            .iter()
            .position(|factor| factor.name == name.factor)
            .ok_or_else(unknown)?;
        let levels = &self.factors[factor].levels;
        let level = levels.iter().position(|level| *level == name.level).ok_or_else(unknown)?;
        Ok((factor, level))
    }

    /// Whether an action (one level position per factor) passes the mask.
    pub fn permits(&self, action: &[usize]) -> bool {
        let levels_pass =
            action.iter().enumerate().all(|(factor, level)| self.allowed[factor][*level]);
        levels_pass
            && self
                .forbidden
                .iter()
                .all(|((low, high), pairs)| !pairs.contains(&(action[*low], action[*high])))
    }

    /// Weight 1 for every level that may be chosen, 0 for the others.
    pub fn uniform_weights(&self) -> Vec<Vec<f64>> {
        let weight = |allowed: &bool| f64::from(u8::from(*allowed));
        self.allowed.iter().map(|levels| levels.iter().map(weight).collect()).collect()
    }
}

fn check_rule(rule_id: &str) -> Result<(), SpaceError> {
    if rule_id.is_empty() { Err(SpaceError::RuleMissing) } else { Ok(()) }
}

fn check_factors(factors: &[Factor]) -> Result<(), SpaceError> {
    if factors.is_empty() || factors.len() > MAX_FACTORS {
        return Err(SpaceError::FactorCount);
    }
    check_names(factors.iter().map(|factor| &factor.name))?;
    for factor in factors {
        if factor.levels.is_empty() || factor.levels.len() > MAX_LEVELS {
            return Err(SpaceError::LevelCount(factor.name.clone()));
        }
        check_names(factor.levels.iter())?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(name: &str, levels: &[&str]) -> Factor {
        Factor { name: name.to_owned(), levels: levels.iter().map(ToString::to_string).collect() }
    }

    fn level(factor: &str, level: &str) -> LevelName {
        LevelName { factor: factor.to_owned(), level: level.to_owned() }
    }

    fn channels_and_tones() -> Vec<Factor> {
        vec![factor("channel", &["letter", "sms"]), factor("tone", &["plain", "warm"])]
    }

    #[test]
    fn a_pair_is_refused_in_either_order_of_its_factors() {
        for (first, second) in [("channel", "tone"), ("tone", "channel")] {
            let name = |side: &str| level(side, if side == "channel" { "sms" } else { "warm" });
            let pair = PairExclusion {
                first: name(first),
                second: name(second),
                rule_id: "length".to_owned(),
            };
            let mask = Mask { pairs: vec![pair], ..Mask::default() };
            let space = MaskedSpace::new(channels_and_tones(), &mask).unwrap();
            assert!(!space.permits(&[1, 1]));
            assert!(space.permits(&[1, 0]) && space.permits(&[0, 1]));
        }
    }

    #[test]
    fn a_mask_must_name_levels_of_the_space_and_its_rule() {
        let excluded = |level: LevelName, rule: &str| {
            let exclusion = LevelExclusion { level, rule_id: rule.to_owned() };
            MaskedSpace::new(
                channels_and_tones(),
                &Mask { levels: vec![exclusion], ..Mask::default() },
            )
        };
        let unknown = level("channel", "pigeon");
        assert_eq!(excluded(unknown.clone(), "x"), Err(SpaceError::UnknownLevel(unknown)));
        assert_eq!(excluded(level("tone", "warm"), ""), Err(SpaceError::RuleMissing));
    }

    #[test]
    fn a_space_without_factors_levels_or_distinct_names_is_refused() {
        let build = |factors| MaskedSpace::new(factors, &Mask::default());
        assert_eq!(build(vec![]), Err(SpaceError::FactorCount));
        assert_eq!(
            build(vec![factor("tone", &[])]),
            Err(SpaceError::LevelCount("tone".to_owned()))
        );
        assert_eq!(build(vec![factor("tone", &["a", "a"])]), Err(SpaceError::Name("a".to_owned())));
    }
}
