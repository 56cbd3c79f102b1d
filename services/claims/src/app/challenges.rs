//! Challenges: what a person says against claims. They are silent from the same second, until someone
//! decides with an answer for the person and a reason.

use chrono::{Days, NaiveDate, NaiveTime};
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::calendar::{State, next_working_day};
use kulanz_types::{ClaimId, DebtorId, DisputeId, Money, berlin_time};
use serde::{Deserialize, Serialize};

use super::change::{Why, locked};
use super::holds::{claims_of, release_of};
use super::today;
use crate::domain::challenge::{ChallengeKind, ChallengeState, Pending, may_move, standing};
use crate::error::Error;
use crate::store::{challenge, challenge_step, claim, evidence, evidence_slot, question};

mod outcome;
mod stated;
mod telling;

pub use outcome::{Outcome, claim_of};
pub use stated::{STATED_LATE, Stated, note_all_late};
pub use telling::{tell, tell_evidence};

/// Column under which a dispute's words are sealed.
pub const EXPLANATION: &str = "dispute.explanation";
/// Column under which the details of a report are sealed.
pub const DETAILS: &str = "report.details";
/// Column under which the answer is sealed.
pub const RESOLUTION: &str = "dispute.resolution";
/// Due work that notes that an answer is late.
pub const CHALLENGE_LATE: &str = "challenge_late";

/// `DISPUTE_REASON_OTHER` of the contract: someone passes on that there is an objection, not which.
pub const OTHER: i32 = 8;

/// Days within which a person is promised an answer.
const ANSWER_DAYS: u64 = 14;

/// By when a person is promised an answer: two weeks, at the next working day.
pub fn answer_by(work: &Work) -> NaiveDate {
    let day = today(work);
    let last = day.checked_add_days(Days::new(ANSWER_DAYS)).unwrap_or(day);
    next_working_day(last, State::Nationwide)
}

/// Due work at the first moment after a promised day.
pub fn late(kind: &'static str, key: &str, promised: NaiveDate) -> Due {
    let after = promised.succ_opt().unwrap_or(promised);
    Due::new(kind, key, berlin_time(after, NaiveTime::MIN))
}

/// What a person says beside the kind of challenge.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Details {
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// How much.
    pub amount: Option<Money>,
    /// In their words.
    pub explanation: String,
}

/// A challenge to be noted.
pub struct NewChallenge<'a> {
    /// What it is.
    pub kind: ChallengeKind,
    /// Whom it is about.
    pub debtor_id: DebtorId,
    /// The claim, none where it is about the person.
    pub claim_id: Option<ClaimId>,
    /// More exactly what it is, by the number of the contract's enum.
    pub reason: i32,
    /// A dispute's words.
    pub explanation: &'a str,
    /// A report's details.
    pub details: Option<&'a Details>,
    /// The part objected to.
    pub amount: Option<Money>,
}

/// Notes a challenge under a new id. The caller places its holds and then [`tell`]s of it.
pub async fn note(
    work: &Work,
    new: NewChallenge<'_>,
    actor: &str,
) -> Result<challenge::Model, Error> {
    let claim_id = new.claim_id.map(|id| id.to_string());
    let about = (new.debtor_id.to_string(), claim_id);
    let mut row = received(work, new.kind, about, new.reason, actor);
    row.explanation = match new.explanation {
        "" => None,
        text => {
            let text = text.as_bytes();
            Some(work.seal(new.debtor_id, EXPLANATION, &row.challenge_id, text).await?)
        }
    };
    row.details = match new.details {
        None => None,
        Some(told) => Some(work.seal_json(new.debtor_id, DETAILS, &row.challenge_id, told).await?),
    };
    row.disputed_amount = new.amount.map(Money::minor_units);
    challenge::insert(work, row.clone()).await?;
    challenge_step::insert(work, step(work, &row, None, actor, "OPENED")).await?;
    work.schedule(late(CHALLENGE_LATE, &row.challenge_id, row.answer_by)).await?;
    Ok(row)
}

/// A challenge as it is received, without what was said: about a person, or one of their claims.
fn received(
    work: &Work,
    kind: ChallengeKind,
    (debtor_id, claim_id): (String, Option<String>),
    reason: i32,
    actor: &str,
) -> challenge::Model {
    challenge::Model {
        tenant_id: work.tenant().to_string(),
        challenge_id: DisputeId::generate(work.seeds(), work.now()).to_string(),
        debtor_id,
        claim_id,
        kind: kind.name().to_owned(),
        reason: reason.into(),
        explanation: None,
        details: None,
        disputed_amount: None,
        state: ChallengeState::Received.name().to_owned(),
        version: 1,
        opened_at: work.now(),
        opened_by: actor.to_owned(),
        answer_by: answer_by(work),
        overdue: false,
        resolution: None,
        decided_at: None,
        decided_by: None,
        decision_reason: None,
    }
}

/// The step that brought a challenge to where it stands.
fn step(
    work: &Work,
    row: &challenge::Model,
    from: Option<ChallengeState>,
    actor: &str,
    reason: &str,
) -> challenge_step::Model {
    challenge_step::Model {
        tenant_id: row.tenant_id.clone(),
        challenge_id: row.challenge_id.clone(),
        version: row.version,
        from_state: from.map(|state| state.name().to_owned()),
        to_state: row.state.clone(),
        changed_at: work.now(),
        actor: actor.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The challenge of this id, locked and undecided.
pub async fn locked_open(work: &Work, id: DisputeId) -> Result<challenge::Model, Error> {
    let found = challenge::find_locked(work, id).await?;
    let row = found.ok_or_else(|| Error::not_found(id))?;
    let state = row.state()?;
    if state.is_decided() {
        return Err(Error::ChallengeState { challenge_id: row.challenge_id, state });
    }
    Ok(row)
}

/// Moves a locked challenge, with a step of its history.
async fn shift(
    work: &Work,
    mut row: challenge::Model,
    to: ChallengeState,
    actor: &str,
    reason: &str,
) -> Result<challenge::Model, Error> {
    let from = row.state()?;
    if !may_move(from, to) {
        return Err(Error::ChallengeState { challenge_id: row.challenge_id, state: from });
    }
    to.name().clone_into(&mut row.state);
    row.version += 1;
    challenge::update(work, row.clone()).await?;
    challenge_step::insert(work, step(work, &row, Some(from), actor, reason)).await?;
    Ok(row)
}

/// Brings a locked, undecided challenge to where what was asked for and what has come put it.
pub async fn follow(
    work: &Work,
    row: challenge::Model,
    actor: &str,
    reason: &str,
) -> Result<challenge::Model, Error> {
    let questions = question::of_challenge(work, &row.challenge_id).await?;
    let requested = evidence_slot::of_challenge(work, &row.challenge_id).await?;
    let files = evidence::of_challenge(work, &row.challenge_id).await?;
    // What came before it was asked for does not answer the request.
    let missing = |slot: &evidence_slot::Model| {
        !files.iter().any(|file| file.slot == slot.slot && file.uploaded_at >= slot.requested_at)
    };
    let pending = Pending {
        evidence: requested.iter().any(missing),
        question: questions.iter().any(|question| question.answered_at.is_none()),
        looked_at: !questions.is_empty() || !requested.is_empty(),
    };
    let to = standing(pending);
    if row.state()? == to {
        return Ok(row);
    }
    shift(work, row, to, actor, reason).await
}

/// A decision on a challenge.
pub struct Decision<'a> {
    /// How it ends.
    pub outcome: Outcome,
    /// The answer for the person.
    pub resolution: &'a str,
    /// Why, for staff; not personal.
    pub reason: &'a str,
}

/// Ends a challenge with an answer for the person: by this, and by nothing else, its claims may be spoken
/// about again.
pub async fn resolve(
    work: &Work,
    id: DisputeId,
    decision: Decision<'_>,
    actor: &str,
) -> Result<challenge::Model, Error> {
    let found = challenge::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let mut claims = Vec::new();
    for claim_id in claims_of(work, &found.challenge_id).await? {
        claims.push(locked(work, claim_id).await?);
    }
    // Read again under the claims' locks: two decisions at once must not both find it open.
    let mut row = locked_open(work, id).await?;
    let debtor: DebtorId = row.debtor_id.parse()?;
    outcome::check(&row, decision.outcome)?;
    let answer = decision.resolution.as_bytes();
    row.resolution = Some(work.seal(debtor, RESOLUTION, &row.challenge_id, answer).await?);
    row.decided_at = Some(work.now());
    row.decided_by = Some(actor.to_owned());
    row.decision_reason = Some(decision.reason.to_owned());
    let row = shift(work, row, decision.outcome.state(), actor, "DECIDED").await?;
    work.unschedule(CHALLENGE_LATE, &row.challenge_id).await?;
    // Told before what follows from it: whoever hears that the claims may be spoken about again has heard
    // why before.
    telling::publish_resolved(work, &row).await?;
    conclude(work, claims, &row, &decision, actor).await?;
    outcome::for_person(work, &row, decision.outcome, actor).await?;
    telling::tell_creditors(work, &row).await?;
    Ok(row)
}

/// Does to the claims what was decided. The challenge's hold ends, and with it those of questions that were
/// asked to decide it: an answer that comes later resumes nothing by itself.
async fn conclude(
    work: &Work,
    claims: Vec<claim::Model>,
    row: &challenge::Model,
    decision: &Decision<'_>,
    actor: &str,
) -> Result<(), Error> {
    let context = [row.challenge_id.as_str()];
    let code = if row.kind()? == ChallengeKind::Dispute {
        "DISPUTE_RESOLVED"
    } else {
        "CHALLENGE_DECIDED"
    };
    let why = Why::new(actor, code).by(&context);
    let questions = question::of_challenge(work, &row.challenge_id).await?;
    let asked = questions.iter().map(|question| question.question_id.as_str());
    let causes: Vec<&str> = std::iter::once(row.challenge_id.as_str()).chain(asked).collect();
    for claim in claims {
        let mut claim = outcome::apply(work, claim, row, decision, actor).await?;
        for cause in &causes {
            claim = release_of(work, claim, cause, decision.reason, why).await?;
        }
    }
    Ok(())
}

/// Notes that the promised day has passed. The claims stay silent: being late is ours, not the person's.
pub async fn note_late(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    if let Some(row) = challenge::find_locked(&work, item.key.parse()?).await?
        && row.decided_at.is_none()
    {
        challenge::update(&work, challenge::Model { overdue: true, ..row }).await?;
    }
    Ok(work.commit().await?)
}
