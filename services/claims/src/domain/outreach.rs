//! May a debtor be contacted about a claim now? Each objection is a rule with a stable id.

use super::lifecycle::{ClaimState, HoldKind};

/// What a contact is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Asking for payment or offering a way to pay.
    Collect,
    /// Answering what the debtor asked or did.
    Answer,
    /// Telling what the law demands.
    LegalNotice,
}

/// Who would read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The debtor.
    Debtor,
    /// Whoever acts for the debtor.
    Representative,
}

/// A rule that stands against a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The rule: `claims.hold.dispute`.
    pub rule_id: String,
    /// Why, for staff.
    pub reason: &'static str,
}

/// The rule ids of a debtor as such.
pub const DEBTOR_UNKNOWN: &str = "claims.debtor.unknown";
/// The claim does not exist or is another debtor's.
pub const CLAIM_UNKNOWN: &str = "claims.claim.unknown";
/// No claim was named: a contact without one has no reason.
pub const CLAIM_MISSING: &str = "claims.claim.missing";
/// Someone says that this is not the person who owes.
pub const IDENTITY_DOUBTED: &str = "claims.debtor.identity_doubted";
/// The person is protected as a whole, whatever claim it is about.
pub const DEBTOR_PROTECTED: &str = "claims.debtor.protected";
/// The address belongs to someone else, whoever's claim it is about.
pub const CONTACT_POINT_DISOWNED: &str = "claims.contact_point.disowned";
/// The processing of the person's data is restricted (Art. 18 GDPR).
pub const RESTRICTED: &str = "claims.debtor.restricted";
/// Nobody is named who acts for the debtor.
pub const UNREPRESENTED: &str = "claims.debtor.unrepresented";
/// The personal data was erased.
pub const DEBTOR_ERASED: &str = "claims.debtor.erased";

/// What stands against contacting the debtor of a claim for `purpose`. Nothing: the contact may be made.
pub fn blocks(state: ClaimState, holds: &[HoldKind], purpose: Purpose, to: Reader) -> Vec<Block> {
    let mut blocks: Vec<Block> = holds
        .iter()
        .filter(|hold| hold_silences(**hold, purpose, to))
        .map(|hold| Block { rule_id: format!("claims.hold.{}", hold.name()), reason: why(*hold) })
        .collect();
    if state_silences(state, purpose) {
        let rule_id = format!("claims.state.{}", state.name());
        blocks.push(Block { rule_id, reason: "nothing is pursued on this claim any more" });
    }
    blocks
}

/// Every hold silences whatever asks for something; an answer to the debtor's own step may still go out,
/// unless it might reach the wrong person, or someone whom the law shields: it may then go to whoever acts
/// for them.
fn hold_silences(hold: HoldKind, purpose: Purpose, to: Reader) -> bool {
    match purpose {
        Purpose::Collect | Purpose::LegalNotice => true,
        Purpose::Answer => match hold {
            HoldKind::WrongPerson | HoldKind::IdentityTheft => true,
            HoldKind::Protection | HoldKind::Represented => to == Reader::Debtor,
            HoldKind::Dispute
            | HoldKind::AlreadyPaid
            | HoldKind::CreditorQuestion
            | HoldKind::Manual => false,
        },
    }
}

fn state_silences(state: ClaimState, purpose: Purpose) -> bool {
    state.is_closed() && purpose != Purpose::Answer
}

const fn why(hold: HoldKind) -> &'static str {
    match hold {
        HoldKind::Dispute => "the debtor objects to the claim",
        HoldKind::WrongPerson => "this may not be the person who owes",
        HoldKind::AlreadyPaid => "the debtor says that it is paid",
        HoldKind::CreditorQuestion => "a question to the creditor is open",
        HoldKind::Protection => "the law forbids contact",
        HoldKind::Represented => "someone acts for the debtor",
        HoldKind::Manual => "the claim is on hold",
        HoldKind::IdentityTheft => "an identity theft is reported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_claim_may_be_asked_for() {
        assert!(blocks(ClaimState::Open, &[], Purpose::Collect, Reader::Debtor).is_empty());
    }

    #[test]
    fn every_hold_silences_collection_and_names_its_rule() {
        for hold in HoldKind::ALL {
            let found = blocks(ClaimState::Open, &[hold], Purpose::Collect, Reader::Debtor);
            assert_eq!(found[0].rule_id, format!("claims.hold.{}", hold.name()));
            assert!(
                !blocks(ClaimState::Open, &[hold], Purpose::LegalNotice, Reader::Debtor).is_empty()
            );
        }
    }

    #[test]
    fn closed_claims_are_silent_but_a_receipt_may_go_out() {
        for state in ClaimState::ALL.into_iter().filter(|state| state.is_closed()) {
            assert_eq!(blocks(state, &[], Purpose::Collect, Reader::Debtor).len(), 1);
            assert!(blocks(state, &[], Purpose::Answer, Reader::Debtor).is_empty());
        }
    }

    #[test]
    fn an_answer_never_reaches_the_wrong_person() {
        assert!(
            blocks(ClaimState::Disputed, &[HoldKind::Dispute], Purpose::Answer, Reader::Debtor)
                .is_empty()
        );
        assert!(
            !blocks(ClaimState::OnHold, &[HoldKind::WrongPerson], Purpose::Answer, Reader::Debtor)
                .is_empty()
        );
    }

    #[test]
    fn what_shields_a_person_stands_against_none_but_them() {
        for hold in [HoldKind::Protection, HoldKind::Represented] {
            let of = |purpose, to| blocks(ClaimState::Protected, &[hold], purpose, to).is_empty();
            assert!(!of(Purpose::Answer, Reader::Debtor));
            assert!(of(Purpose::Answer, Reader::Representative));
            assert!(!of(Purpose::Collect, Reader::Representative));
        }
        let doubted = [HoldKind::WrongPerson];
        let found = blocks(ClaimState::OnHold, &doubted, Purpose::Answer, Reader::Representative);
        assert_eq!(found.len(), 1);
    }
}
