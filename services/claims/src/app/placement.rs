//! Ends of a claim's placement here while it is still owed: sold, given back.

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::ClaimId;

use super::change::{Why, follow, locked_open};
use crate::domain::lifecycle::{Agreement, Closure};
use crate::error::Error;
use crate::store::{arrangement, assignment, claim};

/// What the debtor agreed on is kept here and binds whoever holds the claim (§ 404 BGB): it must not be
/// lost on the way. Without a word that it is taken over, the claim stays.
async fn leaving(work: &Work, claim_id: ClaimId, taken_over: bool) -> Result<claim::Model, Error> {
    let claim = locked_open(work, claim_id).await?;
    let running = arrangement::standing(work, &claim.claim_id).await? == Agreement::Running;
    if running && !taken_over {
        return Err(Error::ClaimArranged(claim.claim_id));
    }
    Ok(claim)
}

/// A sale.
pub struct Sale<'a> {
    /// The buyer's firm.
    pub buyer_name: &'a str,
    /// The day of the assignment.
    pub assigned_on: NaiveDate,
    /// The buyer has taken over what the debtor agreed on.
    pub arrangement_taken_over: bool,
}

/// Hands a claim that is not closed over to a buyer (§ 398 BGB).
pub async fn sell(
    work: &Work,
    claim_id: ClaimId,
    sale: Sale<'_>,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    let mut claim = leaving(work, claim_id, sale.arrangement_taken_over).await?;
    if sale.assigned_on < claim.contract_date.unwrap_or(claim.due_date).min(claim.due_date) {
        return Err(Error::field("sold_on", "lies before the claim arose"));
    }
    let row = assignment::Model {
        tenant_id: claim.tenant_id.clone(),
        claim_id: claim.claim_id.clone(),
        buyer_name: sale.buyer_name.to_owned(),
        assigned_on: sale.assigned_on,
        recorded_at: work.now(),
    };
    assignment::insert(work, row).await?;
    claim.closure = Some(Closure::Sold.name().to_owned());
    follow(work, claim, why, None).await
}

/// Gives a claim that is not closed back to its creditor, still owed.
pub async fn recall(
    work: &Work,
    claim_id: ClaimId,
    arrangement_taken_over: bool,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    let mut claim = leaving(work, claim_id, arrangement_taken_over).await?;
    claim.closure = Some(Closure::Returned.name().to_owned());
    follow(work, claim, why, None).await
}
