//! Where a claim stands: derived from facts, never written by itself.
//!
//! Events of other services arrive in any order and more than once. A state that follows from facts ends
//! up the same however they came; the table of transitions says which steps a history may show.

use serde::{Deserialize, Serialize};

/// The state of a claim. While holds last, they are shown as the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// Accepted at intake, nothing sent yet.
    Registered,
    /// Being collected.
    Open,
    /// An arrangement or a promise is running.
    Arranged,
    /// The debtor objects.
    Disputed,
    /// Held for another reason.
    OnHold,
    /// The person is protected.
    Protected,
    /// Paid in full.
    Settled,
    /// Taken back by the creditor.
    Withdrawn,
    /// Given up as not recoverable.
    WrittenOff,
    /// No longer enforceable against the debtor's will (§ 214 BGB).
    TimeBarred,
}

impl ClaimState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Registered,
        Self::Open,
        Self::Arranged,
        Self::Disputed,
        Self::OnHold,
        Self::Protected,
        Self::Settled,
        Self::Withdrawn,
        Self::WrittenOff,
        Self::TimeBarred,
    ];

    /// Whether nothing is pursued any more.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Settled | Self::Withdrawn | Self::WrittenOff | Self::TimeBarred)
    }

    /// The name as it is kept and as it ends a rule id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Open => "open",
            Self::Arranged => "arranged",
            Self::Disputed => "disputed",
            Self::OnHold => "on_hold",
            Self::Protected => "protected",
            Self::Settled => "settled",
            Self::Withdrawn => "withdrawn",
            Self::WrittenOff => "written_off",
            Self::TimeBarred => "time_barred",
        }
    }

    /// The state with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why a claim is silent. Holds stack: outreach resumes when the last is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// The debtor disputes the claim.
    Dispute,
    /// Someone says that they are not the person who owes.
    WrongPerson,
    /// The debtor says that it is paid.
    AlreadyPaid,
    /// A question to the creditor is open.
    CreditorQuestion,
    /// Insolvency, death, guardianship: the law forbids contact.
    Protection,
    /// A lawyer or debt adviser acts for the debtor.
    Represented,
    /// Staff, the creditor or the debtor asked to wait.
    Manual,
    /// An identity theft is reported.
    IdentityTheft,
}

impl HoldKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Dispute,
        Self::WrongPerson,
        Self::AlreadyPaid,
        Self::CreditorQuestion,
        Self::Protection,
        Self::Represented,
        Self::Manual,
        Self::IdentityTheft,
    ];

    /// The name as it is kept and as it ends a rule id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::WrongPerson => "wrong_person",
            Self::AlreadyPaid => "already_paid",
            Self::CreditorQuestion => "creditor_question",
            Self::Protection => "protection",
            Self::Represented => "represented",
            Self::Manual => "manual",
            Self::IdentityTheft => "identity_theft",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The state that it shows as.
    const fn shown(self) -> ClaimState {
        match self {
            Self::Protection | Self::Represented => ClaimState::Protected,
            Self::Dispute | Self::IdentityTheft => ClaimState::Disputed,
            Self::WrongPerson | Self::AlreadyPaid | Self::CreditorQuestion | Self::Manual => {
                ClaimState::OnHold
            }
        }
    }
}

/// How a claim was ended by a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closure {
    /// The creditor took it back.
    Withdrawn,
    /// It was given up.
    WrittenOff,
}

impl Closure {
    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::WrittenOff => "written_off",
        }
    }

    /// The closure with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Withdrawn, Self::WrittenOff].into_iter().find(|closure| closure.name() == name)
    }
}

/// What the state follows from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The debtor was contacted at least once.
    pub contacted: bool,
    /// An arrangement or a promise is running.
    pub arranged: bool,
    /// Nothing is open.
    pub paid: bool,
    /// It was ended by a decision.
    pub closure: Option<Closure>,
    /// Holds in force.
    pub holds: &'a [HoldKind],
}

/// The state that follows from the facts: a decision first, then payment, protection, objection, other
/// holds, and what is left.
pub fn state(facts: &Facts<'_>) -> ClaimState {
    match facts.closure {
        Some(Closure::Withdrawn) => return ClaimState::Withdrawn,
        Some(Closure::WrittenOff) => return ClaimState::WrittenOff,
        None => {}
    }
    if facts.paid {
        return ClaimState::Settled;
    }
    let shown = |wanted| facts.holds.iter().any(|hold| hold.shown() == wanted);
    [ClaimState::Protected, ClaimState::Disputed, ClaimState::OnHold]
        .into_iter()
        .find(|state| shown(*state))
        .unwrap_or(match (facts.arranged, facts.contacted) {
            (true, _) => ClaimState::Arranged,
            (false, true) => ClaimState::Open,
            (false, false) => ClaimState::Registered,
        })
}

/// From which state a claim may move to which, and by what.
pub const TRANSITIONS: &[(ClaimState, &[ClaimState])] = {
    use ClaimState::{
        Arranged, Disputed, OnHold, Open, Protected, Registered, Settled, TimeBarred, Withdrawn,
        WrittenOff,
    };
    &[
        (
            Registered,
            &[
                Open, Arranged, Disputed, OnHold, Protected, Settled, Withdrawn, WrittenOff,
                TimeBarred,
            ],
        ),
        (
            Open,
            &[Arranged, Disputed, OnHold, Protected, Settled, Withdrawn, WrittenOff, TimeBarred],
        ),
        (
            Arranged,
            &[
                Registered, Open, Disputed, OnHold, Protected, Settled, Withdrawn, WrittenOff,
                TimeBarred,
            ],
        ),
        (
            Disputed,
            &[
                Registered, Open, Arranged, OnHold, Protected, Settled, Withdrawn, WrittenOff,
                TimeBarred,
            ],
        ),
        (
            OnHold,
            &[
                Registered, Open, Arranged, Disputed, Protected, Settled, Withdrawn, WrittenOff,
                TimeBarred,
            ],
        ),
        (
            Protected,
            &[
                Registered, Open, Arranged, Disputed, OnHold, Settled, Withdrawn, WrittenOff,
                TimeBarred,
            ],
        ),
        // A returned payment opens a claim again; decisions are final.
        (
            Settled,
            &[Registered, Open, Arranged, Disputed, OnHold, Protected, Withdrawn, WrittenOff],
        ),
        (TimeBarred, &[Settled, Withdrawn, WrittenOff]),
        (Withdrawn, &[]),
        (WrittenOff, &[]),
    ]
};

/// Whether a claim may move from one state to another.
pub fn may_move(from: ClaimState, to: ClaimState) -> bool {
    TRANSITIONS.iter().any(|(state, next)| *state == from && next.contains(&to))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for state in ClaimState::ALL {
            assert_eq!(ClaimState::named(state.name()), Some(state));
        }
        for kind in HoldKind::ALL {
            assert_eq!(HoldKind::named(kind.name()), Some(kind));
        }
    }

    #[test]
    fn a_claim_is_registered_until_the_debtor_hears_of_it() {
        assert_eq!(state(&Facts::default()), ClaimState::Registered);
        assert_eq!(state(&Facts { contacted: true, ..Facts::default() }), ClaimState::Open);
    }

    #[test]
    fn holds_show_while_they_last_and_protection_shows_first() {
        let holds = [HoldKind::Manual, HoldKind::Dispute, HoldKind::Protection];
        let facts = |count| Facts { contacted: true, holds: &holds[..count], ..Facts::default() };
        assert_eq!(state(&facts(3)), ClaimState::Protected);
        assert_eq!(state(&facts(2)), ClaimState::Disputed);
        assert_eq!(state(&facts(1)), ClaimState::OnHold);
        assert_eq!(state(&facts(0)), ClaimState::Open);
    }

    #[test]
    fn a_withdrawn_claim_stays_withdrawn_whatever_is_paid() {
        let facts = Facts { closure: Some(Closure::Withdrawn), paid: true, ..Facts::default() };
        assert_eq!(state(&facts), ClaimState::Withdrawn);
        assert!(ClaimState::ALL.iter().all(|to| !may_move(ClaimState::Withdrawn, *to)));
    }

    proptest! {
        #[test]
        fn no_fact_leads_through_a_step_that_the_table_forbids(
            contacted in any::<bool>(), arranged in any::<bool>(), paid in any::<bool>(),
            hold in 0usize..8, change in 0u8..5,
        ) {
            let holds = [HoldKind::ALL[hold]];
            let before = Facts { contacted, arranged, paid, closure: None, holds: &[] };
            let after = match change {
                0 => Facts { contacted: true, ..before },
                1 => Facts { arranged: !arranged, ..before },
                2 => Facts { paid: !paid, ..before },
                3 => Facts { holds: &holds, ..before },
                _ => Facts { closure: Some(Closure::WrittenOff), ..before },
            };
            let (from, to) = (state(&before), state(&after));
            prop_assert!(from == to || may_move(from, to), "{from:?} -> {to:?}");
        }
    }
}
