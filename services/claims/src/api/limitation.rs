//! Calls about limitation.

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_law::{InterestYear, LimitationStep};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::LimitationFactKind as WireKind;
use kulanz_proto::convert::{optional, required};
use kulanz_store::Begin;
use kulanz_types::berlin_date;

use super::claims::claim_id;
use super::who::Who;
use super::{Api, begin};
use crate::app::limitation::{self, Outcome};
use crate::domain::limitation::{Fact, FactKind, effect};
use crate::error::Error;

/// Longest text that shows a fact.
const LONGEST_EVIDENCE: usize = 500;

/// The period of a claim.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetLimitationRequest,
) -> Result<wire::GetLimitationResponse, Error> {
    let work = api.store.begin(who.tenant).await?;
    let outcome = limitation::get(&work, claim_id(&request.claim_id)?).await?;
    Ok(wire::GetLimitationResponse { limitation: Some(message(&outcome)) })
}

/// Notes a fact.
pub async fn record(
    api: &Api,
    who: Who,
    request: wire::RecordLimitationFactRequest,
) -> Result<wire::RecordLimitationFactResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let today = berlin_date(api.store.clock().now());
    let given = request.fact.clone().unwrap_or_default();
    let fact = fact(&given, today)?;
    let begun = begin(api, &who, "RecordLimitationFact", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let outcome = limitation::record(&work, claim_id, fact, &given.evidence, &who.actor).await?;
    let limitation = Some(message(&outcome));
    Ok(work.finish(wire::RecordLimitationFactResponse { limitation }).await?)
}

fn fact(given: &wire::LimitationFact, today: NaiveDate) -> Result<Fact, Error> {
    let mut violations = Violations::default();
    let kind = WireKind::try_from(given.kind).ok().and_then(kind_of);
    violations.require(kind.is_some(), "fact.kind", "is required");
    let from: Option<NaiveDate> = violations.parse("fact.from", required(given.from));
    let to: Option<NaiveDate> = violations.parse("fact.to", optional(given.to)).flatten();
    let served: Option<NaiveDate> =
        violations.parse("fact.served", optional(given.served)).flatten();
    let shown = (1..=LONGEST_EVIDENCE).contains(&given.evidence.trim().chars().count());
    violations.require(shown, "fact.evidence", "is required, 500 characters at most");
    if let Some((kind, from)) = kind.zip(from) {
        days(Fact { kind, from, to, served }, today, &mut violations);
    }
    violations.into_result()?;
    let (Some(kind), Some(from)) = (kind, from) else {
        return Err(Error::field("fact", "is required"));
    };
    Ok(Fact { kind, from, to, served })
}

/// What was agreed may end later than today, what happened may not.
fn days(fact: Fact, today: NaiveDate, violations: &mut Violations) {
    let past = |day: Option<NaiveDate>| day.is_none_or(|day| day <= today);
    let after = |day: Option<NaiveDate>| day.is_none_or(|day| day >= fact.from);
    violations.require(past(Some(fact.from)), "fact.from", "lies in the future");
    violations.require(after(fact.to), "fact.to", "lies before `from`");
    violations.require(fact.kind.lasts() || fact.to.is_none(), "fact.to", "is a day of its own");
    let served = fact.kind != FactKind::CourtDunningRejected || fact.to.is_some();
    violations.require(served, "fact.to", "is required: when the rejection was served");
    let agreed = fact.kind == FactKind::Deferral;
    violations.require(agreed || past(fact.to), "fact.to", "lies in the future");
    violations.require(after(fact.served), "fact.served", "lies before the filing");
    violations.require(past(fact.served), "fact.served", "lies in the future");
    let filed = matches!(fact.kind, FactKind::CourtDunning | FactKind::Suit);
    violations.require(filed || fact.served.is_none(), "fact.served", "needs a filing");
}

fn kind_of(kind: WireKind) -> Option<FactKind> {
    Some(match kind {
        WireKind::Unspecified => return None,
        WireKind::Acknowledgement => FactKind::Acknowledgement,
        WireKind::Negotiation => FactKind::Negotiation,
        WireKind::Deferral => FactKind::Deferral,
        WireKind::CourtDunning => FactKind::CourtDunning,
        WireKind::Suit => FactKind::Suit,
        WireKind::Title => FactKind::Title,
        WireKind::Enforcement => FactKind::Enforcement,
        WireKind::PaymentUnderReserve => FactKind::PaymentUnderReserve,
        WireKind::PaymentByOthers => FactKind::PaymentByOthers,
        WireKind::Incapacity => FactKind::Incapacity,
        WireKind::Estate => FactKind::Estate,
        WireKind::EnforcementUndone => FactKind::EnforcementUndone,
        WireKind::CourtDunningRejected => FactKind::CourtDunningRejected,
        WireKind::CourtDunningOpposed => FactKind::CourtDunningOpposed,
        WireKind::EnforcementOrderApplied => FactKind::EnforcementOrderApplied,
    })
}

fn message(outcome: &Outcome) -> wire::Limitation {
    wire::Limitation {
        claim_id: outcome.claim.claim_id.clone(),
        expires_on: outcome.timeline.expires_on.map(Into::into),
        last_timely_filing: outcome.timeline.last_timely_filing.map(Into::into),
        steps: outcome.timeline.steps.iter().map(step).collect(),
        interest: outcome.interest.iter().map(year).collect(),
    }
}

fn step(step: &LimitationStep) -> wire::LimitationStep {
    wire::LimitationStep {
        date: Some(step.on.into()),
        norm: step.norm.to_owned(),
        effect: effect(step),
        expires_on: step.expires_on.map(Into::into),
    }
}

fn year(year: &InterestYear) -> wire::InterestLimitation {
    wire::InterestLimitation {
        year: year.year,
        expires_on: year.timeline.expires_on.map(Into::into),
        norm: year.timeline.steps.last().map(|step| step.norm.to_owned()).unwrap_or_default(),
    }
}
