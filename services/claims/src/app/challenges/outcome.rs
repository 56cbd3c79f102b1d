//! What a decision does to the claims and to the person.

use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId, Money};

use super::{DETAILS, Decision, Details};
use crate::app::account::{Draft, book, entries};
use crate::app::change::{Cause, Why, follow};
use crate::app::holds::{NewHold, place};
use crate::app::protections::{self, NewProtection};
use crate::app::{person, today};
use crate::domain::account::{EntryKind, Subject};
use crate::domain::challenge::{ChallengeKind, ChallengeState};
use crate::domain::lifecycle::{Closure, HoldKind};
use crate::domain::protection::ProtectionKind;
use crate::domain::settlement::rest_on;
use crate::error::Error;
use crate::store::{challenge, claim};

/// `WRONG_PERSON_REASON_DECEASED` of the contract.
const DECEASED: i64 = 4;

/// How a challenge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was right.
    Upheld,
    /// It was right in part: so much is credited.
    PartlyUpheld(Money),
    /// It was not.
    Rejected,
}

impl Outcome {
    /// Where it leaves the challenge.
    pub const fn state(self) -> ChallengeState {
        match self {
            Self::Upheld => ChallengeState::Upheld,
            Self::PartlyUpheld(_) => ChallengeState::PartlyUpheld,
            Self::Rejected => ChallengeState::Rejected,
        }
    }
}

/// Refuses what cannot be: a part of a person, or of a payment, is none.
pub(super) fn check(row: &challenge::Model, outcome: Outcome) -> Result<(), Error> {
    let partly = matches!(outcome, Outcome::PartlyUpheld(_));
    if partly && row.kind()? != ChallengeKind::Dispute {
        return Err(Error::field("outcome", "only a dispute can be upheld in part"));
    }
    Ok(())
}

/// What a decision does to one claim, before the challenge's hold on it is released.
pub(super) async fn apply(
    work: &Work,
    claim: claim::Model,
    row: &challenge::Model,
    decision: &Decision<'_>,
    actor: &str,
) -> Result<claim::Model, Error> {
    let context = [row.challenge_id.as_str()];
    let why = |reason| Why::new(actor, reason).by(&context).noting(decision.reason);
    let closed = claim.state()?.is_closed();
    match (row.kind()?, decision.outcome) {
        (_, Outcome::Rejected) => Ok(claim),
        (_, Outcome::PartlyUpheld(credit)) => {
            credit_part(work, claim, credit, why("DISPUTE_PARTLY_UPHELD")).await
        }
        (_, Outcome::Upheld) if closed => Ok(claim),
        (ChallengeKind::Dispute, Outcome::Upheld) => {
            withdraw(work, claim, why("DISPUTE_UPHELD")).await
        }
        (ChallengeKind::IdentityTheft, Outcome::Upheld) => {
            withdraw(work, claim, why("IDENTITY_THEFT")).await
        }
        (ChallengeKind::AlreadyPaid, Outcome::Upheld) => {
            credit_payment(work, claim, row, why("PAYMENT_CONFIRMED")).await
        }
        (ChallengeKind::WrongPerson, Outcome::Upheld) if row.reason == DECEASED => Ok(claim),
        (ChallengeKind::WrongPerson, Outcome::Upheld) => {
            let hold = NewHold::new(HoldKind::Manual, "address to be traced");
            Ok(place(work, claim, hold, why("WRONG_PERSON_UPHELD")).await?.0)
        }
    }
}

async fn withdraw(
    work: &Work,
    mut claim: claim::Model,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    claim.closure = Some(Closure::Withdrawn.name().to_owned());
    follow(work, claim, why, None).await
}

async fn credit_part(
    work: &Work,
    mut claim: claim::Model,
    credit: Money,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    if credit.currency() != claim.currency()? || credit.minor_units() > claim.principal {
        return Err(Error::field("credit", "is more than the claim or in another currency"));
    }
    let subject = Subject::Objection;
    let draft = Draft::new(EntryKind::Credit, subject, claim.due_date, credit, why.actor);
    book(work, &mut claim, draft).await?;
    follow(work, claim, why, Some(Cause::Credit)).await
}

/// Credits what the creditor confirms to have received, as of the day on which it came: at most what is
/// open, as a payment that was found meanwhile has been booked by itself.
async fn credit_payment(
    work: &Work,
    mut claim: claim::Model,
    row: &challenge::Model,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    let debtor: DebtorId = row.debtor_id.parse()?;
    let details: Details = match &row.details {
        Some(sealed) => {
            work.open_json(debtor, DETAILS, &row.challenge_id, sealed).await?.unwrap_or_default()
        }
        None => Details::default(),
    };
    let currency = claim.currency()?;
    let value_date = details.paid_on.unwrap_or_else(|| kulanz_types::berlin_date(row.opened_at));
    let value_date = value_date.max(claim.due_date).min(today(work));
    let entries = entries(work, &claim).await?;
    let rest = rest_on(currency, &claim.terms()?, &entries, value_date)?;
    let stated = details.amount.filter(|amount| amount.currency() == currency);
    let credit = stated.filter(|amount| amount.minor_units() < rest.minor_units()).unwrap_or(rest);
    if !credit.is_positive() {
        return Ok(claim);
    }
    let subject = Subject::PaidBefore;
    let draft = Draft::new(EntryKind::Credit, subject, value_date, credit, why.actor);
    book(work, &mut claim, draft).await?;
    follow(work, claim, why, Some(Cause::Credit)).await
}

/// What a decision does to the person, once every claim has followed.
pub(super) async fn for_person(
    work: &Work,
    row: &challenge::Model,
    outcome: Outcome,
    actor: &str,
) -> Result<(), Error> {
    let debtor: DebtorId = row.debtor_id.parse()?;
    let personal = row.claim_id.is_none();
    if personal && outcome == Outcome::Upheld {
        if row.kind()? == ChallengeKind::WrongPerson && row.reason == DECEASED {
            let death = NewProtection::new(ProtectionKind::Death);
            protections::protect(work, debtor, death, actor).await?;
        } else {
            person::detach(work, debtor).await?;
        }
    }
    person::restate(work, &row.debtor_id).await
}

/// The claim of a dispute as it stands now.
pub async fn claim_of(work: &Work, row: &challenge::Model) -> Result<claim::Model, Error> {
    let id: ClaimId = row.claim_id.as_deref().unwrap_or_default().parse()?;
    claim::find(work, id).await?.ok_or_else(|| Error::not_found(id))
}
