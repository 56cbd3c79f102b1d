//! Restriction of processing (Art. 18 GDPR): the data is kept and not used.

use kulanz_store::{StoreError, Work};
use kulanz_types::{DebtorId, SubjectRequestId};

use super::debtors::{self, DebtorView};
use crate::error::Error;
use crate::store::restriction;

/// Column under which a reason is sealed.
pub const REASON: &str = "restriction.reason";
/// Column under which the reason for lifting is sealed.
pub const LIFT_REASON: &str = "restriction.lift_reason";

/// Restricts the processing of a person's data, or lifts the restriction; what is so already stays as it
/// is.
///
/// # Errors
/// `PERSON_ERASED` once nothing is left to restrict.
pub async fn restrict(
    work: &Work,
    id: DebtorId,
    restricted: bool,
    reason: &str,
    actor: &str,
) -> Result<DebtorView, Error> {
    let view = debtors::locked(work, id).await?;
    work.about(id);
    if view.profile.is_none() {
        return Err(StoreError::KeyDestroyed.into());
    }
    let in_force = restriction::in_force(work, vec![id.to_string()]).await?.pop();
    match (restricted, in_force) {
        (true, None) => place(work, id, reason, actor).await?,
        (false, Some(row)) => lift(work, id, row, reason, actor).await?,
        _ => return Ok(view),
    }
    work.fact("restricted", restricted);
    let row = debtors::touch(work, view.row, &["processing_restricted"]).await?;
    Ok(DebtorView { row, restricted, ..view })
}

async fn place(work: &Work, id: DebtorId, reason: &str, actor: &str) -> Result<(), Error> {
    let restriction_id = SubjectRequestId::generate(work.seeds(), work.now()).to_string();
    let row = restriction::Model {
        tenant_id: work.tenant().to_string(),
        reason: work.seal(id, REASON, &restriction_id, reason.as_bytes()).await?,
        restriction_id,
        debtor_id: id.to_string(),
        restricted_at: work.now(),
        restricted_by: actor.to_owned(),
        lifted_at: None,
        lifted_by: None,
        lift_reason: None,
    };
    Ok(restriction::insert(work, row).await?)
}

async fn lift(
    work: &Work,
    id: DebtorId,
    mut row: restriction::Model,
    reason: &str,
    actor: &str,
) -> Result<(), Error> {
    row.lift_reason =
        Some(work.seal(id, LIFT_REASON, &row.restriction_id, reason.as_bytes()).await?);
    row.lifted_at = Some(work.now());
    row.lifted_by = Some(actor.to_owned());
    Ok(restriction::update(work, row).await?)
}
