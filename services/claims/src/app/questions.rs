//! Questions to the creditor: a claim is silent until someone has decided what the answer means.

use chrono::NaiveDate;
use kulanz_bus::publish;
use kulanz_proto::events::v1::{QuestionAnswered, QuestionAsked};
use kulanz_store::{DueItem, Store, Work};
use kulanz_types::calendar::{State, next_working_day};
use kulanz_types::{ClaimId, DebtorId, DisputeId, QuestionId};

use super::challenges::{self, late};
use super::change::{Why, locked, locked_open};
use super::holds::{NewHold, claims_of, place, release_of};
use super::today;
use super::webhooks::{self, notices};
use crate::domain::lifecycle::HoldKind;
use crate::domain::webhook::WebhookType;
use crate::error::Error;
use crate::store::{claim, question};

/// Column under which questions are sealed.
pub const ASKED: &str = "question.asked";
/// Column under which answers are sealed.
pub const ANSWER: &str = "question.answer";
/// Due work that notes that a creditor's answer is late.
pub const QUESTION_LATE: &str = "question_late";

/// Working days that a creditor has unless another day is named.
const WORKING_DAYS: usize = 10;

/// The day so many working days after today.
pub fn default_answer_by(work: &Work) -> NaiveDate {
    let next = |day: NaiveDate| next_working_day(day.succ_opt().unwrap_or(day), State::Nationwide);
    (0..WORKING_DAYS).fold(today(work), |day, _| next(day))
}

/// A question to be asked.
pub struct NewQuestion<'a> {
    /// The claim.
    pub claim_id: ClaimId,
    /// What is asked.
    pub text: &'a str,
    /// By when an answer is wanted, none for ten working days.
    pub answer_by: Option<NaiveDate>,
    /// The challenge that it helps to decide.
    pub challenge_id: Option<DisputeId>,
}

/// Asks the creditor about a claim that is not closed.
pub async fn ask(work: &Work, new: NewQuestion<'_>, actor: &str) -> Result<question::Model, Error> {
    let claim = locked_open(work, new.claim_id).await?;
    let debtor: DebtorId = claim.debtor()?;
    let question_id = QuestionId::generate(work.seeds(), work.now()).to_string();
    let row = question::Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim.claim_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        challenge_id: new.challenge_id.map(|id| id.to_string()),
        asked: work.seal(debtor, ASKED, &question_id, new.text.as_bytes()).await?,
        asked_at: work.now(),
        asked_by: actor.to_owned(),
        answer_by: new.answer_by.unwrap_or_else(|| default_answer_by(work)),
        overdue: false,
        answer: None,
        answered_at: None,
        answered_by: None,
        question_id,
    };
    question::insert(work, row.clone()).await?;
    work.schedule(late(QUESTION_LATE, &row.question_id, row.answer_by)).await?;
    let reason = "a question to the creditor is open";
    let hold = NewHold::new(HoldKind::CreditorQuestion, reason).by(&row.question_id);
    let context = [row.question_id.as_str()];
    let why = Why::new(actor, "CREDITOR_ASKED").by(&context);
    let (claim, _) = place(work, claim, hold, why).await?;
    if let Some(challenge_id) = new.challenge_id {
        about(work, challenge_id, new.claim_id, actor).await?;
    }
    tell_asked(work, &claim, &row).await?;
    Ok(row)
}

/// Brings the challenge along that a question is about; it must be one of that claim.
async fn about(
    work: &Work,
    challenge_id: DisputeId,
    claim_id: ClaimId,
    actor: &str,
) -> Result<(), Error> {
    let challenge = challenges::locked_open(work, challenge_id).await?;
    if !claims_of(work, &challenge.challenge_id).await?.contains(&claim_id) {
        return Err(Error::field("challenge_id", "is not about this claim"));
    }
    challenges::follow(work, challenge, actor, "CREDITOR_ASKED").await?;
    Ok(())
}

async fn tell_asked(work: &Work, claim: &claim::Model, row: &question::Model) -> Result<(), Error> {
    let event = QuestionAsked {
        question_id: row.question_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
        answer_by: Some(row.answer_by.into()),
    };
    publish(work, &row.question_id, &row.debtor_id, 1, &event).await?;
    webhooks::tell(work, notices::question(claim, row, WebhookType::QuestionAsked)).await
}

/// Notes the creditor's answer. A question that helps to decide a challenge is done with: the challenge keeps
/// the claim silent. Any other keeps it silent until someone releases its hold with a reason.
pub async fn answer(
    work: &Work,
    id: QuestionId,
    text: &str,
    actor: &str,
) -> Result<question::Model, Error> {
    let found = question::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let claim = locked(work, found.claim_id.parse()?).await?;
    // Read again under the claim's lock: two answers at once must not both find it open.
    let mut row = question::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    if row.answered_at.is_some() {
        return Err(Error::QuestionAnswered(row.question_id));
    }
    let debtor: DebtorId = row.debtor_id.parse()?;
    row.answer = Some(work.seal(debtor, ANSWER, &row.question_id, text.as_bytes()).await?);
    row.answered_at = Some(work.now());
    row.answered_by = Some(actor.to_owned());
    question::update(work, row.clone()).await?;
    work.unschedule(QUESTION_LATE, &row.question_id).await?;
    let mut claim = claim;
    if let Some(challenge_id) = &row.challenge_id {
        let context = [row.question_id.as_str()];
        let why = Why::new(actor, "CREDITOR_ANSWERED").by(&context);
        claim = release_of(work, claim, &row.question_id, "the creditor answered", why).await?;
        match challenges::locked_open(work, challenge_id.parse()?).await {
            Ok(challenge) => {
                challenges::follow(work, challenge, actor, "CREDITOR_ANSWERED").await?;
            }
            // Decided without waiting for the answer.
            Err(Error::ChallengeState { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    tell_answered(work, &claim, &row).await?;
    Ok(row)
}

async fn tell_answered(
    work: &Work,
    claim: &claim::Model,
    row: &question::Model,
) -> Result<(), Error> {
    let event = QuestionAnswered {
        question_id: row.question_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
    };
    publish(work, &row.question_id, &row.debtor_id, 2, &event).await?;
    webhooks::tell(work, notices::question(claim, row, WebhookType::QuestionAnswered)).await
}

/// Notes that the day for an answer has passed. The claim stays silent.
pub async fn note_late(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    let id: QuestionId = item.key.parse()?;
    if let Some(found) = question::find(&work, id).await? {
        let claim = locked(&work, found.claim_id.parse()?).await?;
        if let Some(row) = question::find(&work, id).await?
            && row.answered_at.is_none()
        {
            let late = question::Model { overdue: true, ..row };
            question::update(&work, late.clone()).await?;
            let notice = notices::question(&claim, &late, WebhookType::QuestionOverdue);
            webhooks::tell(&work, notice).await?;
        }
    }
    Ok(work.commit().await?)
}
