//! What holds, challenges and protections say about a person as such.

use kulanz_bus::publish;
use kulanz_proto::claims::v1::ContactPointKind;
use kulanz_proto::events::v1::ContactPointDisowned;
use kulanz_store::{StoreError, Work};
use kulanz_types::DebtorId;

use super::debtors;
use crate::domain::lifecycle::HoldKind;
use crate::domain::person::{ContactKind, ContactPoint, Profile};
use crate::error::Error;
use crate::store::{access_link, challenge, claim, debtor, disowned_address, hold, protection};

/// Whether a hold says something about the person and not about the claim alone.
pub const fn doubts_person(kind: HoldKind) -> bool {
    matches!(
        kind,
        HoldKind::WrongPerson
            | HoldKind::IdentityTheft
            | HoldKind::Protection
            | HoldKind::Represented
    )
}

/// Brings a debtor's state to what protections, challenges and holds say. Addresses that were disowned
/// stay unusable until someone supplies others.
pub async fn restate(work: &Work, debtor_id: &str) -> Result<(), Error> {
    let found = debtor::find_locked(work, vec![debtor_id.to_owned()]).await?;
    let Some(mut row) = found.into_iter().next() else { return Ok(()) };
    let state = state_of(work, debtor_id).await?;
    if row.state == "erased" || row.state == state {
        return Ok(());
    }
    state.clone_into(&mut row.state);
    debtors::touch(work, row, &["state"]).await?;
    Ok(())
}

/// The state that follows for a debtor whose row is locked.
pub async fn state_of(work: &Work, debtor_id: &str) -> Result<&'static str, StoreError> {
    let lasting = protection::lasting(work, vec![debtor_id.to_owned()]).await?;
    let claims = claim::of_debtors(work, vec![debtor_id.to_owned()]).await?;
    let ids = claims.into_iter().map(|claim| claim.claim_id).collect();
    let held = hold::in_force(work, ids).await?;
    let kinds = held.iter().map(hold::Model::hold_kind).collect::<Result<Vec<_>, _>>()?;
    if !lasting.is_empty() || kinds.contains(&HoldKind::Protection) {
        return Ok("protected");
    }
    // About the person as a whole are challenges that name no claim.
    let personal = |row: &challenge::Model| row.decided_at.is_none() && row.claim_id.is_none();
    let doubted = kinds.contains(&HoldKind::WrongPerson)
        || kinds.contains(&HoldKind::IdentityTheft)
        || challenge::of_debtor(work, debtor_id).await?.iter().any(personal);
    Ok(if doubted { "identity_doubted" } else { "active" })
}

/// Makes every address of a locked debtor unusable, for everyone: whoever was reached there is someone
/// else.
pub async fn disown(
    work: &Work,
    row: &debtor::Model,
    profile: &mut Profile,
) -> Result<bool, Error> {
    let mut disowned = false;
    for point in profile.contact_points.iter_mut().filter(|point| point.usable) {
        point.usable = false;
        "disowned by whoever was reached there".clone_into(&mut point.note);
        let event = told(work, row, point);
        disowned_address::note(work, &event.address_hash, &row.debtor_id).await?;
        publish(work, &row.debtor_id, &row.debtor_id, row.version + 1, &event).await?;
        disowned = true;
    }
    Ok(disowned)
}

fn told(work: &Work, row: &debtor::Model, point: &ContactPoint) -> ContactPointDisowned {
    let kind = match point.kind {
        ContactKind::Email => ContactPointKind::Email,
        ContactKind::Mobile => ContactPointKind::Mobile,
        ContactKind::Phone => ContactPointKind::Phone,
    };
    ContactPointDisowned {
        debtor_id: row.debtor_id.clone(),
        kind: kind.into(),
        address_hash: disowned_address::hash(work, &point.value),
    }
}

/// Takes from whoever was reached what they have of the debtor: addresses and links.
pub async fn detach(work: &Work, debtor_id: DebtorId) -> Result<(), Error> {
    access_link::revoke_all(work, debtor_id).await?;
    let view = debtors::locked(work, debtor_id).await?;
    let Some(mut profile) = view.profile else { return Ok(()) };
    if disown(work, &view.row, &mut profile).await? {
        debtors::change(work, view.row, &profile, &["contact_points"]).await?;
    }
    Ok(())
}
