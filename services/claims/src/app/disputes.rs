//! Objections to one claim.

use kulanz_store::Work;
use kulanz_types::{ClaimId, Money};

use super::challenges::{self, NewChallenge};
use super::change::{Why, locked_open};
use super::holds::{NewHold, place};
use crate::domain::challenge::ChallengeKind;
use crate::domain::lifecycle::HoldKind;
use crate::error::Error;
use crate::store::{challenge, claim, hold};

/// `DISPUTE_REASON_IDENTITY_THEFT` of the contract.
const IDENTITY_THEFT: i32 = 6;

/// An objection to be noted.
pub struct NewDispute<'a> {
    /// The claim.
    pub claim_id: ClaimId,
    /// What it is, by the number of the contract's enum.
    pub reason: i32,
    /// Whether the name was used by someone else.
    pub identity_theft: bool,
    /// In the debtor's words.
    pub explanation: &'a str,
    /// The part objected to.
    pub amount: Option<Money>,
}

/// Opens a dispute on a claim that is not closed.
pub async fn open(
    work: &Work,
    new: NewDispute<'_>,
    actor: &str,
) -> Result<(claim::Model, challenge::Model), Error> {
    let claim = locked_open(work, new.claim_id).await?;
    if new.amount.is_some_and(|amount| amount.minor_units() > claim.principal) {
        return Err(Error::field("disputed_amount", "is more than the claim"));
    }
    let (kind, silence) = if new.identity_theft {
        (ChallengeKind::IdentityTheft, HoldKind::IdentityTheft)
    } else {
        (ChallengeKind::Dispute, HoldKind::Dispute)
    };
    let noted = NewChallenge {
        kind,
        debtor_id: claim.debtor()?,
        claim_id: Some(new.claim_id),
        reason: new.reason,
        explanation: new.explanation,
        details: None,
        amount: new.amount,
    };
    let row = challenges::note(work, noted, actor).await?;
    let hold = NewHold::new(silence, "the debtor objects").by(&row.challenge_id);
    let context = [row.challenge_id.as_str()];
    let why = Why::new(actor, "DISPUTE_OPENED").by(&context);
    let (claim, _) = place(work, claim, hold, why).await?;
    challenges::tell(work, &row).await?;
    Ok((claim, row))
}

/// Opens what staff or the creditor pass on by holding a claim: a challenge like any other, with a clock and an
/// answer to come.
pub async fn pass_on(
    work: &Work,
    claim_id: ClaimId,
    (kind, hold): (ChallengeKind, NewHold<'_>),
    actor: &str,
) -> Result<(claim::Model, hold::Model), Error> {
    let claim = locked_open(work, claim_id).await?;
    let noted = NewChallenge {
        kind,
        debtor_id: claim.debtor()?,
        claim_id: Some(claim_id),
        reason: match kind {
            ChallengeKind::Dispute => challenges::OTHER,
            ChallengeKind::IdentityTheft => IDENTITY_THEFT,
            ChallengeKind::AlreadyPaid | ChallengeKind::WrongPerson => 0,
        },
        explanation: "",
        details: None,
        amount: None,
    };
    let row = challenges::note(work, noted, actor).await?;
    let context = [row.challenge_id.as_str()];
    let why = Why::new(actor, "HOLD_PLACED").by(&context).noting(hold.reason);
    let placed = place(work, claim, hold.by(&row.challenge_id), why).await?;
    challenges::tell(work, &row).await?;
    Ok(placed)
}
