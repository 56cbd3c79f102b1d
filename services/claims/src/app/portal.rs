//! What a debtor did on their pages.

use kulanz_bus::publish;
use kulanz_proto::events::v1::PortalVisited;
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId};

use crate::error::Error;
use crate::store::{claim, page_visit};

/// Counts a visit of a page; how many there were.
pub async fn visit(
    work: &Work,
    debtor_id: DebtorId,
    page: &str,
    claim_id: Option<ClaimId>,
) -> Result<i64, Error> {
    if let Some(claim_id) = claim_id {
        let claim = claim::find(work, claim_id).await?;
        claim
            .filter(|claim| claim.debtor_id == debtor_id.to_string())
            .ok_or_else(|| Error::not_found(claim_id))?;
    }
    let visits = page_visit::count(work, &debtor_id.to_string(), page).await?;
    work.about(debtor_id);
    let event = PortalVisited {
        debtor_id: debtor_id.to_string(),
        page: page.to_owned(),
        claim_id: claim_id.map(|id| id.to_string()).unwrap_or_default(),
    };
    publish(work, debtor_id, debtor_id, visits, &event).await?;
    Ok(visits)
}
