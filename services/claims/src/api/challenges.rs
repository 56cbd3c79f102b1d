//! Challenge calls.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{optional, timestamp};
use kulanz_store::{Begin, Work};
use kulanz_types::{DisputeId, Money};
use prost::Message;

use super::claims::reason;
use super::who::Who;
use super::{Api, begin, evidence as files, id, questions};
use crate::app::challenges::{self, Decision, Details, Outcome};
use crate::app::holds::claims_of;
use crate::app::told::{challenge_kind, challenge_state};
use crate::domain::challenge::{ChallengeKind, ChallengeState};
use crate::error::Error;
use crate::store::{challenge, challenge_step, question};

/// Longest answer for the person.
pub const LONGEST_TEXT: usize = 4000;

/// Reads a challenge.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetChallengeRequest,
) -> Result<wire::GetChallengeResponse, Error> {
    let challenge = Some(shown(api, &who, &request.challenge_id).await?);
    Ok(wire::GetChallengeResponse { challenge })
}

/// A challenge with all that belongs to it, as the caller may see it.
pub async fn shown(api: &Api, who: &Who, challenge_id: &str) -> Result<wire::Challenge, Error> {
    let work = api.store.begin(who.tenant).await?;
    let row = visible(&work, who, challenge_id).await?;
    let mut shown = plain(&work, who, &row).await?;
    shown.evidence = files::slots(&work, &row).await?;
    shown.history = challenge_step::of_challenge(&work, &row.challenge_id)
        .await?
        .iter()
        .map(|step| self::step(step, who))
        .collect::<Result<_, _>>()?;
    for row in question::of_challenge(&work, &row.challenge_id).await? {
        // What staff and creditor write to each other is not the debtor's to read here.
        shown.questions.push(match who.debtor() {
            Some(_) => questions::bare(&row),
            None => questions::told(&work, &row).await?,
        });
    }
    work.commit().await?;
    Ok(shown)
}

/// The challenge of this id, if the caller may see it.
pub async fn visible(
    work: &Work,
    who: &Who,
    challenge_id: &str,
) -> Result<challenge::Model, Error> {
    let id: DisputeId = id(challenge_id)?;
    let row = challenge::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    who.may_see(&row.debtor_id, id)?;
    Ok(row)
}

fn step(row: &challenge_step::Model, who: &Who) -> Result<wire::ChallengeStep, Error> {
    let (from, to) = row.states()?;
    Ok(wire::ChallengeStep {
        from_state: from.map_or(wire::ChallengeState::Unspecified, challenge_state).into(),
        to_state: challenge_state(to).into(),
        at: Some(timestamp(row.changed_at)),
        actor: named(&row.actor, who),
        reason: row.reason.clone(),
    })
}

/// Who did something; who of the staff it was is not told to the debtor.
fn named(actor: &str, who: &Who) -> String {
    let hidden = who.debtor().is_some() && !actor.starts_with("debtor:");
    if hidden { String::new() } else { actor.to_owned() }
}

/// A challenge without evidence, questions and history.
async fn plain(work: &Work, who: &Who, row: &challenge::Model) -> Result<wire::Challenge, Error> {
    let claims = claims_of(work, &row.challenge_id).await?;
    let mut claim_ids: Vec<String> = claims.iter().map(ToString::to_string).collect();
    if claim_ids.is_empty() {
        claim_ids.extend(row.claim_id.clone());
    }
    let details = detailed(work, row).await?;
    let (dispute_reason, person_reason) = reasons(row)?;
    let explanation = match &details {
        // Whoever only had the link may be anybody: the words are for those who look into it.
        _ if who.debtor().is_some() && row.opened_by.starts_with("link:") => String::new(),
        Some(details) => details.explanation.clone(),
        None => explained(work, row).await?,
    };
    Ok(wire::Challenge {
        challenge_id: row.challenge_id.clone(),
        kind: challenge_kind(row.kind()?).into(),
        state: challenge_state(row.state()?).into(),
        debtor_id: row.debtor_id.clone(),
        claim_ids,
        opened_at: Some(timestamp(row.opened_at)),
        opened_by: named(&row.opened_by, who),
        answer_by: Some(row.answer_by.into()),
        overdue: row.overdue && row.decided_at.is_none(),
        explanation,
        resolution: opened(work, row, challenges::RESOLUTION, row.resolution.as_deref()).await?,
        decided_at: row.decided_at.map(timestamp),
        decided_by: named(row.decided_by.as_deref().unwrap_or_default(), who),
        dispute_reason: dispute_reason.into(),
        person_reason: person_reason.into(),
        paid_on: details.as_ref().and_then(|details| details.paid_on).map(Into::into),
        paid_amount: details.and_then(|details| details.amount).map(Into::into),
        ..wire::Challenge::default()
    })
}

/// What exactly is objected to, as it was said: about a claim, or about the person.
fn reasons(
    row: &challenge::Model,
) -> Result<(wire::DisputeReason, wire::WrongPersonReason), Error> {
    let number = i32::try_from(row.reason).unwrap_or_default();
    let (dispute, person) =
        (wire::DisputeReason::Unspecified, wire::WrongPersonReason::Unspecified);
    Ok(match (row.kind()?, &row.claim_id) {
        (ChallengeKind::AlreadyPaid, _) => (dispute, person),
        (_, Some(_)) => (wire::DisputeReason::try_from(number).unwrap_or_default(), person),
        (_, None) => (dispute, wire::WrongPersonReason::try_from(number).unwrap_or_default()),
    })
}

/// The person's words about a dispute; empty where there were none or their data was erased.
pub async fn explained(work: &Work, row: &challenge::Model) -> Result<String, Error> {
    opened(work, row, challenges::EXPLANATION, row.explanation.as_deref()).await
}

/// What a report said, none for a dispute; empty once the person's data was erased.
async fn detailed(work: &Work, row: &challenge::Model) -> Result<Option<Details>, Error> {
    let Some(sealed) = &row.details else { return Ok(None) };
    let debtor = row.debtor_id.parse()?;
    let opened = work.open_json(debtor, challenges::DETAILS, &row.challenge_id, sealed).await?;
    Ok(Some(opened.unwrap_or_default()))
}

async fn opened(
    work: &Work,
    row: &challenge::Model,
    column: &'static str,
    sealed: Option<&[u8]>,
) -> Result<String, Error> {
    let Some(sealed) = sealed else { return Ok(String::new()) };
    let debtor = row.debtor_id.parse()?;
    let opened = work.open(debtor, column, &row.challenge_id, sealed).await?;
    Ok(String::from_utf8(opened.unwrap_or_default()).unwrap_or_default())
}

/// Lists challenges.
pub async fn list(
    api: &Api,
    who: Who,
    mut request: wire::ListChallengesRequest,
) -> Result<wire::ListChallengesResponse, Error> {
    if let Some(own) = who.debtor() {
        if request.debtor_id.is_empty() {
            request.debtor_id = own.to_string();
        }
        who.may_see(&request.debtor_id, &request.debtor_id)?;
    }
    let filter = filter(&request)?;
    let query =
        wire::ListChallengesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let (size, token) = (request.page_size, &request.page_token);
    let page = api
        .page_key
        .request(who.tenant, "ListChallenges", query.encode_to_vec(), size, token)
        .map_err(Error::Page)?;
    let work = api.store.begin(who.tenant).await?;
    let rows = challenge::list(&work, &filter, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.challenge_id.clone());
    let mut challenges = Vec::with_capacity(rows.len());
    for row in &rows {
        challenges.push(plain(&work, &who, row).await?);
    }
    work.commit().await?;
    Ok(wire::ListChallengesResponse { challenges, next_page_token })
}

fn filter(request: &wire::ListChallengesRequest) -> Result<challenge::Filter, Error> {
    let mut violations = Violations::default();
    let mut states = Vec::new();
    for number in &request.states {
        let asked = wire::ChallengeState::try_from(*number).ok();
        let known = |state: &ChallengeState| Some(challenge_state(*state)) == asked;
        let state = ChallengeState::ALL.into_iter().find(known);
        violations.require(state.is_some(), "states", "names an unknown state");
        states.extend(state.map(ChallengeState::name));
    }
    violations.into_result()?;
    let set = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(challenge::Filter {
        debtor_id: set(&request.debtor_id),
        claim_id: set(&request.claim_id),
        states,
        overdue: request.overdue,
    })
}

/// Decides a challenge.
pub async fn resolve(
    api: &Api,
    who: Who,
    request: wire::ResolveChallengeRequest,
) -> Result<wire::ResolveChallengeResponse, Error> {
    let id: DisputeId = id(&request.challenge_id)?;
    let outcome = outcome(&request)?;
    reason(&request.reason)?;
    let begun: Begin<wire::ResolveChallengeResponse> =
        begin(api, &who, "ResolveChallenge", &request.request_id, &request).await?;
    if let Begin::Fresh(work) = begun {
        let decision =
            Decision { outcome, resolution: &request.resolution, reason: &request.reason };
        challenges::resolve(&work, id, decision, &who.actor).await?;
        // Kept answers hold nothing personal: a repetition reads the challenge again.
        work.finish(wire::ResolveChallengeResponse::default()).await?;
    }
    let challenge = Some(shown(api, &who, &request.challenge_id).await?);
    Ok(wire::ResolveChallengeResponse { challenge })
}

fn outcome(request: &wire::ResolveChallengeRequest) -> Result<Outcome, Error> {
    let mut violations = Violations::default();
    let length = request.resolution.trim().chars().count();
    violations.require(
        (1..=LONGEST_TEXT).contains(&length),
        "resolution",
        "needs 1 to 4000 characters",
    );
    let credit: Option<Money> =
        violations.parse("credit", optional(request.credit.clone())).flatten();
    let state = wire::ChallengeState::try_from(request.outcome).unwrap_or_default();
    let partly = state == wire::ChallengeState::PartlyUpheld;
    violations.require(
        credit.is_some_and(Money::is_positive) == partly && (partly || credit.is_none()),
        "credit",
        "is above zero with PARTLY_UPHELD and missing otherwise",
    );
    let outcome = match (state, credit) {
        (wire::ChallengeState::Upheld, _) => Some(Outcome::Upheld),
        (wire::ChallengeState::PartlyUpheld, Some(credit)) => Some(Outcome::PartlyUpheld(credit)),
        (wire::ChallengeState::Rejected, _) => Some(Outcome::Rejected),
        _ => None,
    };
    violations.require(outcome.is_some() || partly, "outcome", "must be an end");
    violations.into_result()?;
    outcome.ok_or_else(|| Error::field("outcome", "must be an end"))
}
