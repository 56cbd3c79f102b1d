//! People are parted in two halves: what was learned of one is judged on the other, so that nothing is praised for
//! what it knows by heart.

use super::hash::{HashVersion, hash_to_unit};

/// The word that people are hashed with: another one than for the hold-out, the ramp and arms of experiments, so
/// that a half has its part of each.
const WORD: &str = "halves";

/// One of the two halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// One.
    First,
    /// The other.
    Second,
}

impl Half {
    /// That of a person, always the same.
    pub fn of(debtor_id: &str) -> Self {
        if hash_to_unit(HashVersion::V2, WORD, debtor_id) < 0.5 {
            Self::First
        } else {
            Self::Second
        }
    }

    /// The people who are not in this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// Something for each half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHalf<T> {
    /// For one.
    pub first: T,
    /// For the other.
    pub second: T,
}

impl<T> ByHalf<T> {
    /// What there is for a half.
    pub const fn of(&self, half: Half) -> &T {
        match half {
            Half::First => &self.first,
            Half::Second => &self.second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::holdout::held_out;

    #[test]
    fn either_half_has_half_of_any_part_of_the_people() {
        let people: Vec<String> = (0..20_000).map(|n| format!("debtor_{n}")).collect();
        let ramp = |id: &String| hash_to_unit(HashVersion::V2, "policy:outreach", id) < 0.05;
        let parts: [fn(&String, bool) -> bool; 3] =
            [|_, _| true, |id, _| held_out(id), |_, of_policy| of_policy];
        for part in parts {
            let inside: Vec<&String> = people.iter().filter(|id| part(id, ramp(id))).collect();
            let first = inside.iter().filter(|id| Half::of(id) == Half::First).count();
            let away = (2 * first).abs_diff(inside.len());
            // Four standard deviations of a fair coin.
            assert!(away * away < 16 * inside.len(), "{first} of {}", inside.len());
        }
        assert_eq!(Half::First.other(), Half::Second);
        assert!(people.iter().all(|id| Half::of(id).other().other() == Half::of(id)));
    }
}
