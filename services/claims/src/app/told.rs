//! The domain's terms as events and answers tell them.

use kulanz_proto::claims::v1 as wire;

use crate::domain::challenge::{ChallengeKind, ChallengeState};
use crate::domain::lifecycle::{ClaimState, HoldKind};
use crate::domain::protection::ProtectionKind;
use crate::domain::statement::Totals;

/// A state on the wire.
pub fn claim_state(state: ClaimState) -> wire::ClaimState {
    match state {
        ClaimState::Registered => wire::ClaimState::Registered,
        ClaimState::Open => wire::ClaimState::Open,
        ClaimState::Arranged => wire::ClaimState::Arranged,
        ClaimState::Recovering => wire::ClaimState::Recovering,
        ClaimState::PaymentClaimed => wire::ClaimState::PaymentClaimed,
        ClaimState::Questioned => wire::ClaimState::Questioned,
        ClaimState::Paid => wire::ClaimState::Paid,
        ClaimState::Sold => wire::ClaimState::Sold,
        ClaimState::Returned => wire::ClaimState::Returned,
        ClaimState::Disputed => wire::ClaimState::Disputed,
        ClaimState::OnHold => wire::ClaimState::OnHold,
        ClaimState::Protected => wire::ClaimState::Protected,
        ClaimState::Settled => wire::ClaimState::Settled,
        ClaimState::Withdrawn => wire::ClaimState::Withdrawn,
        ClaimState::WrittenOff => wire::ClaimState::WrittenOff,
        ClaimState::TimeBarred => wire::ClaimState::TimeBarred,
    }
}

/// A hold's kind on the wire.
pub fn hold_kind(kind: HoldKind) -> wire::HoldKind {
    match kind {
        HoldKind::Dispute => wire::HoldKind::Dispute,
        HoldKind::WrongPerson => wire::HoldKind::WrongPerson,
        HoldKind::AlreadyPaid => wire::HoldKind::AlreadyPaid,
        HoldKind::CreditorQuestion => wire::HoldKind::CreditorQuestion,
        HoldKind::Protection => wire::HoldKind::Protection,
        HoldKind::Represented => wire::HoldKind::Represented,
        HoldKind::Manual => wire::HoldKind::Manual,
        HoldKind::IdentityTheft => wire::HoldKind::IdentityTheft,
    }
}

/// A protection's kind on the wire.
pub fn protection_kind(kind: ProtectionKind) -> wire::ProtectionKind {
    match kind {
        ProtectionKind::Insolvency => wire::ProtectionKind::Insolvency,
        ProtectionKind::Death => wire::ProtectionKind::Death,
        ProtectionKind::DebtAdviser => wire::ProtectionKind::DebtAdviser,
        ProtectionKind::Lawyer => wire::ProtectionKind::Lawyer,
        ProtectionKind::Guardian => wire::ProtectionKind::Guardian,
        ProtectionKind::Vulnerable => wire::ProtectionKind::Vulnerable,
    }
}

/// A challenge's kind on the wire.
pub fn challenge_kind(kind: ChallengeKind) -> wire::ChallengeKind {
    match kind {
        ChallengeKind::Dispute => wire::ChallengeKind::Dispute,
        ChallengeKind::WrongPerson => wire::ChallengeKind::WrongPerson,
        ChallengeKind::AlreadyPaid => wire::ChallengeKind::AlreadyPaid,
        ChallengeKind::IdentityTheft => wire::ChallengeKind::IdentityTheft,
    }
}

/// A challenge's state on the wire.
pub fn challenge_state(state: ChallengeState) -> wire::ChallengeState {
    match state {
        ChallengeState::Received => wire::ChallengeState::Received,
        ChallengeState::EvidenceWanted => wire::ChallengeState::EvidenceWanted,
        ChallengeState::WithCreditor => wire::ChallengeState::WithCreditor,
        ChallengeState::ToDecide => wire::ChallengeState::ToDecide,
        ChallengeState::Upheld => wire::ChallengeState::Upheld,
        ChallengeState::PartlyUpheld => wire::ChallengeState::PartlyUpheld,
        ChallengeState::Rejected => wire::ChallengeState::Rejected,
    }
}

/// What is open.
pub fn balance(totals: &Totals) -> wire::Balance {
    wire::Balance {
        principal: Some(totals.principal.into()),
        interest: Some(totals.interest.into()),
        costs: Some(totals.costs.into()),
        credits: Some(totals.credits.into()),
        total: Some(totals.total.into()),
    }
}
