//! Dispute calls.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::optional;
use kulanz_store::{Begin, Work};
use kulanz_types::{DisputeId, Money};

use super::challenges::explained;
use super::claims::{claim_id, own_claim, shown};
use super::who::Who;
use super::{Api, begin, convert, id};
use crate::app::challenges::{self, Decision, Outcome};
use crate::app::disputes::{self, NewDispute};
use crate::domain::challenge::ChallengeKind;
use crate::error::Error;
use crate::store::{challenge, claim};

const LONGEST_EXPLANATION: usize = 4000;

/// The record's reason for a decision: the call has none beside the answer, which is personal and sealed.
const AS_ANSWERED: &str = "as the answer to the person says";

/// Raises an objection.
pub async fn open(
    api: &Api,
    who: Who,
    request: wire::OpenDisputeRequest,
) -> Result<wire::OpenDisputeResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    own_claim(api, &who, claim_id).await?;
    let mut violations = Violations::default();
    let reason = wire::DisputeReason::try_from(request.reason).unwrap_or_default();
    violations.require(reason != wire::DisputeReason::Unspecified, "reason", "is required");
    violations.require(
        request.explanation.chars().count() <= LONGEST_EXPLANATION,
        "explanation",
        "has 4000 characters at most",
    );
    let amount: Option<Money> =
        violations.parse("disputed_amount", optional(request.disputed_amount.clone())).flatten();
    violations.require(
        amount.is_none_or(Money::is_positive),
        "disputed_amount",
        "must be above zero",
    );
    violations.into_result()?;
    let begun = begin(api, &who, "OpenDispute", &request.request_id, &request).await?;
    let mut reply: wire::OpenDisputeResponse = match begun {
        Begin::Replayed(reply) => reply,
        Begin::Fresh(work) => {
            let new = NewDispute {
                claim_id,
                reason: request.reason,
                identity_theft: reason == wire::DisputeReason::IdentityTheft,
                explanation: &request.explanation,
                amount,
            };
            let (claim, row) = disputes::open(&work, new, &who.actor).await?;
            let dispute = Some(convert::dispute(&row, &claim)?);
            let claim = Some(shown(&work, claim).await?);
            work.finish(wire::OpenDisputeResponse { dispute, claim }).await?
        }
    };
    // Kept answers hold nothing personal: the words are those of the request.
    if let Some(dispute) = &mut reply.dispute {
        dispute.explanation = request.explanation;
    }
    Ok(reply)
}

/// Ends a dispute.
pub async fn resolve(
    api: &Api,
    who: Who,
    request: wire::ResolveDisputeRequest,
) -> Result<wire::ResolveDisputeResponse, Error> {
    let id: DisputeId = id(&request.dispute_id)?;
    let outcome = outcome(&request)?;
    let begun = begin(api, &who, "ResolveDispute", &request.request_id, &request).await?;
    let mut reply: wire::ResolveDisputeResponse = match begun {
        Begin::Replayed(reply) => reply,
        Begin::Fresh(work) => {
            let (claim, row) = decide(&work, id, outcome, &request, &who.actor).await?;
            let dispute = Some(convert::dispute(&row, &claim)?);
            let claim = Some(shown(&work, claim).await?);
            work.finish(wire::ResolveDisputeResponse { dispute, claim }).await?
        }
    };
    // Kept answers hold nothing personal: the words are read again.
    if let Some(dispute) = &mut reply.dispute {
        let work = api.store.begin(who.tenant).await?;
        dispute.explanation = explanation(&work, id).await?;
        dispute.resolution = request.resolution;
    }
    Ok(reply)
}

/// Decides on the challenge behind a dispute: there is one way to an answer.
async fn decide(
    work: &Work,
    id: DisputeId,
    outcome: Outcome,
    request: &wire::ResolveDisputeRequest,
    actor: &str,
) -> Result<(claim::Model, challenge::Model), Error> {
    let found = challenge::find(work, id).await?.filter(|row| row.claim_id.is_some());
    let found = found.ok_or_else(|| Error::not_found(id))?;
    if found.kind()? == ChallengeKind::AlreadyPaid {
        return Err(Error::not_found(id));
    }
    let decision = Decision { outcome, resolution: &request.resolution, reason: AS_ANSWERED };
    let row = match challenges::resolve(work, id, decision, actor).await {
        Err(Error::ChallengeState { challenge_id, .. }) => {
            return Err(Error::DisputeResolved(challenge_id));
        }
        other => other?,
    };
    Ok((challenges::claim_of(work, &row).await?, row))
}

fn outcome(request: &wire::ResolveDisputeRequest) -> Result<Outcome, Error> {
    let mut violations = Violations::default();
    violations.require(!request.resolution.trim().is_empty(), "resolution", "is required");
    let credit: Option<Money> =
        violations.parse("credit", optional(request.credit.clone())).flatten();
    let state = wire::DisputeState::try_from(request.outcome).unwrap_or_default();
    let partly = state == wire::DisputeState::PartlyUpheld;
    violations.require(
        credit.is_some_and(Money::is_positive) == partly && (partly || credit.is_none()),
        "credit",
        "is above zero with PARTLY_UPHELD and missing otherwise",
    );
    let outcome = match (state, credit) {
        (wire::DisputeState::Upheld, _) => Some(Outcome::Upheld),
        (wire::DisputeState::PartlyUpheld, Some(credit)) => Some(Outcome::PartlyUpheld(credit)),
        (wire::DisputeState::Rejected, _) => Some(Outcome::Rejected),
        _ => None,
    };
    violations.require(outcome.is_some() || partly, "outcome", "must be an end");
    violations.into_result()?;
    outcome.ok_or_else(|| Error::field("outcome", "must be an end"))
}

/// The debtor's words; empty where there were none or the person's data was erased.
async fn explanation(work: &Work, id: DisputeId) -> Result<String, Error> {
    match challenge::find(work, id).await? {
        Some(row) => explained(work, &row).await,
        None => Ok(String::new()),
    }
}
