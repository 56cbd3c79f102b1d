//! Ends of a claim by decision.

use kulanz_store::Work;
use kulanz_types::ClaimId;

use super::change::{Why, follow, locked_open};
use crate::domain::lifecycle::Closure;
use crate::error::Error;
use crate::store::claim;

/// Withdraws or writes off a claim that is not closed.
pub async fn close(
    work: &Work,
    claim_id: ClaimId,
    closure: Closure,
    why: Why<'_>,
) -> Result<claim::Model, Error> {
    let mut claim = locked_open(work, claim_id).await?;
    claim.closure = Some(closure.name().to_owned());
    follow(work, claim, why, None).await
}
