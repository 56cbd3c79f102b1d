//! What a person says against a claim, or against being asked at all: a state machine as data.
//!
//! An undecided challenge stands where the facts put it (what was asked for, what has come); only a
//! decision ends it, and nothing leads back from there.

/// What a challenge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeKind {
    /// The debtor objects to the claim.
    Dispute,
    /// Someone is not the person who owes.
    WrongPerson,
    /// It is said to be paid.
    AlreadyPaid,
    /// Someone used the person's name.
    IdentityTheft,
}

impl ChallengeKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Dispute, Self::WrongPerson, Self::AlreadyPaid, Self::IdentityTheft];

    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::WrongPerson => "wrong_person",
            Self::AlreadyPaid => "already_paid",
            Self::IdentityTheft => "identity_theft",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What would show it, asked for or not. A place for anything else is always there.
    pub const fn slots(self) -> &'static [&'static str] {
        match self {
            Self::Dispute => &["correspondence", "returned_goods", OTHER],
            Self::WrongPerson => &["proof_of_identity", OTHER],
            Self::AlreadyPaid => &["proof_of_payment", OTHER],
            Self::IdentityTheft => &["police_report", OTHER],
        }
    }
}

/// The slot for whatever fits no other.
pub const OTHER: &str = "other";

/// What a slot that is always there is for, in German or English.
pub fn wanted(slot: &str, english: bool) -> &'static str {
    match (slot, english) {
        ("correspondence", false) => "Schriftwechsel mit dem Gläubiger",
        ("correspondence", true) => "Your correspondence with the creditor",
        ("returned_goods", false) => "Nachweis der Rücksendung oder des Widerrufs",
        ("returned_goods", true) => {
            "Proof that you returned the goods or withdrew from the contract"
        }
        ("proof_of_identity", false) => "Nachweis, wer Sie sind; Ausweisnummer bitte schwärzen",
        ("proof_of_identity", true) => "Proof of who you are; please black out the document number",
        ("proof_of_payment", false) => "Zahlungsbeleg oder Kontoauszug",
        ("proof_of_payment", true) => "Receipt or bank statement",
        ("police_report", false) => "Strafanzeige oder deren Aktenzeichen",
        ("police_report", true) => "Police report or its file number",
        (_, false) => "Was Sie sonst zeigen möchten",
        (_, true) => "Anything else you would like to show",
    }
}

/// Whether a text can name a slot.
pub fn is_slot(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=40).contains(&name.len()) && name.bytes().all(plain)
}

/// Where a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeState {
    /// Raised, nobody has looked at it.
    Received,
    /// The person was asked to show something that has not come.
    EvidenceWanted,
    /// The creditor was asked and has not answered.
    WithCreditor,
    /// All that was asked for is there.
    ToDecide,
    /// It was right.
    Upheld,
    /// It was right in part.
    PartlyUpheld,
    /// It was not.
    Rejected,
}

impl ChallengeState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::EvidenceWanted,
        Self::WithCreditor,
        Self::ToDecide,
        Self::Upheld,
        Self::PartlyUpheld,
        Self::Rejected,
    ];

    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::EvidenceWanted => "evidence_wanted",
            Self::WithCreditor => "with_creditor",
            Self::ToDecide => "to_decide",
            Self::Upheld => "upheld",
            Self::PartlyUpheld => "partly_upheld",
            Self::Rejected => "rejected",
        }
    }

    /// The state with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether someone has decided.
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Upheld | Self::PartlyUpheld | Self::Rejected)
    }
}

/// From which state a challenge may move to which.
pub const TRANSITIONS: &[(ChallengeState, &[ChallengeState])] = {
    use ChallengeState::{
        EvidenceWanted, PartlyUpheld, Received, Rejected, ToDecide, Upheld, WithCreditor,
    };
    &[
        (Received, &[EvidenceWanted, WithCreditor, Upheld, PartlyUpheld, Rejected]),
        (EvidenceWanted, &[WithCreditor, ToDecide, Upheld, PartlyUpheld, Rejected]),
        (WithCreditor, &[EvidenceWanted, ToDecide, Upheld, PartlyUpheld, Rejected]),
        (ToDecide, &[EvidenceWanted, WithCreditor, Upheld, PartlyUpheld, Rejected]),
        (Upheld, &[]),
        (PartlyUpheld, &[]),
        (Rejected, &[]),
    ]
};

/// Whether a challenge may move from one state to another.
pub fn may_move(from: ChallengeState, to: ChallengeState) -> bool {
    TRANSITIONS.iter().any(|(state, next)| *state == from && next.contains(&to))
}

/// What an undecided challenge waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// Something that the person was asked to show has not come.
    pub evidence: bool,
    /// A question to the creditor about it is open.
    pub question: bool,
    /// Someone has asked the person or the creditor before.
    pub looked_at: bool,
}

/// Where an undecided challenge stands by what it waits for: the creditor before the person, as it is for
/// the creditor to show that the claim exists.
pub const fn standing(pending: Pending) -> ChallengeState {
    match pending {
        Pending { question: true, .. } => ChallengeState::WithCreditor,
        Pending { evidence: true, .. } => ChallengeState::EvidenceWanted,
        Pending { looked_at: true, .. } => ChallengeState::ToDecide,
        _ => ChallengeState::Received,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for state in ChallengeState::ALL {
            assert_eq!(ChallengeState::named(state.name()), Some(state));
        }
        for kind in ChallengeKind::ALL {
            assert_eq!(ChallengeKind::named(kind.name()), Some(kind));
            assert!(kind.slots().iter().all(|slot| is_slot(slot)));
            assert!(kind.slots().contains(&OTHER));
        }
    }

    #[test]
    fn nothing_leads_back_from_a_decision() {
        for state in ChallengeState::ALL {
            let stuck = ChallengeState::ALL.iter().all(|to| !may_move(state, *to));
            assert_eq!(stuck, state.is_decided(), "{state:?}");
        }
    }

    #[test]
    fn a_slot_has_a_plain_name() {
        assert!(is_slot("proof_of_payment"));
        for name in ["", "Proof", "a b", "../x", &"x".repeat(41)] {
            assert!(!is_slot(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_history_of_requests_and_answers_leaves_the_table(
            steps in prop::collection::vec(0u8..4, 1..40),
            outcome in 0usize..3,
        ) {
            let mut pending = Pending::default();
            let mut from = standing(pending);
            for step in steps {
                match step {
                    0 => (pending.evidence, pending.looked_at) = (true, true),
                    1 => pending.evidence = false,
                    2 => (pending.question, pending.looked_at) = (true, true),
                    _ => pending.question = false,
                }
                let to = standing(pending);
                prop_assert!(from == to || may_move(from, to), "{from:?} -> {to:?}");
                from = to;
            }
            let end = [ChallengeState::Upheld, ChallengeState::PartlyUpheld, ChallengeState::Rejected];
            prop_assert!(may_move(from, end[outcome]));
        }
    }
}
