//! What a person tells us that silences claims at once: not me, already paid.

use std::collections::HashSet;

use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId};

use super::challenges::{self, Details, NewChallenge};
use super::change::{Why, locked_open};
use super::debtors;
use super::holds::{NewHold, place};
use super::person::{self, disown};
use crate::domain::challenge::ChallengeKind;
use crate::domain::lifecycle::HoldKind;
use crate::error::Error;
use crate::store::{challenge, claim};

/// What is wrong about the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPerson {
    /// Never was the one.
    NotMe,
    /// The contact point belongs to someone else.
    ContactPointNotMine,
    /// The person moved away.
    Moved,
    /// The person died.
    Deceased,
    /// Someone used the person's name.
    IdentityTheft,
}

impl WrongPerson {
    const fn hold(self) -> HoldKind {
        match self {
            Self::NotMe | Self::ContactPointNotMine | Self::Moved => HoldKind::WrongPerson,
            Self::Deceased => HoldKind::Protection,
            Self::IdentityTheft => HoldKind::IdentityTheft,
        }
    }

    const fn challenge(self) -> ChallengeKind {
        match self {
            Self::IdentityTheft => ChallengeKind::IdentityTheft,
            _ => ChallengeKind::WrongPerson,
        }
    }

    /// Whether the addresses we hold belong to someone else.
    const fn disowns(self) -> bool {
        matches!(self, Self::NotMe | Self::ContactPointNotMine)
    }
}

/// A report to be noted.
pub struct NewReport<'a> {
    /// What is wrong.
    pub reason: WrongPerson,
    /// Its number in the contract's enum.
    pub number: i32,
    /// In their words.
    pub explanation: &'a str,
    /// Who says so.
    pub actor: &'a str,
}

/// Notes that someone is not the person who owes: every claim of the debtor is silent at once, and no
/// address of the debtor is used for anyone.
pub async fn wrong_person(
    work: &Work,
    debtor_id: DebtorId,
    new: NewReport<'_>,
) -> Result<challenge::Model, Error> {
    debtors::get(work, debtor_id).await?;
    let details = Details { explanation: new.explanation.to_owned(), ..Details::default() };
    let noted = NewChallenge {
        kind: new.reason.challenge(),
        debtor_id,
        claim_id: None,
        reason: new.number,
        explanation: "",
        details: Some(&details),
        amount: None,
    };
    let challenge = challenges::note(work, noted, new.actor).await?;
    let mut silent = HashSet::new();
    silence_all(work, &challenge, &new, &mut silent).await?;
    work.about(debtor_id);
    let view = debtors::locked(work, debtor_id).await?;
    // An import that had the debtor in hand may have added claims meanwhile.
    silence_all(work, &challenge, &new, &mut silent).await?;
    let mut row = view.row;
    person::state_of(work, &row.debtor_id).await?.clone_into(&mut row.state);
    match view.profile {
        Some(mut profile) if new.reason.disowns() => {
            disown(work, &row, &mut profile).await?;
            debtors::change(work, row, &profile, &["state", "contact_points"]).await?;
        }
        _ => drop(debtors::touch(work, row, &["state"]).await?),
    }
    challenges::tell(work, &challenge).await?;
    Ok(challenge)
}

/// Silences every claim of the debtor that is not `silent` yet.
async fn silence_all(
    work: &Work,
    challenge: &challenge::Model,
    new: &NewReport<'_>,
    silent: &mut HashSet<ClaimId>,
) -> Result<(), Error> {
    for claim in claim::of_debtors(work, vec![challenge.debtor_id.clone()]).await? {
        let id = claim.id()?;
        if silent.insert(id) {
            silence(work, id, &challenge.challenge_id, new).await?;
        }
    }
    Ok(())
}

async fn silence(
    work: &Work,
    claim_id: ClaimId,
    challenge_id: &str,
    new: &NewReport<'_>,
) -> Result<(), Error> {
    let claim = match locked_open(work, claim_id).await {
        Err(Error::ClaimState { .. }) => return Ok(()),
        other => other?,
    };
    let hold = NewHold::new(new.reason.hold(), "reported by whoever was reached").by(challenge_id);
    let context = [challenge_id];
    let why = Why::new(new.actor, "WRONG_PERSON_REPORTED").by(&context);
    place(work, claim, hold, why).await?;
    Ok(())
}

/// Notes that the debtor says that a claim is paid.
pub async fn already_paid(
    work: &Work,
    claim_id: ClaimId,
    details: &Details,
    actor: &str,
) -> Result<(claim::Model, challenge::Model), Error> {
    let claim = locked_open(work, claim_id).await?;
    let noted = NewChallenge {
        kind: ChallengeKind::AlreadyPaid,
        debtor_id: claim.debtor()?,
        claim_id: Some(claim_id),
        reason: 0,
        explanation: "",
        details: Some(details),
        amount: None,
    };
    let row = challenges::note(work, noted, actor).await?;
    let reason = "the debtor says that it is paid";
    let hold = NewHold::new(HoldKind::AlreadyPaid, reason).by(&row.challenge_id);
    let context = [row.challenge_id.as_str()];
    let why = Why::new(actor, "PAYMENT_CLAIMED").by(&context);
    let (claim, _) = place(work, claim, hold, why).await?;
    challenges::tell(work, &row).await?;
    Ok((claim, row))
}
