//! Calls about questions to creditors.

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{optional, timestamp};
use kulanz_store::{Begin, Work};
use kulanz_types::{DisputeId, QuestionId, berlin_date};
use prost::Message;

use super::challenges::LONGEST_TEXT;
use super::claims::claim_id;
use super::who::Who;
use super::{Api, begin, id};
use crate::app::questions::{self, NewQuestion};
use crate::error::Error;
use crate::store::question;

/// Asks the creditor.
pub async fn ask(
    api: &Api,
    who: Who,
    request: wire::AskCreditorRequest,
) -> Result<wire::AskCreditorResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let challenge_id: Option<DisputeId> = match request.challenge_id.as_str() {
        "" => None,
        text => Some(id(text)?),
    };
    let mut violations = Violations::default();
    text(&request.text, "text", &mut violations);
    let answer_by: Option<NaiveDate> =
        violations.parse("answer_by", optional(request.answer_by)).flatten();
    let today = berlin_date(api.store.clock().now());
    violations.require(answer_by.is_none_or(|day| day > today), "answer_by", "is not after today");
    violations.into_result()?;
    let begun = begin(api, &who, "AskCreditor", &request.request_id, &request).await?;
    let kept: wire::AskCreditorResponse = match begun {
        Begin::Replayed(kept) => kept,
        Begin::Fresh(work) => {
            let new = NewQuestion { claim_id, text: &request.text, answer_by, challenge_id };
            let row = questions::ask(&work, new, &who.actor).await?;
            let question = Some(bare(&row));
            work.finish(wire::AskCreditorResponse { question }).await?
        }
    };
    let question = Some(shown(api, &who, kept.question.unwrap_or_default()).await?);
    Ok(wire::AskCreditorResponse { question })
}

/// Answers a question.
pub async fn answer(
    api: &Api,
    who: Who,
    request: wire::AnswerQuestionRequest,
) -> Result<wire::AnswerQuestionResponse, Error> {
    let id: QuestionId = id(&request.question_id)?;
    let mut violations = Violations::default();
    text(&request.answer, "answer", &mut violations);
    violations.into_result()?;
    let begun = begin(api, &who, "AnswerQuestion", &request.request_id, &request).await?;
    let kept: wire::AnswerQuestionResponse = match begun {
        Begin::Replayed(kept) => kept,
        Begin::Fresh(work) => {
            let row = questions::answer(&work, id, &request.answer, &who.actor).await?;
            let question = Some(bare(&row));
            work.finish(wire::AnswerQuestionResponse { question }).await?
        }
    };
    let question = Some(shown(api, &who, kept.question.unwrap_or_default()).await?);
    Ok(wire::AnswerQuestionResponse { question })
}

fn text(text: &str, field: &str, violations: &mut Violations) {
    let length = text.trim().chars().count();
    violations.require((1..=LONGEST_TEXT).contains(&length), field, "needs 1 to 4000 characters");
}

/// Lists questions.
pub async fn list(
    api: &Api,
    who: Who,
    request: wire::ListQuestionsRequest,
) -> Result<wire::ListQuestionsResponse, Error> {
    let set = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let filter = question::Filter {
        creditor_id: set(&request.creditor_id),
        claim_id: set(&request.claim_id),
        unanswered: request.unanswered,
    };
    let query =
        wire::ListQuestionsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let (size, token) = (request.page_size, &request.page_token);
    let page = api
        .page_key
        .request(who.tenant, "ListQuestions", query.encode_to_vec(), size, token)
        .map_err(Error::Page)?;
    let work = api.store.begin(who.tenant).await?;
    let rows = question::list(&work, &filter, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.question_id.clone());
    let mut questions = Vec::with_capacity(rows.len());
    for row in &rows {
        questions.push(told(&work, row).await?);
    }
    work.commit().await?;
    Ok(wire::ListQuestionsResponse { questions, next_page_token })
}

/// A question without its words, which may be personal.
pub fn bare(row: &question::Model) -> wire::Question {
    wire::Question {
        question_id: row.question_id.clone(),
        claim_id: row.claim_id.clone(),
        answer_by: Some(row.answer_by.into()),
        answered_at: row.answered_at.map(timestamp),
        challenge_id: row.challenge_id.clone().unwrap_or_default(),
        asked_at: Some(timestamp(row.asked_at)),
        overdue: row.overdue && row.answered_at.is_none(),
        creditor_id: row.creditor_id.clone(),
        ..wire::Question::default()
    }
}

/// A question with its words; empty once the person's data was erased.
pub async fn told(work: &Work, row: &question::Model) -> Result<wire::Question, Error> {
    let debtor = row.debtor_id.parse()?;
    let words =
        |opened: Option<Vec<u8>>| String::from_utf8(opened.unwrap_or_default()).unwrap_or_default();
    let text = words(work.open(debtor, questions::ASKED, &row.question_id, &row.asked).await?);
    let answer = match &row.answer {
        Some(sealed) => {
            words(work.open(debtor, questions::ANSWER, &row.question_id, sealed).await?)
        }
        None => String::new(),
    };
    Ok(wire::Question { text, answer, ..bare(row) })
}

/// Kept answers hold nothing personal: the words are read again.
async fn shown(api: &Api, who: &Who, kept: wire::Question) -> Result<wire::Question, Error> {
    let work = api.store.begin(who.tenant).await?;
    let id: QuestionId = id(&kept.question_id)?;
    let row = question::find(&work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let told = told(&work, &row).await?;
    work.commit().await?;
    Ok(wire::Question { text: told.text, answer: told.answer, ..kept })
}
