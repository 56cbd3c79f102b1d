//! Why the law or fairness shields a person, and what that does to their claims.

use super::lifecycle::HoldKind;

/// Why a person is shielded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProtectionKind {
    /// Insolvency proceedings (§ 89 of the insolvency code).
    Insolvency,
    /// The person died; heirs are to be found (§ 1967 BGB).
    Death,
    /// A debt adviser acts for the person.
    DebtAdviser,
    /// A lawyer acts for the person.
    Lawyer,
    /// A legal guardian acts for the person (§ 1814 BGB).
    Guardian,
    /// Illness, distress or another state in which contact would harm.
    Vulnerable,
}

impl ProtectionKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Insolvency,
        Self::Death,
        Self::DebtAdviser,
        Self::Lawyer,
        Self::Guardian,
        Self::Vulnerable,
    ];

    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insolvency => "insolvency",
            Self::Death => "death",
            Self::DebtAdviser => "debt_adviser",
            Self::Lawyer => "lawyer",
            Self::Guardian => "guardian",
            Self::Vulnerable => "vulnerable",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The hold that it places on each claim. Whoever has someone to act for them is written to through
    /// that person only.
    pub const fn hold(self) -> HoldKind {
        match self {
            Self::DebtAdviser | Self::Lawyer => HoldKind::Represented,
            Self::Insolvency | Self::Death | Self::Guardian | Self::Vulnerable => {
                HoldKind::Protection
            }
        }
    }

    /// Why the claim is silent, for staff.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Insolvency => "insolvency proceedings (§ 89 InsO)",
            Self::Death => "the person died (§ 1967 BGB)",
            Self::DebtAdviser => "a debt adviser acts for the person",
            Self::Lawyer => "a lawyer acts for the person",
            Self::Guardian => "a legal guardian acts for the person (§ 1814 BGB)",
            Self::Vulnerable => "contact would harm the person",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lifecycle::{ClaimState, Facts, state};

    #[test]
    fn every_protection_shows_as_protected_and_is_read_back() {
        for kind in ProtectionKind::ALL {
            let facts = Facts { contacted: true, holds: &[kind.hold()], ..Facts::default() };
            assert_eq!(state(&facts), ClaimState::Protected);
            assert_eq!(ProtectionKind::named(kind.name()), Some(kind));
        }
    }
}
