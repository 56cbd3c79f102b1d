//! What a person tells us: not me, already paid.

use chrono::NaiveDate;
use kulanz_chassis::{Caller, Fault, Role, Violations, status};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::report_wrong_person_request::Subject;
use kulanz_proto::convert::{optional, timestamp};
use kulanz_store::Begin;
use kulanz_types::{DebtorId, Money, TenantId};
use tonic::{Code, Request, Status};

use super::access::debtor_id;
use super::claims::{claim_id, not_in_future, own_claim, shown};
use super::who::Who;
use super::{Api, begin};
use crate::app::challenges::Details;
use crate::app::reports::{self, NewReport, WrongPerson};
use crate::error::Error;
use crate::store::access_link;

const LONGEST_EXPLANATION: usize = 2000;

/// Whom a report is about, and who makes it.
struct Subjected {
    tenant: TenantId,
    debtor: DebtorId,
    actor: String,
    /// Whether the reporter may know more than that it was noted.
    known: bool,
}

/// Someone is not the person who owes: with a link's token, or as a known caller.
pub async fn wrong_person(
    api: &Api,
    request: Request<wire::ReportWrongPersonRequest>,
) -> Result<wire::ReportWrongPersonResponse, Status> {
    let subject = match &request.get_ref().subject {
        Some(Subject::Token(token)) => by_token(api, token).await.map_err(status)?,
        Some(Subject::DebtorId(id)) => by_caller(&request, id)?,
        None => return Err(status(Error::field("subject", "is required"))),
    };
    note(api, subject, request.into_inner()).await.map_err(status)
}

async fn by_token(api: &Api, token: &str) -> Result<Subjected, Error> {
    let token = api.access_key.verify(token).ok_or(Error::LinkInvalid)?;
    let work = api.store.begin(token.tenant).await?;
    let link = access_link::by_token(&work, &api.access_key.look_up(&token)).await?;
    let link = link.ok_or(Error::LinkInvalid)?;
    let debtor = link.debtor_id.parse()?;
    Ok(Subjected {
        tenant: token.tenant,
        debtor,
        actor: format!("link:{}", link.link_id),
        known: false,
    })
}

fn by_caller(
    request: &Request<wire::ReportWrongPersonRequest>,
    id: &str,
) -> Result<Subjected, Status> {
    let (caller, who) = (Caller::of(request)?, Who::of(request)?);
    let roles = [Role::Admin, Role::Agent, Role::Service, Role::Debtor];
    if !roles.into_iter().any(|role| caller.is(role)) {
        return Err(Fault::new(Code::PermissionDenied, "CALL_NOT_ALLOWED")
            .into_status("claims.kulanz.dev", "the caller's roles do not allow this call"));
    }
    let debtor = debtor_id(id).map_err(status)?;
    if who.debtor().is_some_and(|own| own != debtor) {
        return Err(status(Error::not_found(debtor)));
    }
    Ok(Subjected { tenant: who.tenant, debtor, actor: who.actor, known: true })
}

async fn note(
    api: &Api,
    subject: Subjected,
    request: wire::ReportWrongPersonRequest,
) -> Result<wire::ReportWrongPersonResponse, Error> {
    let mut violations = Violations::default();
    let reason = reason(request.reason);
    violations.require(reason.is_some(), "reason", "is required");
    violations.require(
        request.explanation.chars().count() <= LONGEST_EXPLANATION,
        "explanation",
        "has 2000 characters at most",
    );
    violations.into_result()?;
    let Some(reason) = reason else { return Err(Error::field("reason", "is required")) };
    let begun = api
        .store
        .begin_write::<wire::ReportWrongPersonResponse>(
            subject.tenant,
            "ReportWrongPerson",
            &request.request_id,
            &request,
        )
        .await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    work.by(&subject.actor);
    let new = NewReport {
        reason,
        number: request.reason,
        explanation: &request.explanation,
        actor: &subject.actor,
    };
    let row = reports::wrong_person(&work, subject.debtor, new).await?;
    let recorded_at = Some(timestamp(work.now()));
    let answer_by = Some(row.answer_by.into());
    let challenge_id = if subject.known { row.challenge_id } else { String::new() };
    let reply = wire::ReportWrongPersonResponse { recorded_at, answer_by, challenge_id };
    Ok(work.finish(reply).await?)
}

fn reason(number: i32) -> Option<WrongPerson> {
    match wire::WrongPersonReason::try_from(number).ok()? {
        wire::WrongPersonReason::Unspecified => None,
        wire::WrongPersonReason::NotMe => Some(WrongPerson::NotMe),
        wire::WrongPersonReason::ContactPointNotMine => Some(WrongPerson::ContactPointNotMine),
        wire::WrongPersonReason::Moved => Some(WrongPerson::Moved),
        wire::WrongPersonReason::Deceased => Some(WrongPerson::Deceased),
        wire::WrongPersonReason::IdentityTheft => Some(WrongPerson::IdentityTheft),
    }
}

/// The debtor says that a claim is paid.
pub async fn already_paid(
    api: &Api,
    who: Who,
    request: wire::ReportAlreadyPaidRequest,
) -> Result<wire::ReportAlreadyPaidResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    own_claim(api, &who, claim_id).await?;
    let mut violations = Violations::default();
    let paid_on: Option<NaiveDate> =
        violations.parse("paid_on", optional(request.paid_on)).flatten();
    violations.require(
        paid_on.is_none_or(|date| not_in_future(api, date)),
        "paid_on",
        "lies in the future",
    );
    let amount: Option<Money> =
        violations.parse("amount", optional(request.amount.clone())).flatten();
    violations.require(amount.is_none_or(Money::is_positive), "amount", "must be above zero");
    violations.require(
        request.explanation.chars().count() <= LONGEST_EXPLANATION,
        "explanation",
        "has 2000 characters at most",
    );
    violations.into_result()?;
    let begun = begin(api, &who, "ReportAlreadyPaid", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let details = Details { paid_on, amount, explanation: request.explanation };
    let (claim, row) = reports::already_paid(&work, claim_id, &details, &who.actor).await?;
    let claim = Some(shown(&work, claim).await?);
    let answer_by = Some(row.answer_by.into());
    let challenge_id = row.challenge_id;
    Ok(work.finish(wire::ReportAlreadyPaidResponse { claim, answer_by, challenge_id }).await?)
}
