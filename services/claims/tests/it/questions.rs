use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ChallengeState, ClaimState, WrongPersonReason};
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::access::session;
use crate::challenges::{challenge, decide, report};
use crate::support::{Case, ago, case, import, row_of};

pub fn question(case: &Case, challenge_id: &str) -> pb::AskCreditorRequest {
    pb::AskCreditorRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        text: "Is there a signed order?".into(),
        answer_by: None,
        challenge_id: challenge_id.into(),
    }
}

pub async fn ask(case: &Case, asked: pb::AskCreditorRequest) -> Result<pb::Question, Status> {
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().ask_creditor(asked).await?;
    Ok(answer.into_inner().question.expect("it"))
}

pub async fn answer(case: &Case, question_id: &str) -> Result<pb::Question, Status> {
    let asked = pb::AnswerQuestionRequest {
        request_id: case.house.request_id(),
        question_id: question_id.into(),
        answer: "Yes, here it is.".into(),
    };
    let asked = case.house.ask(Role::Integration, asked);
    let answer = case.house.clients().claims().answer_question(asked).await?;
    Ok(answer.into_inner().question.expect("it"))
}

async fn open_questions(case: &Case) -> Vec<pb::Question> {
    let asked = pb::ListQuestionsRequest {
        creditor_id: case.creditor_id.clone(),
        claim_id: case.claim_id.clone(),
        unanswered: true,
        ..Default::default()
    };
    let asked = case.house.ask(Role::Integration, asked);
    let answer = case.house.clients().claims().list_questions(asked).await;
    answer.expect("a list").into_inner().questions
}

on_both_backends! {
    async fn the_debtor_reads_by_when_the_creditor_is_to_answer_and_not_what_is_asked(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::Moved).await;
        let asked = ask(&case, question(&case, &id)).await.unwrap();
        let token = session(&case).await;
        let read = outgoing_as(&token, pb::GetChallengeRequest { challenge_id: id });
        let read = case.house.clients().claims().get_challenge(read).await.unwrap().into_inner();
        let told = read.challenge.unwrap().questions.remove(0);
        assert_eq!((told.question_id, told.answer_by), (asked.question_id, asked.answer_by));
        assert_eq!((told.text.as_str(), told.answer.as_str()), ("", ""));
        case.house.stop().await;
    }

    async fn a_claim_is_questioned_until_someone_decides_what_the_answer_means(backend: Backend) {
        let case = case(backend).await;
        let asked = ask(&case, question(&case, "")).await.unwrap();
        assert_eq!(asked.text, "Is there a signed order?");
        // Ten working days are two weeks and a bit.
        let last: chrono::NaiveDate = asked.answer_by.unwrap().try_into().unwrap();
        let days = (last - ago(&case.house, 0)).num_days();
        assert!((14..=18).contains(&days), "{days}");
        assert_eq!(case.claim().await.state(), ClaimState::Questioned);
        assert_eq!(open_questions(&case).await.len(), 1);
        let answered = answer(&case, &asked.question_id).await.unwrap();
        assert_eq!((answered.answer.as_str(), answered.text.as_str()), ("Yes, here it is.", asked.text.as_str()));
        assert!(open_questions(&case).await.is_empty());
        // An answer alone resumes nothing.
        let claim = case.claim().await;
        assert_eq!((claim.state(), claim.holds[0].cause_id.as_str()), (ClaimState::Questioned, asked.question_id.as_str()));
        let release = |given: &str| pb::ReleaseClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            hold_id: claim.holds[0].hold_id.clone(),
            reason: given.into(),
        };
        let mut claims = case.house.clients().claims();
        let refused = claims.release_claim(case.house.ask(Role::Agent, release(""))).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason"]);
        claims.release_claim(case.house.ask(Role::Agent, release("the order is signed"))).await.unwrap();
        let claim = case.claim().await;
        let last = claim.state_history.last().unwrap();
        assert_eq!((claim.state(), last.reason.as_str(), last.note.as_str()), (ClaimState::Registered, "HOLD_RELEASED", "the order is signed"));
        let refused = answer(&case, &asked.question_id).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "QUESTION_ANSWERED"));
        case.house.stop().await;
    }

    async fn a_late_answer_of_the_creditor_keeps_the_claim_silent(backend: Backend) {
        let case = case(backend).await;
        let asked = ask(&case, question(&case, "")).await.unwrap();
        assert!(!asked.overdue);
        case.house.advance_days(25).await;
        assert!(open_questions(&case).await[0].overdue);
        assert_eq!(case.claim().await.state(), ClaimState::Questioned);
        case.house.stop().await;
    }

    async fn a_question_about_a_challenge_moves_it_to_the_creditor_and_back(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let asked = ask(&case, question(&case, &id)).await.unwrap();
        let found = challenge(&case, &id).await;
        assert_eq!((found.state(), found.questions.len()), (ChallengeState::WithCreditor, 1));
        answer(&case, &asked.question_id).await.unwrap();
        let found = challenge(&case, &id).await;
        assert_eq!(found.state(), ChallengeState::ToDecide);
        assert_eq!(found.questions[0].answer, "Yes, here it is.");
        let steps: Vec<&str> = found.history.iter().map(|step| step.reason.as_str()).collect();
        assert_eq!(steps, ["OPENED", "CREDITOR_ASKED", "CREDITOR_ANSWERED"]);
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        let refused = ask(&case, question(&case, &id)).await.unwrap_err();
        assert_eq!(reason(&refused), "CHALLENGE_STATE");
        case.house.stop().await;
    }

    async fn a_decision_ends_the_silence_of_its_questions_and_a_later_answer_changes_nothing(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let asked = ask(&case, question(&case, &id)).await.unwrap();
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        let decided = case.claim().await;
        assert_eq!((decided.state(), decided.holds.len()), (ClaimState::Registered, 0));
        answer(&case, &asked.question_id).await.unwrap();
        let answered = case.claim().await;
        assert_eq!((answered.state(), answered.version), (ClaimState::Registered, decided.version));
        assert!(challenge(&case, &id).await.questions[0].answered_at.is_some());
        case.house.stop().await;
    }

    async fn a_question_needs_words_a_day_to_come_and_its_own_claim(backend: Backend) {
        let case = case(backend).await;
        let bare = pb::AskCreditorRequest {
            text: "  ".into(),
            answer_by: Some(ago(&case.house, 0).into()),
            ..question(&case, "")
        };
        let refused = ask(&case, bare).await.unwrap_err();
        assert_eq!(fields(&refused), ["text", "answer_by"]);
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let foreign = pb::AskCreditorRequest { claim_id: other.rows[0].claim_id.clone(), ..question(&case, &id) };
        assert_eq!(fields(&ask(&case, foreign).await.unwrap_err()), ["challenge_id"]);
        let mut claims = case.house.clients().claims();
        let refused = claims.ask_creditor(case.house.ask_as_other(Role::Agent, question(&case, ""))).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let refused = answer(&case, "question_01h455vb4pex5vsknk084sn02q").await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let kept = ask(&case, question(&case, "")).await.unwrap();
        let foreign = pb::AnswerQuestionRequest {
            request_id: case.house.request_id(),
            question_id: kept.question_id,
            answer: "x".into(),
        };
        let refused = claims.answer_question(case.house.ask_as_other(Role::Admin, foreign)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let listed = claims.list_questions(case.house.ask_as_other(Role::Admin, pb::ListQuestionsRequest::default())).await;
        assert!(listed.unwrap().into_inner().questions.is_empty());
        case.house.stop().await;
    }
}
