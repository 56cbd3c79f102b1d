//! Calls that read and end claims, and that hold and release them.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::instant;
use kulanz_store::{Begin, Work};
use kulanz_types::{ClaimId, HoldId, berlin_date};
use prost::Message;

use super::who::Who;
use super::{Api, begin, convert, id};
use crate::app::change::Why;
use crate::app::claims::{get as find, view, views};
use crate::app::closing::close;
use crate::app::holds::{NewHold, hold_claim, release_claim};
use crate::domain::lifecycle::{Closure, HoldKind};
use crate::error::Error;
use crate::store::claim;

/// Longest reason that staff may give.
const LONGEST_REASON: usize = 500;

/// The claim behind a text.
pub fn claim_id(text: &str) -> Result<ClaimId, Error> {
    id(text)
}

/// Reads a claim.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetClaimRequest,
) -> Result<wire::GetClaimResponse, Error> {
    let work = api.store.begin(who.tenant).await?;
    let view = find(&work, claim_id(&request.claim_id)?).await?;
    who.may_see(&view.claim.debtor_id, &request.claim_id)?;
    Ok(wire::GetClaimResponse { claim: Some(convert::claim(&view)?) })
}

/// Lists claims.
pub async fn list(
    api: &Api,
    who: Who,
    mut request: wire::ListClaimsRequest,
) -> Result<wire::ListClaimsResponse, Error> {
    if let Some(own) = who.debtor() {
        if request.debtor_id.is_empty() {
            request.debtor_id = own.to_string();
        }
        who.may_see(&request.debtor_id, &request.debtor_id)?;
    }
    let filter = filter(&request)?;
    let query =
        wire::ListClaimsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let page = api
        .page_key
        .request(
            who.tenant,
            "ListClaims",
            query.encode_to_vec(),
            request.page_size,
            &request.page_token,
        )
        .map_err(Error::Page)?;
    let work = api.store.begin(who.tenant).await?;
    let rows = claim::list(&work, &filter, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.claim_id.clone());
    let views = views(&work, rows).await?;
    let claims = views.iter().map(convert::claim).collect::<Result<_, _>>()?;
    Ok(wire::ListClaimsResponse { claims, next_page_token })
}

fn filter(request: &wire::ListClaimsRequest) -> Result<claim::Filter, Error> {
    let mut violations = Violations::default();
    let mut states = Vec::new();
    for number in &request.states {
        let state = wire::ClaimState::try_from(*number).ok().and_then(convert::state_of);
        violations.require(state.is_some(), "states", "names an unknown state");
        states.extend(state.map(crate::domain::lifecycle::ClaimState::name));
    }
    violations.into_result()?;
    let set = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(claim::Filter {
        debtor_id: set(&request.debtor_id),
        creditor_id: set(&request.creditor_id),
        states,
        reference: set(&request.reference),
    })
}

/// What staff must say about a decision.
pub fn reason(text: &str) -> Result<(), Error> {
    let mut violations = Violations::default();
    reasoned(text, &mut violations);
    Ok(violations.into_result()?)
}

fn reasoned(text: &str, violations: &mut Violations) {
    violations.require(!text.trim().is_empty(), "reason", "is required");
    violations.require(text.chars().count() <= LONGEST_REASON, "reason", "is too long");
}

/// Silences a claim.
pub async fn hold(
    api: &Api,
    who: Who,
    request: wire::HoldClaimRequest,
) -> Result<wire::HoldClaimResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    let kind = wire::HoldKind::try_from(request.kind).ok().and_then(convert::kind_of);
    violations.require(kind.is_some(), "kind", "is required");
    let expires_at =
        request.expires_at.as_ref().and_then(|at| violations.parse("expires_at", instant(at)));
    let now = api.store.clock().now();
    violations.require(expires_at.is_none_or(|at| at > now), "expires_at", "lies in the past");
    let objection = kind.and_then(HoldKind::objection).is_some() && expires_at.is_some();
    violations.require(
        !objection,
        "expires_at",
        "an objection ends with a decision, not by itself",
    );
    reasoned(&request.reason, &mut violations);
    violations.into_result()?;
    let Some(kind) = kind else { return Err(Error::field("kind", "is required")) };
    let begun = begin(api, &who, "HoldClaim", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let new = NewHold { expires_at, ..NewHold::new(kind, &request.reason) };
    let (claim, hold) = hold_claim(&work, claim_id, new, &who.actor).await?;
    let claim = Some(shown(&work, claim).await?);
    let hold = Some(convert::hold(&hold)?);
    Ok(work.finish(wire::HoldClaimResponse { claim, hold }).await?)
}

/// Ends a hold.
pub async fn release(
    api: &Api,
    who: Who,
    request: wire::ReleaseClaimRequest,
) -> Result<wire::ReleaseClaimResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let hold_id: HoldId = id(&request.hold_id)?;
    reason(&request.reason)?;
    let begun = begin(api, &who, "ReleaseClaim", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let claim = release_claim(&work, claim_id, hold_id, &request.reason, &who.actor).await?;
    let claim = Some(shown(&work, claim).await?);
    Ok(work.finish(wire::ReleaseClaimResponse { claim }).await?)
}

/// The creditor takes a claim back.
pub async fn withdraw(
    api: &Api,
    who: Who,
    request: wire::WithdrawClaimRequest,
) -> Result<wire::WithdrawClaimResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    reason(&request.reason)?;
    let begun = begin(api, &who, "WithdrawClaim", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let why = Why::new(&who.actor, "WITHDRAWN").noting(&request.reason);
    let claim = close(&work, claim_id, Closure::Withdrawn, why).await?;
    let claim = Some(shown(&work, claim).await?);
    Ok(work.finish(wire::WithdrawClaimResponse { claim }).await?)
}

/// Gives a claim up.
pub async fn write_off(
    api: &Api,
    who: Who,
    request: wire::WriteOffClaimRequest,
) -> Result<wire::WriteOffClaimResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    reason(&request.reason)?;
    let begun = begin(api, &who, "WriteOffClaim", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let why = Why::new(&who.actor, "WRITTEN_OFF").noting(&request.reason);
    let claim = close(&work, claim_id, Closure::WrittenOff, why).await?;
    let claim = Some(shown(&work, claim).await?);
    Ok(work.finish(wire::WriteOffClaimResponse { claim }).await?)
}

/// A changed claim as its caller sees it.
pub async fn shown(work: &Work, claim: claim::Model) -> Result<wire::Claim, Error> {
    convert::claim(&view(work, claim).await?)
}

/// Refuses a debtor's session that reaches for another's claim, before anything else is looked at.
pub async fn own_claim(api: &Api, who: &Who, claim_id: ClaimId) -> Result<(), Error> {
    if who.debtor().is_none() {
        return Ok(());
    }
    let work = api.store.begin(who.tenant).await?;
    let claim = claim::find(&work, claim_id).await?;
    let claim = claim.ok_or_else(|| Error::not_found(claim_id))?;
    who.may_see(&claim.debtor_id, claim_id)
}

/// Whether a date of a request is not after today.
pub fn not_in_future(api: &Api, date: chrono::NaiveDate) -> bool {
    date <= berlin_date(api.store.clock().now())
}
