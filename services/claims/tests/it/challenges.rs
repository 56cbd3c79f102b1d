use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::report_wrong_person_request::Subject;
use kulanz_proto::claims::v1::{
    ChallengeKind, ChallengeState, ClaimState, DisputeReason, WrongPersonReason,
};
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::access::{link, session};
use crate::support::{Case, case, cents, day, euros, import, row, row_of, total};

pub async fn decide(
    case: &Case,
    challenge_id: &str,
    outcome: ChallengeState,
) -> Result<pb::Challenge, Status> {
    let asked = pb::ResolveChallengeRequest {
        request_id: case.house.request_id(),
        challenge_id: challenge_id.into(),
        outcome: outcome.into(),
        resolution: "We have looked at it.".into(),
        reason: "papers seen".into(),
        credit: None,
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().resolve_challenge(asked).await?;
    Ok(answer.into_inner().challenge.expect("it"))
}

pub async fn report(case: &Case, reason: WrongPersonReason) -> String {
    let asked = pb::ReportWrongPersonRequest {
        request_id: case.house.request_id(),
        subject: Some(Subject::DebtorId(case.debtor_id.clone())),
        reason: reason.into(),
        explanation: "I have never bought anything there".into(),
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().report_wrong_person(asked).await;
    answer.expect("noted").into_inner().challenge_id
}

async fn already_paid(case: &Case, amount: Option<i64>) -> String {
    paid_days_ago(case, amount, 50).await
}

async fn paid_days_ago(case: &Case, amount: Option<i64>, days: u64) -> String {
    let asked = pb::ReportAlreadyPaidRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        paid_on: day(&case.house, days),
        amount: amount.and_then(euros),
        explanation: "by transfer".into(),
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().report_already_paid(asked).await;
    answer.expect("noted").into_inner().challenge_id
}

pub async fn challenge(case: &Case, id: &str) -> pb::Challenge {
    let asked = pb::GetChallengeRequest { challenge_id: id.into() };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().get_challenge(asked).await;
    answer.expect("a challenge").into_inner().challenge.expect("it")
}

async fn list(case: &Case, asked: pb::ListChallengesRequest) -> Vec<pb::Challenge> {
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().list_challenges(asked).await;
    answer.expect("a list").into_inner().challenges
}

async fn debtor(case: &Case) -> pb::Debtor {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let asked = case.house.ask(Role::Agent, asked);
    case.house.clients().claims().get_debtor(asked).await.unwrap().into_inner().debtor.unwrap()
}

on_both_backends! {
    async fn a_confirmed_payment_counts_from_its_day_and_the_claim_is_paid(backend: Backend) {
        let case = case(backend).await;
        let id = already_paid(&case, None).await;
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::PaymentClaimed);
        assert_eq!(claim.state_history.last().unwrap().context[0], id);
        let decided = decide(&case, &id, ChallengeState::Upheld).await.unwrap();
        assert_eq!((decided.kind(), decided.state()), (ChallengeKind::AlreadyPaid, ChallengeState::Upheld));
        let claim = case.claim().await;
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Paid, 0));
        let steps: Vec<&str> = claim.state_history.iter().map(|step| step.reason.as_str()).collect();
        assert_eq!(steps.last(), Some(&"PAYMENT_CONFIRMED"));
        assert!(claim.holds.is_empty());
        case.house.stop().await;
    }

    async fn a_part_that_was_paid_is_credited_and_the_rest_stays_owed(backend: Backend) {
        let case = case(backend).await;
        let before = total(&case.claim().await);
        let id = already_paid(&case, Some(20_000)).await;
        decide(&case, &id, ChallengeState::Upheld).await.unwrap();
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::Registered);
        assert!(total(&claim) <= before - 20_000 && total(&claim) > 0);
        assert_eq!(cents(&claim.balance.unwrap().principal), 4_990);
        case.house.stop().await;
    }

    async fn no_payment_in_full_is_confirmed_on_a_day_whose_base_rate_is_unknown(backend: Backend) {
        let case = case(backend).await;
        // 5 January 2027: base rates are announced to the end of 2026.
        case.house.advance_days(50).await;
        let id = paid_days_ago(&case, None, 0).await;
        let refused = decide(&case, &id, ChallengeState::Upheld).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "RATE_PROVISIONAL"));
        assert_eq!(case.claim().await.state(), ClaimState::PaymentClaimed);
        assert_eq!(challenge(&case, &id).await.state(), ChallengeState::Received);
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        // The last day of which everything is known.
        let id = paid_days_ago(&case, None, 5).await;
        decide(&case, &id, ChallengeState::Upheld).await.unwrap();
        assert_eq!(case.claim().await.state(), ClaimState::Paid);
        case.house.stop().await;
    }

    async fn a_claim_that_was_not_paid_goes_on_only_after_a_decision(backend: Backend) {
        let case = case(backend).await;
        let id = already_paid(&case, None).await;
        case.house.advance_days(40).await;
        assert_eq!(case.claim().await.state(), ClaimState::PaymentClaimed);
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        assert_eq!(case.claim().await.state(), ClaimState::Registered);
        let refused = decide(&case, &id, ChallengeState::Upheld).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CHALLENGE_STATE"));
        case.house.stop().await;
    }

    async fn whoever_is_not_the_debtor_stays_detached_and_the_claims_wait_for_an_address(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let id = report(&case, WrongPersonReason::Moved).await;
        assert_eq!(debtor(&case).await.state(), pb::DebtorState::IdentityDoubted);
        decide(&case, &id, ChallengeState::Upheld).await.unwrap();
        let found = debtor(&case).await;
        assert_eq!(found.state(), pb::DebtorState::Active);
        assert!(!found.contact_points.is_empty());
        assert!(found.contact_points.iter().all(|point| !point.usable));
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::OnHold);
        assert_eq!(claim.holds.len(), 1);
        assert_eq!(claim.holds[0].reason, "address to be traced");
        let asked = outgoing_as(&token, pb::GetClaimRequest { claim_id: case.claim_id.clone() });
        let refused = case.house.clients().claims().get_claim(asked).await.unwrap_err();
        assert_eq!(reason(&refused), "SESSION_REVOKED");
        case.house.stop().await;
    }

    async fn claims_made_in_a_stolen_name_are_withdrawn(backend: Backend) {
        let case = case(backend).await;
        import(&case.house, &case.creditor_id, vec![row(&case.house, "R-2")]).await;
        let id = report(&case, WrongPersonReason::IdentityTheft).await;
        let found = challenge(&case, &id).await;
        assert_eq!((found.kind(), found.claim_ids.len()), (ChallengeKind::IdentityTheft, 2));
        assert!(found.evidence.iter().any(|slot| slot.slot == "police_report"));
        assert_eq!(case.claim().await.state(), ClaimState::Disputed);
        decide(&case, &id, ChallengeState::Upheld).await.unwrap();
        for claim_id in found.claim_ids {
            let claim = crate::support::claim(&case.house, &claim_id).await;
            assert_eq!(claim.state(), ClaimState::Withdrawn);
            let closing = claim.state_history.last().unwrap();
            assert_eq!((closing.reason.as_str(), closing.note.as_str()), ("IDENTITY_THEFT", "papers seen"));
        }
        assert!(debtor(&case).await.contact_points.iter().all(|point| !point.usable));
        case.house.stop().await;
    }

    async fn a_death_that_is_confirmed_becomes_a_protection(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::Deceased).await;
        assert_eq!(debtor(&case).await.state(), pb::DebtorState::Protected);
        decide(&case, &id, ChallengeState::Upheld).await.unwrap();
        let claim = case.claim().await;
        assert_eq!((claim.state(), claim.holds.len()), (ClaimState::Protected, 1));
        assert_eq!(debtor(&case).await.state(), pb::DebtorState::Protected);
        case.house.stop().await;
    }

    async fn a_late_answer_is_found_and_the_claim_stays_silent(backend: Backend) {
        let case = case(backend).await;
        let id = already_paid(&case, None).await;
        let late = pb::ListChallengesRequest { overdue: true, ..Default::default() };
        case.house.advance_days(13).await;
        assert!(list(&case, late.clone()).await.is_empty());
        case.house.advance_days(6).await;
        let found = list(&case, late.clone()).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].challenge_id.as_str(), found[0].overdue), (id.as_str(), true));
        assert_eq!(case.claim().await.state(), ClaimState::PaymentClaimed);
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        assert!(list(&case, late).await.is_empty());
        case.house.stop().await;
    }

    async fn challenges_are_listed_by_claim_debtor_and_state(backend: Backend) {
        let case = case(backend).await;
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let asked = |claim: &str| pb::ListChallengesRequest { claim_id: claim.into(), ..Default::default() };
        assert_eq!(list(&case, asked(&case.claim_id)).await[0].challenge_id, id);
        assert!(list(&case, asked(&other.rows[0].claim_id)).await.is_empty());
        let states = |state: ChallengeState| pb::ListChallengesRequest { states: vec![state.into()], ..Default::default() };
        assert_eq!(list(&case, states(ChallengeState::Received)).await.len(), 1);
        assert!(list(&case, states(ChallengeState::ToDecide)).await.is_empty());
        let unknown = pb::ListChallengesRequest { states: vec![99], ..Default::default() };
        let refused = case.house.clients().claims().list_challenges(case.house.ask(Role::Agent, unknown)).await;
        assert_eq!(reason(&refused.unwrap_err()), "INVALID_FIELDS");
        case.house.stop().await;
    }

    async fn a_debtor_reads_own_challenges_with_their_answers_and_no_others(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let id = already_paid(&case, None).await;
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        let mut claims = case.house.clients().claims();
        let asked = pb::GetChallengeRequest { challenge_id: id.clone() };
        let own = claims.get_challenge(outgoing_as(&token, asked.clone())).await.unwrap().into_inner().challenge.unwrap();
        assert_eq!((own.resolution.as_str(), own.explanation.as_str()), ("We have looked at it.", "by transfer"));
        assert!(own.history.iter().all(|step| step.actor.is_empty()));
        assert_eq!((own.opened_by.as_str(), own.decided_by.as_str()), ("", ""), "who of the staff is not told");
        assert_eq!((own.paid_on, own.paid_amount), (day(&case.house, 50), None));
        let listed = claims.list_challenges(outgoing_as(&token, pb::ListChallengesRequest::default())).await;
        assert_eq!(listed.unwrap().into_inner().challenges.len(), 1);
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let paid = pb::ReportAlreadyPaidRequest {
            request_id: case.house.request_id(),
            claim_id: other.rows[0].claim_id.clone(),
            ..Default::default()
        };
        let foreign = claims.report_already_paid(case.house.ask(Role::Agent, paid)).await.unwrap().into_inner();
        let foreign = pb::GetChallengeRequest { challenge_id: foreign.challenge_id };
        let refused = claims.get_challenge(outgoing_as(&token, foreign)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        let theirs = pb::ListChallengesRequest { debtor_id: other.rows[0].debtor_id.clone(), ..Default::default() };
        let refused = claims.list_challenges(outgoing_as(&token, theirs)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        case.house.stop().await;
    }

    async fn what_exactly_was_said_is_read_back(backend: Backend) {
        let case = case(backend).await;
        let paid = challenge(&case, &already_paid(&case, Some(20_000)).await).await;
        assert_eq!((paid.paid_on, paid.paid_amount.clone()), (day(&case.house, 50), euros(20_000)));
        assert_eq!((paid.dispute_reason(), paid.person_reason()), (DisputeReason::Unspecified, WrongPersonReason::Unspecified));
        let moved = challenge(&case, &report(&case, WrongPersonReason::Moved).await).await;
        assert_eq!((moved.dispute_reason(), moved.person_reason()), (DisputeReason::Unspecified, WrongPersonReason::Moved));
        let dispute = pb::OpenDisputeRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            reason: DisputeReason::IdentityTheft.into(),
            explanation: "never there".into(),
            disputed_amount: None,
        };
        let asked = case.house.ask(Role::Agent, dispute);
        let opened = case.house.clients().claims().open_dispute(asked).await.unwrap().into_inner();
        let theft = challenge(&case, &opened.dispute.unwrap().dispute_id).await;
        assert_eq!((theft.dispute_reason(), theft.person_reason()), (DisputeReason::IdentityTheft, WrongPersonReason::Unspecified));
        assert_eq!((theft.explanation.as_str(), theft.paid_on), ("never there", None));
        case.house.stop().await;
    }

    async fn what_a_stranger_wrote_who_only_had_the_link_is_for_staff_alone(backend: Backend) {
        let case = case(backend).await;
        let asked = pb::ReportWrongPersonRequest {
            request_id: case.house.request_id(),
            subject: Some(Subject::Token(link(&case).await.token)),
            reason: WrongPersonReason::ContactPointNotMine.into(),
            explanation: "I am Quast, and this address is mine".into(),
        };
        let mut claims = case.house.clients().claims();
        claims.report_wrong_person(tonic::Request::new(asked)).await.unwrap();
        let token = session(&case).await;
        let listed = claims.list_challenges(outgoing_as(&token, pb::ListChallengesRequest::default())).await;
        let seen = listed.unwrap().into_inner().challenges.remove(0);
        assert_eq!((seen.explanation.as_str(), seen.opened_by.as_str()), ("", ""));
        let known = challenge(&case, &seen.challenge_id).await;
        assert_eq!(known.explanation, "I am Quast, and this address is mine");
        assert!(known.opened_by.starts_with("link:"));
        case.house.stop().await;
    }

    async fn a_decision_needs_an_outcome_an_answer_and_a_reason_and_its_own_tenant(backend: Backend) {
        let case = case(backend).await;
        let id = already_paid(&case, None).await;
        let mut claims = case.house.clients().claims();
        let good = pb::ResolveChallengeRequest {
            request_id: case.house.request_id(),
            challenge_id: id.clone(),
            outcome: ChallengeState::Rejected.into(),
            resolution: "no".into(),
            reason: "seen".into(),
            credit: None,
        };
        let bare = pb::ResolveChallengeRequest { outcome: ChallengeState::ToDecide.into(), resolution: " ".into(), ..good.clone() };
        let refused = claims.resolve_challenge(case.house.ask(Role::Agent, bare)).await.unwrap_err();
        assert_eq!(fields(&refused), ["resolution", "outcome"]);
        let silent = pb::ResolveChallengeRequest { reason: String::new(), ..good.clone() };
        let refused = claims.resolve_challenge(case.house.ask(Role::Agent, silent)).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason"]);
        let partly = pb::ResolveChallengeRequest { outcome: ChallengeState::PartlyUpheld.into(), credit: euros(5), ..good.clone() };
        let refused = claims.resolve_challenge(case.house.ask(Role::Agent, partly)).await.unwrap_err();
        assert_eq!(fields(&refused), ["outcome"]);
        let refused = claims.resolve_challenge(case.house.ask_as_other(Role::Agent, good.clone())).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let asked = pb::GetChallengeRequest { challenge_id: id };
        let refused = claims.get_challenge(case.house.ask_as_other(Role::Agent, asked)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let first = claims.resolve_challenge(case.house.ask(Role::Agent, good.clone())).await.unwrap().into_inner();
        let again = claims.resolve_challenge(case.house.ask(Role::Agent, good)).await.unwrap().into_inner();
        assert_eq!(first, again);
        case.house.stop().await;
    }
}
