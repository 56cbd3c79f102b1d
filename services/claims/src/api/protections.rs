//! Calls about the protection of people.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::instant;
use kulanz_store::Begin;
use kulanz_types::{ClaimId, ProtectionId};

use super::access::debtor_id;
use super::claims::reason;
use super::who::Who;
use super::{Api, begin, id};
use crate::app::change::Why;
use crate::app::holds::claims_of;
use crate::app::protections::{self, NewProtection};
use crate::app::told::protection_kind;
use crate::domain::protection::ProtectionKind;
use crate::error::Error;

/// Longest file number and longest name and address of a representative.
const LONGEST: usize = 500;

/// Shields a person.
pub async fn protect(
    api: &Api,
    who: Who,
    request: wire::ProtectDebtorRequest,
) -> Result<wire::ProtectDebtorResponse, Error> {
    let debtor = debtor_id(&request.debtor_id)?;
    who.may_see(&request.debtor_id, debtor)?;
    let mut violations = Violations::default();
    let kind = kind_of(request.kind);
    violations.require(kind.is_some(), "kind", "is required");
    for (field, text) in
        [("file_number", &request.file_number), ("representative", &request.representative)]
    {
        violations.require(text.chars().count() <= LONGEST, field, "has 500 characters at most");
    }
    let expires_at =
        request.expires_at.as_ref().and_then(|at| violations.parse("expires_at", instant(at)));
    let now = api.store.clock().now();
    violations.require(expires_at.is_none_or(|at| at > now), "expires_at", "lies in the past");
    // Whoever says that they are shielded is believed at once; staff find out until when.
    let by_staff = who.debtor().is_none();
    violations.require(by_staff || expires_at.is_none(), "expires_at", "is for staff to set");
    violations.into_result()?;
    let Some(kind) = kind else { return Err(Error::field("kind", "is required")) };
    let begun = begin(api, &who, "ProtectDebtor", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let new = NewProtection {
        kind,
        file_number: &request.file_number,
        representative: &request.representative,
        expires_at,
    };
    let row = protections::protect(&work, debtor, new, &who.actor).await?;
    let claim_ids = texts(&claims_of(&work, &row.protection_id).await?);
    let protection_id = row.protection_id;
    Ok(work.finish(wire::ProtectDebtorResponse { protection_id, claim_ids }).await?)
}

/// A protection's kind of the domain, none for unspecified.
pub fn kind_of(number: i32) -> Option<ProtectionKind> {
    let asked = wire::ProtectionKind::try_from(number).ok()?;
    ProtectionKind::ALL.into_iter().find(|kind| protection_kind(*kind) == asked)
}

/// Ends a protection.
pub async fn end(
    api: &Api,
    who: Who,
    request: wire::EndProtectionRequest,
) -> Result<wire::EndProtectionResponse, Error> {
    let id: ProtectionId = id(&request.protection_id)?;
    reason(&request.reason)?;
    let begun = begin(api, &who, "EndProtection", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let why = Why::new(&who.actor, "PROTECTION_ENDED");
    let claim_ids = texts(&protections::end(&work, id, &request.reason, why).await?);
    Ok(work.finish(wire::EndProtectionResponse { claim_ids }).await?)
}

fn texts(ids: &[ClaimId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
