//! Calls by which a claim leaves while it is still owed.

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::required;
use kulanz_store::Begin;

use super::claims::{claim_id, not_in_future, reason, shown};
use super::who::Who;
use super::{Api, begin};
use crate::app::change::Why;
use crate::app::placement::{self, Sale};
use crate::error::Error;

/// Longest name of a buyer.
const LONGEST_NAME: usize = 200;

/// Hands a claim over to a buyer.
pub async fn sell(
    api: &Api,
    who: Who,
    request: wire::SellClaimRequest,
) -> Result<wire::SellClaimResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let assigned_on = sale(api, &request)?;
    let begun = begin(api, &who, "SellClaim", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let sale = Sale {
        buyer_name: request.buyer_name.trim(),
        assigned_on,
        arrangement_taken_over: request.arrangement_taken_over,
    };
    let why = Why::new(&who.actor, "SOLD").noting(&request.reason);
    let claim = placement::sell(&work, claim_id, sale, why).await?;
    let claim = Some(shown(&work, claim).await?);
    Ok(work.finish(wire::SellClaimResponse { claim }).await?)
}

fn sale(api: &Api, request: &wire::SellClaimRequest) -> Result<NaiveDate, Error> {
    let mut violations = Violations::default();
    let named = (1..=LONGEST_NAME).contains(&request.buyer_name.trim().chars().count());
    violations.require(named, "buyer_name", "is required, 200 characters at most");
    let day: Option<NaiveDate> = violations.parse("sold_on", required(request.sold_on));
    let past = day.is_none_or(|day| not_in_future(api, day));
    violations.require(past, "sold_on", "lies in the future");
    violations.into_result()?;
    reason(&request.reason)?;
    day.ok_or_else(|| Error::field("sold_on", "is required"))
}

/// Gives a claim back to its creditor.
pub async fn recall(
    api: &Api,
    who: Who,
    request: wire::RecallClaimRequest,
) -> Result<wire::RecallClaimResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    reason(&request.reason)?;
    let begun = begin(api, &who, "RecallClaim", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let why = Why::new(&who.actor, "RETURNED").noting(&request.reason);
    let taken_over = request.arrangement_taken_over;
    let claim = placement::recall(&work, claim_id, taken_over, why).await?;
    let claim = Some(shown(&work, claim).await?);
    Ok(work.finish(wire::RecallClaimResponse { claim }).await?)
}
