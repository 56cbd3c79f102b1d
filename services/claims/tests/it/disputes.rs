use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::report_wrong_person_request::Subject;
use kulanz_proto::claims::v1::{
    ChallengeState, ClaimState, DisputeReason, DisputeState, WrongPersonReason,
};
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Request, Status};

use crate::access::{link, session};
use crate::challenges::decide;
use crate::support::{Case, case, day, euros, import, row, row_of, total};

fn objection(case: &Case) -> pb::OpenDisputeRequest {
    pb::OpenDisputeRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        reason: DisputeReason::NotDelivered.into(),
        explanation: "nothing came".into(),
        disputed_amount: None,
    }
}

async fn dispute(case: &Case) -> pb::OpenDisputeResponse {
    let asked = case.house.ask(Role::Agent, objection(case));
    case.house.clients().claims().open_dispute(asked).await.expect("a dispute").into_inner()
}

async fn resolve(
    case: &Case,
    dispute_id: &str,
    outcome: DisputeState,
    credit: i64,
) -> Result<pb::ResolveDisputeResponse, Status> {
    let asked = pb::ResolveDisputeRequest {
        request_id: case.house.request_id(),
        dispute_id: dispute_id.into(),
        outcome: outcome.into(),
        resolution: "the carrier shows the delivery".into(),
        credit: (credit > 0).then(|| euros(credit)).flatten(),
    };
    let asked = case.house.ask(Role::Agent, asked);
    Ok(case.house.clients().claims().resolve_dispute(asked).await?.into_inner())
}

async fn wrong_person(
    case: &Case,
    subject: Option<Subject>,
    token: Option<&str>,
) -> Result<pb::ReportWrongPersonResponse, Status> {
    let asked = pb::ReportWrongPersonRequest {
        request_id: case.house.request_id(),
        reason: WrongPersonReason::NotMe.into(),
        explanation: String::new(),
        subject,
    };
    let asked = token
        .map_or_else(|| Request::new(asked.clone()), |token| outgoing_as(token, asked.clone()));
    Ok(case.house.clients().claims().report_wrong_person(asked).await?.into_inner())
}

on_both_backends! {
    async fn a_dispute_silences_until_it_is_rejected_with_an_answer(backend: Backend) {
        let case = case(backend).await;
        let opened = dispute(&case).await;
        let found = opened.dispute.unwrap();
        assert_eq!((found.explanation.as_str(), found.state()), ("nothing came", DisputeState::Open));
        assert!(found.answer_by.is_some());
        assert_eq!(opened.claim.unwrap().state(), ClaimState::Disputed);
        let resolved = resolve(&case, &found.dispute_id, DisputeState::Rejected, 0).await.unwrap();
        assert_eq!(resolved.claim.unwrap().state(), ClaimState::Registered);
        let last = case.claim().await.state_history.pop().unwrap();
        assert_eq!((last.reason.as_str(), last.note.as_str()), ("DISPUTE_RESOLVED", "as the answer to the person says"));
        assert!(last.actor.starts_with("user:") && last.context.contains(&found.dispute_id), "{last:?}");
        let resolved = resolved.dispute.unwrap();
        assert_eq!(resolved.explanation, "nothing came");
        assert!(resolved.resolved_at.is_some());
        let refused = resolve(&case, &found.dispute_id, DisputeState::Rejected, 0).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "DISPUTE_RESOLVED"));
        case.house.stop().await;
    }

    async fn an_upheld_dispute_ends_the_claim(backend: Backend) {
        let case = case(backend).await;
        let found = dispute(&case).await.dispute.unwrap();
        let resolved = resolve(&case, &found.dispute_id, DisputeState::Upheld, 0).await.unwrap();
        assert_eq!(resolved.claim.unwrap().state(), ClaimState::Withdrawn);
        case.house.stop().await;
    }

    async fn a_partly_upheld_dispute_credits_its_part_with_the_interest_on_it(backend: Backend) {
        let case = case(backend).await;
        let before = case.claim().await;
        let found = dispute(&case).await.dispute.unwrap();
        let refused = resolve(&case, &found.dispute_id, DisputeState::PartlyUpheld, 0).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        resolve(&case, &found.dispute_id, DisputeState::PartlyUpheld, 12_495).await.unwrap();
        let after = case.claim().await;
        let balance = after.balance.clone().unwrap();
        assert_eq!(balance.principal.unwrap().minor_units, 12_495);
        // 124.95 x 6.52 x 40 / 36,500
        assert_eq!(balance.interest.unwrap().minor_units, 89);
        assert!(total(&after) < total(&before));
        case.house.stop().await;
    }

    async fn an_objection_needs_a_reason_and_an_open_claim(backend: Backend) {
        let case = case(backend).await;
        let mut claims = case.house.clients().claims();
        let bare = pb::OpenDisputeRequest { reason: 0, explanation: "x".repeat(4_001), ..objection(&case) };
        let refused = claims.open_dispute(case.house.ask(Role::Agent, bare)).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason", "explanation"]);
        let found = dispute(&case).await.dispute.unwrap();
        resolve(&case, &found.dispute_id, DisputeState::Upheld, 0).await.unwrap();
        let refused = claims.open_dispute(case.house.ask(Role::Agent, objection(&case))).await.unwrap_err();
        assert_eq!(reason(&refused), "CLAIM_STATE");
        case.house.stop().await;
    }

    async fn a_debtor_disputes_their_own_claim_only(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let mut claims = case.house.clients().claims();
        let foreign = pb::OpenDisputeRequest { claim_id: other.rows[0].claim_id.clone(), ..objection(&case) };
        let refused = claims.open_dispute(outgoing_as(&token, foreign)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let own = claims.open_dispute(outgoing_as(&token, objection(&case))).await.unwrap();
        let claim = own.into_inner().claim.unwrap();
        assert!(claim.holds[0].placed_by.starts_with("debtor:"));
        case.house.stop().await;
    }

    async fn whoever_is_not_the_debtor_silences_all_claims_without_a_login(backend: Backend) {
        let case = case(backend).await;
        let more = pb::ImportRow { claim_reference: "R-2".into(), ..row(&case.house, "R-2") };
        import(&case.house, &case.creditor_id, vec![more]).await;
        let link = link(&case).await;
        let noted = wrong_person(&case, Some(Subject::Token(link.token)), None).await.unwrap();
        assert!(noted.answer_by.is_some());
        let asked = pb::BatchGetDebtorsRequest { debtor_ids: vec![case.debtor_id.clone()], include_claims: true };
        let answer = case.house.clients().claims().batch_get_debtors(case.house.ask(Role::Service, asked)).await;
        let debtor = answer.unwrap().into_inner().debtors.remove(0);
        assert_eq!(debtor.state(), pb::DebtorState::IdentityDoubted);
        assert!(debtor.contact_points.iter().all(|point| !point.usable));
        assert!(debtor.claims.iter().all(|claim| claim.state() == ClaimState::OnHold));
        assert_eq!(debtor.claims.len(), 2);
        case.house.stop().await;
    }

    async fn a_debtor_is_in_use_again_once_every_doubt_is_cleared(backend: Backend) {
        let case = case(backend).await;
        let agent = case.house.token(Role::Agent);
        let noted = wrong_person(&case, Some(Subject::DebtorId(case.debtor_id.clone())), Some(&agent)).await.unwrap();
        let asked = pb::ReleaseClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            hold_id: case.claim().await.holds[0].hold_id.clone(),
            reason: "identity card seen".into(),
        };
        let mut claims = case.house.clients().claims();
        let refused = claims.release_claim(case.house.ask(Role::Agent, asked)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "HOLD_OF_CHALLENGE"));
        decide(&case, &noted.challenge_id, ChallengeState::Rejected).await.unwrap();
        assert!(case.claim().await.holds.is_empty());
        let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
        let debtor = claims.get_debtor(case.house.ask(Role::Agent, asked)).await.unwrap().into_inner();
        assert_eq!(debtor.debtor.unwrap().state(), pb::DebtorState::Active);
        case.house.stop().await;
    }

    async fn a_report_needs_a_link_or_a_caller_who_may(backend: Backend) {
        let case = case(backend).await;
        let by_id = || Some(Subject::DebtorId(case.debtor_id.clone()));
        assert_eq!(wrong_person(&case, by_id(), None).await.unwrap_err().code(), Code::Unauthenticated);
        let analyst = case.house.token(Role::Analyst);
        let refused = wrong_person(&case, by_id(), Some(&analyst)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "CALL_NOT_ALLOWED"));
        let refused = wrong_person(&case, Some(Subject::Token("x".into())), None).await.unwrap_err();
        assert_eq!(reason(&refused), "LINK_INVALID");
        let refused = wrong_person(&case, None, None).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        let agent = case.house.token(Role::Agent);
        assert!(wrong_person(&case, by_id(), Some(&agent)).await.is_ok());
        case.house.stop().await;
    }

    async fn a_claim_that_is_said_to_be_paid_is_silent(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let mut asked = pb::ReportAlreadyPaidRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            paid_on: day(&case.house, 3),
            amount: euros(24_990),
            explanation: "by transfer".into(),
        };
        let mut claims = case.house.clients().claims();
        let noted = claims.report_already_paid(outgoing_as(&token, asked.clone())).await.unwrap().into_inner();
        assert_eq!(noted.claim.unwrap().holds[0].kind(), pb::HoldKind::AlreadyPaid);
        asked.request_id = case.house.request_id();
        asked.amount = euros(0);
        let refused = claims.report_already_paid(outgoing_as(&token, asked)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        case.house.stop().await;
    }
}
