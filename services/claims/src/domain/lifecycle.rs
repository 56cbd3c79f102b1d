//! Where a claim stands: derived from facts, never written by itself.
//!
//! Events of other services arrive in any order and more than once. A state that follows from facts ends
//! up the same however they came; the table of transitions says which steps a history may show.

use serde::{Deserialize, Serialize};

use super::challenge::ChallengeKind;

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
    /// An arrangement or a promise was not kept and nothing newer runs.
    Recovering,
    /// The debtor objects.
    Disputed,
    /// The debtor says that it is paid.
    PaymentClaimed,
    /// A question to the creditor is open.
    Questioned,
    /// Held for another reason.
    OnHold,
    /// The person is protected.
    Protected,
    /// Paid in full.
    Paid,
    /// Ended by agreement for less than all.
    Settled,
    /// Taken back by the creditor.
    Withdrawn,
    /// Given up as not recoverable.
    WrittenOff,
    /// Sold to another creditor.
    Sold,
    /// Given back to the creditor, still owed.
    Returned,
    /// No longer enforceable against the debtor's will (§ 214 BGB).
    TimeBarred,
}

impl ClaimState {
    /// Every state.
    pub const ALL: [Self; 16] = [
        Self::Registered,
        Self::Open,
        Self::Arranged,
        Self::Recovering,
        Self::Disputed,
        Self::PaymentClaimed,
        Self::Questioned,
        Self::OnHold,
        Self::Protected,
        Self::Paid,
        Self::Settled,
        Self::Withdrawn,
        Self::WrittenOff,
        Self::Sold,
        Self::Returned,
        Self::TimeBarred,
    ];

    /// Whether nothing is pursued any more.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Paid
                | Self::Settled
                | Self::Withdrawn
                | Self::WrittenOff
                | Self::Sold
                | Self::Returned
                | Self::TimeBarred
        )
    }

    /// The name as it is kept and as it ends a rule id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Open => "open",
            Self::Arranged => "arranged",
            Self::Recovering => "recovering",
            Self::Disputed => "disputed",
            Self::PaymentClaimed => "payment_claimed",
            Self::Questioned => "questioned",
            Self::OnHold => "on_hold",
            Self::Protected => "protected",
            Self::Paid => "paid",
            Self::Settled => "settled",
            Self::Withdrawn => "withdrawn",
            Self::WrittenOff => "written_off",
            Self::Sold => "sold",
            Self::Returned => "returned",
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

    /// What somebody objects, if that is why: silence then ends with a decision, and not by itself.
    pub const fn objection(self) -> Option<ChallengeKind> {
        match self {
            Self::Dispute => Some(ChallengeKind::Dispute),
            Self::WrongPerson => Some(ChallengeKind::WrongPerson),
            Self::AlreadyPaid => Some(ChallengeKind::AlreadyPaid),
            Self::IdentityTheft => Some(ChallengeKind::IdentityTheft),
            Self::CreditorQuestion | Self::Protection | Self::Represented | Self::Manual => None,
        }
    }

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
            Self::AlreadyPaid => ClaimState::PaymentClaimed,
            Self::CreditorQuestion => ClaimState::Questioned,
            Self::WrongPerson | Self::Manual => ClaimState::OnHold,
        }
    }
}

/// How a claim was ended by a decision. Decisions are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closure {
    /// The creditor took it back.
    Withdrawn,
    /// It was given up.
    WrittenOff,
    /// The creditor assigned it to a buyer (§ 398 BGB).
    Sold,
    /// The creditor ended the placement: it goes back, still owed.
    Returned,
}

impl Closure {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Withdrawn, Self::WrittenOff, Self::Sold, Self::Returned];

    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        self.state().name()
    }

    /// The closure with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|closure| closure.name() == name)
    }

    /// The state in which it leaves a claim.
    pub const fn state(self) -> ClaimState {
        match self {
            Self::Withdrawn => ClaimState::Withdrawn,
            Self::WrittenOff => ClaimState::WrittenOff,
            Self::Sold => ClaimState::Sold,
            Self::Returned => ClaimState::Returned,
        }
    }
}

/// What was agreed with the debtor, as the newest of it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Agreement {
    /// Nothing, or it was kept or has lapsed.
    #[default]
    None,
    /// An arrangement or a promise is running. A missed instalment alone does not end an arrangement:
    /// both sides stay bound until payments says that it broke.
    Running,
    /// The newest one was not kept.
    Broken,
}

/// What the state follows from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts<'a> {
    /// The debtor was contacted at least once.
    pub contacted: bool,
    /// What was agreed.
    pub agreement: Agreement,
    /// Nothing is open.
    pub paid: bool,
    /// What was agreed instead of all was paid: the rest is waived (§ 397 Abs. 1 BGB).
    pub settled: bool,
    /// The period of limitation has run out (§ 214 BGB).
    pub time_barred: bool,
    /// It was ended by a decision.
    pub closure: Option<Closure>,
    /// Holds in force.
    pub holds: &'a [HoldKind],
}

/// The holds' states in the order in which they show.
const SHOWN: [ClaimState; 5] = [
    ClaimState::Protected,
    ClaimState::Disputed,
    ClaimState::PaymentClaimed,
    ClaimState::Questioned,
    ClaimState::OnHold,
];

/// The state that follows from the facts: a decision first, then payment, limitation, holds, and what
/// is left.
pub fn state(facts: &Facts<'_>) -> ClaimState {
    if let Some(closure) = facts.closure {
        return closure.state();
    }
    if facts.settled {
        return ClaimState::Settled;
    }
    if facts.paid {
        return ClaimState::Paid;
    }
    if facts.time_barred {
        return ClaimState::TimeBarred;
    }
    let shown = |wanted| facts.holds.iter().any(|hold| hold.shown() == wanted);
    SHOWN.into_iter().find(|state| shown(*state)).unwrap_or(match facts.agreement {
        Agreement::Running => ClaimState::Arranged,
        Agreement::Broken => ClaimState::Recovering,
        Agreement::None if facts.contacted => ClaimState::Open,
        Agreement::None => ClaimState::Registered,
    })
}

/// From which state a claim may move to which. A claim that is paid, settled or barred comes back when a
/// payment is returned or a fact about the period is learnt late; decisions are final; a claim of which
/// the debtor has heard is never only registered again, unless the silence between hid that they have
/// not.
pub const TRANSITIONS: &[(ClaimState, &[ClaimState])] = {
    use ClaimState::{
        Arranged, Disputed, OnHold, Open, Paid, PaymentClaimed, Protected, Questioned, Recovering,
        Registered, Returned, Settled, Sold, TimeBarred, Withdrawn, WrittenOff,
    };
    &[
        (
            Registered,
            &[
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Open,
            &[
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Arranged,
            &[
                Registered,
                Open,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Recovering,
            &[
                Registered,
                Open,
                Arranged,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Disputed,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            PaymentClaimed,
            &[
                Registered, Open, Arranged, Recovering, Disputed, Questioned, OnHold, Protected,
                Paid, Settled, Withdrawn, WrittenOff, Sold, Returned, TimeBarred,
            ],
        ),
        (
            Questioned,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            OnHold,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Protected,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Paid,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (
            Settled,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
                TimeBarred,
            ],
        ),
        (Withdrawn, &[]),
        (WrittenOff, &[]),
        (Sold, &[]),
        (Returned, &[]),
        (
            TimeBarred,
            &[
                Registered,
                Open,
                Arranged,
                Recovering,
                Disputed,
                PaymentClaimed,
                Questioned,
                OnHold,
                Protected,
                Paid,
                Settled,
                Withdrawn,
                WrittenOff,
                Sold,
                Returned,
            ],
        ),
    ]
};

/// Whether a claim may move from one state to another.
pub fn may_move(from: ClaimState, to: ClaimState) -> bool {
    TRANSITIONS.iter().any(|(state, next)| *state == from && next.contains(&to))
}

#[cfg(test)]
mod tests;
