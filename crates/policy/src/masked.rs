//! A mask in bits: what may be chosen, how many combinations that leaves, and an even draw from them.
//!
//! Combinations are counted by fixing factors of excluded pairs one after the other; what is then free of
//! pairs is a product of the numbers of levels left. Counts are exact up to 2^53 combinations.

use crate::random::DecisionStream;
use crate::space::{Action, LevelName, MAX_FACTORS, Mask, Space, SpaceError};

/// Most combinations of levels that counting may have to walk through.
const MAX_LEAVES: usize = 1 << 16;

/// The levels of each factor that are left, as bits.
type Left = [u64; MAX_FACTORS];

/// Two factors of which some levels must not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forbidden {
    /// The factor that comes first in the space.
    pub low: usize,
    /// The other.
    pub high: usize,
    /// Per level of `low`, the levels of `high` that it must not meet.
    pub by_low: Vec<u64>,
    /// Per level of `high`, the levels of `low` that it must not meet.
    pub by_high: Vec<u64>,
}

/// The mask of one question over one space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    sizes: Vec<usize>,
    allowed: Left,
    pub(crate) forbidden: Vec<Forbidden>,
    /// Factors to fix until no two of the others have an excluded pair.
    cover: Vec<usize>,
}

impl Masked {
    /// Resolves the names of a mask over a space.
    pub fn new(space: &Space, mask: &Mask) -> Result<Self, SpaceError> {
        let sizes: Vec<usize> = space.sizes().collect();
        let mut allowed = [0; MAX_FACTORS];
        for (left, size) in allowed.iter_mut().zip(&sizes) {
            *left = u64::MAX >> (u64::BITS as usize - size);
        }
        let mut masked = Self { sizes, allowed, forbidden: Vec::new(), cover: Vec::new() };
        for exclusion in &mask.levels {
            check_rule(&exclusion.rule_id)?;
            let (factor, level) = find(space, &exclusion.level)?;
            masked.allowed[factor] &= !(1 << level);
        }
        for exclusion in &mask.pairs {
            check_rule(&exclusion.rule_id)?;
            let (first, second) = (find(space, &exclusion.first)?, find(space, &exclusion.second)?);
            if first.0 == second.0 {
                return Err(SpaceError::PairWithinFactor(exclusion.first.factor.clone()));
            }
            masked.forbid(first.min(second), first.max(second));
        }
        masked.cover = masked.find_cover()?;
        Ok(masked)
    }

    fn forbid(&mut self, low: (usize, usize), high: (usize, usize)) {
        let known = self.forbidden.iter().position(|f| f.low == low.0 && f.high == high.0);
        let at = known.unwrap_or_else(|| {
            self.forbidden.push(Forbidden {
                low: low.0,
                high: high.0,
                by_low: vec![0; self.sizes[low.0]],
                by_high: vec![0; self.sizes[high.0]],
            });
            self.forbidden.len() - 1
        });
        self.forbidden[at].by_low[low.1] |= 1 << high.1;
        self.forbidden[at].by_high[high.1] |= 1 << low.1;
    }

    /// Takes the factor with the most partners first, until no pair is open.
    fn find_cover(&self) -> Result<Vec<usize>, SpaceError> {
        let mut open: Vec<(usize, usize)> =
            self.forbidden.iter().map(|f| (f.low, f.high)).collect();
        let mut cover = Vec::new();
        let mut leaves = 1_usize;
        while !open.is_empty() {
            let partners = |f: usize| open.iter().filter(|(a, b)| *a == f || *b == f).count();
            let best = (0..self.sizes.len()).rev().max_by_key(|factor| partners(*factor));
            let best = best.unwrap_or(0);
            open.retain(|(a, b)| *a != best && *b != best);
            cover.push(best);
            leaves = leaves.saturating_mul(self.sizes[best]);
        }
        if leaves > MAX_LEAVES { Err(SpaceError::TooEntangled) } else { Ok(cover) }
    }

    /// Whether this mask belongs to a space of these sizes.
    pub(crate) fn fits(&self, sizes: impl Iterator<Item = usize>) -> bool {
        sizes.eq(self.sizes.iter().copied())
    }

    /// The levels of a factor that may be chosen on their own, as bits.
    pub(crate) const fn allowed(&self, factor: usize) -> u64 {
        self.allowed[factor]
    }

    /// The same mask with more levels taken out, as bits per factor.
    pub(crate) fn without(&self, withheld: &[u64]) -> Self {
        let mut narrower = self.clone();
        for (left, withheld) in narrower.allowed.iter_mut().zip(withheld) {
            *left &= !withheld;
        }
        narrower
    }

    /// The same mask without these levels, as far as the space has them: never wider than it was.
    #[must_use]
    pub fn narrowed<'a>(
        &self,
        space: &Space,
        levels: impl IntoIterator<Item = &'a LevelName>,
    ) -> Self {
        let mut withheld = [0; MAX_FACTORS];
        for (factor, level) in levels.into_iter().filter_map(|name| space.position(name)) {
            withheld[factor] |= 1 << level;
        }
        self.without(&withheld)
    }

    /// Whether an action passes the mask.
    pub fn permits(&self, action: &Action) -> bool {
        let may = |(factor, level): (usize, usize)| self.allowed[factor] >> level & 1 == 1;
        action.levels().enumerate().all(may)
            && !self.forbidden.iter().any(|pair| pair.meets(action))
    }

    /// How many actions pass the mask.
    pub fn count(&self) -> f64 {
        self.count_left(&self.allowed, 0)
    }

    /// How many actions with this level pass the mask.
    pub fn count_with(&self, factor: usize, level: usize) -> f64 {
        let mut pinned = self.allowed;
        pinned[factor] &= 1 << level;
        self.count_left(&pinned, 0)
    }

    fn count_left(&self, left: &Left, fixed: usize) -> f64 {
        let Some(&factor) = self.cover.get(fixed) else {
            let counts = left[..self.sizes.len()].iter().map(|bits| f64::from(bits.count_ones()));
            return counts.product();
        };
        // Not `sum`: that of nothing is -0.
        bits(left[factor]).fold(0.0, |sum, level| {
            sum + self.count_left(&self.fix(left, factor, level), fixed + 1)
        })
    }

    /// What is left once a factor is fixed.
    fn fix(&self, left: &Left, factor: usize, level: u8) -> Left {
        let mut rest = *left;
        rest[factor] = 1 << level;
        for pair in &self.forbidden {
            if pair.low == factor {
                rest[pair.high] &= !pair.by_low[usize::from(level)];
            } else if pair.high == factor {
                rest[pair.low] &= !pair.by_high[usize::from(level)];
            }
        }
        rest
    }

    /// An action drawn evenly from all that pass; the mask leaves at least one.
    pub(crate) fn draw(&self, stream: &mut DecisionStream) -> Action {
        let mut left = self.allowed;
        for (fixed, factor) in self.cover.iter().enumerate() {
            let count = |level| self.count_left(&self.fix(&left, *factor, level), fixed + 1);
            let counts: Vec<(u8, f64)> = bits(left[*factor]).map(|l| (l, count(l))).collect();
            let level = stream.weighted(&counts);
            left = self.fix(&left, *factor, level);
        }
        let mut action = Action::first(self.sizes.len()).unwrap_or_else(|| unreachable!());
        for (factor, bits_left) in left[..self.sizes.len()].iter().enumerate() {
            action.set(factor, stream.bit(*bits_left));
        }
        action
    }
}

impl Forbidden {
    fn meets(&self, action: &Action) -> bool {
        self.by_low[action.level(self.low)] >> action.level(self.high) & 1 == 1
    }
}

/// The positions of the bits that are set, ascending.
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let lowest = u8::try_from(word.trailing_zeros()).ok().filter(|_| word != 0)?;
        word &= word - 1;
        Some(lowest)
    })
}

fn check_rule(rule_id: &str) -> Result<(), SpaceError> {
    if rule_id.is_empty() { Err(SpaceError::RuleMissing) } else { Ok(()) }
}

fn find(space: &Space, name: &LevelName) -> Result<(usize, usize), SpaceError> {
    space.position(name).ok_or_else(|| SpaceError::UnknownLevel(name.clone()))
}

#[cfg(test)]
mod tests;
