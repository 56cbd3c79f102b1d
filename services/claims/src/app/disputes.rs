//! Objections: the claim is silent from the same second, until someone decides with a reason.

use chrono::{Days, NaiveDate};
use kulanz_store::Work;
use kulanz_types::calendar::{State, next_working_day};
use kulanz_types::{ClaimId, DebtorId, DisputeId, HoldId, Money};

use super::change::{Cause, Why, book, follow, locked, locked_open};
use super::holds::{NewHold, place, release};
use super::today;
use crate::domain::account::EntryKind;
use crate::domain::lifecycle::{Closure, HoldKind};
use crate::error::Error;
use crate::store::{claim, dispute, hold};

/// Column under which the debtor's words are sealed.
pub const EXPLANATION: &str = "dispute.explanation";
/// Column under which the answer is sealed.
pub const RESOLUTION: &str = "dispute.resolution";

/// Days within which a person is promised an answer.
const ANSWER_DAYS: u64 = 14;

/// By when a person is promised an answer: two weeks, at the next working day.
pub fn answer_by(work: &Work) -> NaiveDate {
    let day = today(work);
    let last = day.checked_add_days(Days::new(ANSWER_DAYS)).unwrap_or(day);
    next_working_day(last, State::Nationwide)
}

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
) -> Result<(claim::Model, dispute::Model), Error> {
    let claim = locked_open(work, new.claim_id).await?;
    if new.amount.is_some_and(|amount| amount.minor_units() > claim.principal) {
        return Err(Error::field("disputed_amount", "is more than the claim"));
    }
    let debtor: DebtorId = claim.debtor()?;
    let dispute_id = DisputeId::generate(work.seeds(), work.now()).to_string();
    let explanation = match new.explanation {
        "" => None,
        text => Some(work.seal(debtor, EXPLANATION, &dispute_id, text.as_bytes()).await?),
    };
    let kind = if new.identity_theft { HoldKind::IdentityTheft } else { HoldKind::Dispute };
    let hold = NewHold { kind, reason: "the debtor objects", expires_at: None };
    let (claim, hold) = place(work, claim, hold, Why::new(actor, "DISPUTE_OPENED")).await?;
    let row = dispute::Model {
        tenant_id: work.tenant().to_string(),
        dispute_id,
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        hold_id: hold.hold_id,
        reason: new.reason.into(),
        explanation,
        disputed_amount: new.amount.map(Money::minor_units),
        state: OPEN,
        opened_at: work.now(),
        answer_by: answer_by(work),
        resolution: None,
        resolved_at: None,
    };
    dispute::insert(work, row.clone()).await?;
    Ok((claim, row))
}

/// `DISPUTE_STATE_OPEN` of the contract.
const OPEN: i64 = 1;

/// How a dispute ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The objection was right: nothing is owed.
    Upheld,
    /// It was right in part: so much is credited.
    PartlyUpheld(Money),
    /// The claim stands.
    Rejected,
}

/// Ends a dispute with an answer for the person; `state` is its number in the contract's enum.
pub async fn resolve(
    work: &Work,
    id: DisputeId,
    (outcome, state): (Outcome, i32),
    resolution: &str,
    actor: &str,
) -> Result<(claim::Model, dispute::Model), Error> {
    let found = dispute::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let claim = locked(work, found.claim_id.parse()?).await?;
    // Read again under the claim's lock: two answers at once must not both find it open.
    let mut row = dispute::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    if row.state != OPEN {
        return Err(Error::DisputeResolved(row.dispute_id));
    }
    let debtor: DebtorId = claim.debtor()?;
    row.resolution =
        Some(work.seal(debtor, RESOLUTION, &row.dispute_id, resolution.as_bytes()).await?);
    row.state = state.into();
    row.resolved_at = Some(work.now());
    dispute::update(work, row.clone()).await?;
    let claim = settle_outcome(work, claim, outcome, actor).await?;
    let claim = release_hold(work, claim, &row.hold_id, actor).await?;
    Ok((claim, row))
}

async fn settle_outcome(
    work: &Work,
    mut claim: claim::Model,
    outcome: Outcome,
    actor: &str,
) -> Result<claim::Model, Error> {
    let why = Why::new(actor, "DISPUTE_UPHELD");
    match outcome {
        Outcome::Rejected => Ok(claim),
        Outcome::Upheld if claim.state()?.is_closed() => Ok(claim),
        Outcome::Upheld => {
            claim.closure = Some(Closure::Withdrawn.name().to_owned());
            follow(work, claim, why, None).await
        }
        Outcome::PartlyUpheld(credit) => {
            if credit.currency() != claim.currency()? || credit.minor_units() > claim.principal {
                return Err(Error::field(
                    "credit",
                    "is more than the claim or in another currency",
                ));
            }
            let note = (actor, "§ 13a Abs. 2 RDG", "");
            book(work, &claim, EntryKind::Credit, claim.due_date, credit, note).await?;
            follow(work, claim, Why::new(actor, "DISPUTE_PARTLY_UPHELD"), Some(Cause::Credit)).await
        }
    }
}

async fn release_hold(
    work: &Work,
    claim: claim::Model,
    hold_id: &str,
    actor: &str,
) -> Result<claim::Model, Error> {
    let hold_id: HoldId = hold_id.parse()?;
    match hold::find_unreleased(work, &claim.claim_id, hold_id).await? {
        Some(hold) => {
            let why = Why::new(actor, "DISPUTE_RESOLVED");
            release(work, claim, hold, "the dispute is resolved", why).await
        }
        None => Ok(claim),
    }
}
