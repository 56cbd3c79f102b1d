use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ChallengeKind, ChallengeState, ClaimState, HoldKind};
use kulanz_proto::convert::timestamp;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::challenges::{challenge, decide};
use crate::support::{Case, case, creditor, day, house, import, row_of};

async fn hold(case: &Case, kind: HoldKind, days: i64) -> Result<pb::HoldClaimResponse, Status> {
    let expires_at =
        (days != 0).then(|| timestamp(case.house.now() + chrono::TimeDelta::days(days)));
    let asked = pb::HoldClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        kind: kind.into(),
        reason: "asked by phone".into(),
        expires_at,
    };
    let asked = case.house.ask(Role::Agent, asked);
    Ok(case.house.clients().claims().hold_claim(asked).await?.into_inner())
}

async fn withdraw(case: &Case) -> Result<pb::Claim, Status> {
    let asked = pb::WithdrawClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        reason: "goodwill".into(),
    };
    let asked = case.house.ask(Role::Integration, asked);
    let answer = case.house.clients().claims().withdraw_claim(asked).await?;
    Ok(answer.into_inner().claim.expect("a claim"))
}

async fn list(
    house: &House,
    asked: pb::ListClaimsRequest,
) -> Result<pb::ListClaimsResponse, Status> {
    Ok(house.clients().claims().list_claims(house.ask(Role::Agent, asked)).await?.into_inner())
}

on_both_backends! {
    async fn holds_stack_and_the_claim_goes_on_when_the_last_is_released(backend: Backend) {
        let case = case(backend).await;
        let first = hold(&case, HoldKind::Manual, 0).await.unwrap();
        assert_eq!(first.claim.unwrap().state(), ClaimState::OnHold);
        let second = hold(&case, HoldKind::Protection, 0).await.unwrap();
        assert_eq!(second.claim.unwrap().state(), ClaimState::Protected);
        for (held, left) in [(second.hold, ClaimState::OnHold), (first.hold, ClaimState::Registered)] {
            let asked = pb::ReleaseClaimRequest {
                request_id: case.house.request_id(),
                claim_id: case.claim_id.clone(),
                hold_id: held.unwrap().hold_id,
                reason: "cleared".into(),
            };
            let asked = case.house.ask(Role::Agent, asked);
            let answer = case.house.clients().claims().release_claim(asked).await.unwrap();
            assert_eq!(answer.into_inner().claim.unwrap().state(), left);
        }
        case.house.stop().await;
    }

    async fn a_hold_with_an_end_ends_by_itself(backend: Backend) {
        let case = case(backend).await;
        hold(&case, HoldKind::Manual, 7).await.unwrap();
        case.house.advance_days(6).await;
        assert_eq!(case.claim().await.state(), ClaimState::OnHold);
        case.house.advance_days(2).await;
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::Registered);
        assert_eq!(claim.state_history.last().unwrap().reason, "HOLD_EXPIRED");
        case.house.stop().await;
    }

    async fn a_hold_needs_a_kind_and_a_future_and_for_an_objection_a_decision(backend: Backend) {
        let case = case(backend).await;
        let refused = hold(&case, HoldKind::Unspecified, -1).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        assert_eq!(fields(&refused), ["kind", "expires_at"]);
        for kind in [HoldKind::Dispute, HoldKind::WrongPerson, HoldKind::AlreadyPaid, HoldKind::IdentityTheft] {
            let refused = hold(&case, kind, 7).await.unwrap_err();
            assert_eq!(fields(&refused), ["expires_at"], "an objection does not end by itself");
        }
        case.house.stop().await;
    }

    async fn a_hold_needs_a_reason(backend: Backend) {
        let case = case(backend).await;
        for given in ["", "  ", &"x".repeat(501)] {
            let asked = pb::HoldClaimRequest {
                request_id: case.house.request_id(),
                claim_id: case.claim_id.clone(),
                kind: HoldKind::Manual.into(),
                reason: given.into(),
                expires_at: None,
            };
            let asked = case.house.ask(Role::Agent, asked);
            let refused = case.house.clients().claims().hold_claim(asked).await.unwrap_err();
            assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", vec!["reason".to_owned()]));
        }
        assert!(case.claim().await.holds.is_empty());
        case.house.stop().await;
    }

    async fn a_hold_for_an_objection_ends_with_an_answer_and_not_by_a_release(backend: Backend) {
        let objections = [
            (HoldKind::Dispute, ChallengeKind::Dispute, ClaimState::Disputed),
            (HoldKind::AlreadyPaid, ChallengeKind::AlreadyPaid, ClaimState::PaymentClaimed),
            (HoldKind::IdentityTheft, ChallengeKind::IdentityTheft, ClaimState::Disputed),
            (HoldKind::WrongPerson, ChallengeKind::WrongPerson, ClaimState::OnHold),
        ];
        let case = case(backend).await;
        for (kind, challenged, shown) in objections {
            let held = hold(&case, kind, 0).await.unwrap();
            assert_eq!(held.claim.unwrap().state(), shown);
            let held = held.hold.unwrap();
            let opened = challenge(&case, &held.cause_id).await;
            assert_eq!((opened.kind(), opened.claim_ids.clone()), (challenged, vec![case.claim_id.clone()]));
            assert!(opened.answer_by.is_some() && opened.opened_by.starts_with("user:"));
            let asked = pb::ReleaseClaimRequest {
                request_id: case.house.request_id(),
                claim_id: case.claim_id.clone(),
                hold_id: held.hold_id.clone(),
                reason: "in a hurry".into(),
            };
            let asked = case.house.ask(Role::Agent, asked);
            let refused = case.house.clients().claims().release_claim(asked).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "HOLD_OF_CHALLENGE"));
            let named = refused.get_details_error_info().unwrap().metadata["cause"].clone();
            assert_eq!(named, opened.challenge_id);
            decide(&case, &opened.challenge_id, ChallengeState::Rejected).await.unwrap();
            assert_eq!(case.claim().await.state(), ClaimState::Registered);
        }
        case.house.stop().await;
    }

    async fn a_withdrawn_claim_is_closed_for_good(backend: Backend) {
        let case = case(backend).await;
        let claim = withdraw(&case).await.unwrap();
        assert_eq!(claim.state(), ClaimState::Withdrawn);
        assert_eq!(claim.state_history.last().unwrap().reason, "WITHDRAWN");
        let refused = hold(&case, HoldKind::Manual, 0).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
        assert_eq!(reason(&withdraw(&case).await.unwrap_err()), "CLAIM_STATE");
        case.house.stop().await;
    }

    async fn whatever_a_closed_claim_does_not_allow_is_refused_by_its_state_and_changes_nothing(backend: Backend) {
        let case = case(backend).await;
        let before = withdraw(&case).await.unwrap();
        let (id, request_id) = (case.claim_id.clone(), || case.house.request_id());
        let (agent, integration, admin) = (Role::Agent, Role::Integration, Role::Admin);
        let mut claims = case.house.clients().claims();
        let mut refused = vec![hold(&case, HoldKind::Manual, 0).await.unwrap_err(), withdraw(&case).await.unwrap_err()];
        let sale = pb::SellClaimRequest {
            request_id: request_id(), claim_id: id.clone(), buyer_name: "Kauf GmbH".into(),
            sold_on: day(&case.house, 0), reason: "sale".into(), arrangement_taken_over: false,
        };
        refused.extend(claims.sell_claim(case.house.ask(integration, sale)).await.err());
        let recall = pb::RecallClaimRequest { request_id: request_id(), claim_id: id.clone(), reason: "back".into(), ..Default::default() };
        refused.extend(claims.recall_claim(case.house.ask(integration, recall)).await.err());
        let off = pb::WriteOffClaimRequest { request_id: request_id(), claim_id: id.clone(), reason: "no assets".into() };
        refused.extend(claims.write_off_claim(case.house.ask(admin, off)).await.err());
        let question = pb::AskCreditorRequest { request_id: request_id(), claim_id: id.clone(), text: "Why?".into(), ..Default::default() };
        refused.extend(claims.ask_creditor(case.house.ask(agent, question)).await.err());
        let dispute = pb::OpenDisputeRequest {
            request_id: request_id(), claim_id: id.clone(), reason: pb::DisputeReason::NotOrdered.into(), ..Default::default()
        };
        refused.extend(claims.open_dispute(case.house.ask(agent, dispute)).await.err());
        let paid = pb::ReportAlreadyPaidRequest { request_id: request_id(), claim_id: id.clone(), paid_on: day(&case.house, 5), ..Default::default() };
        refused.extend(claims.report_already_paid(case.house.ask(agent, paid)).await.err());
        assert_eq!(refused.len(), 8);
        for refusal in refused {
            assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
            assert_eq!(refusal.get_details_error_info().unwrap().metadata["state"], "withdrawn");
            let unmet = refusal.get_details_precondition_failure().unwrap().violations.remove(0);
            assert_eq!((unmet.r#type.as_str(), unmet.subject.as_str()), ("STATE", id.as_str()));
            assert_eq!(unmet.description, "the claim is withdrawn");
        }
        assert_eq!(case.claim().await.version, before.version);
        case.house.stop().await;
    }

    async fn a_claim_can_be_written_off_by_an_admin_with_a_reason(backend: Backend) {
        let case = case(backend).await;
        let mut asked = pb::WriteOffClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            reason: String::new(),
        };
        let mut claims = case.house.clients().claims();
        let refused = claims.write_off_claim(case.house.ask(Role::Admin, asked.clone())).await;
        assert_eq!(reason(&refused.unwrap_err()), "INVALID_FIELDS");
        asked.reason = "no assets".into();
        let refused = claims.write_off_claim(case.house.ask(Role::Agent, asked.clone())).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
        let done = claims.write_off_claim(case.house.ask(Role::Admin, asked)).await.unwrap();
        assert_eq!(done.into_inner().claim.unwrap().state(), ClaimState::WrittenOff);
        case.house.stop().await;
    }

    async fn the_same_request_gets_the_same_answer_and_another_body_is_refused(backend: Backend) {
        let case = case(backend).await;
        let mut asked = pb::HoldClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            kind: HoldKind::Manual.into(),
            reason: "asked by phone".into(),
            expires_at: None,
        };
        let mut claims = case.house.clients().claims();
        let first = claims.hold_claim(case.house.ask(Role::Agent, asked.clone())).await.unwrap();
        let again = claims.hold_claim(case.house.ask(Role::Agent, asked.clone())).await.unwrap();
        assert_eq!(first.into_inner(), again.into_inner());
        assert_eq!(case.claim().await.holds.len(), 1);
        asked.reason = "something else".into();
        let refused = claims.hold_claim(case.house.ask(Role::Agent, asked.clone())).await;
        assert_eq!(reason(&refused.unwrap_err()), "REQUEST_ID_REUSED");
        asked.request_id = "mine".into();
        let refused = claims.hold_claim(case.house.ask(Role::Agent, asked)).await;
        assert_eq!(reason(&refused.unwrap_err()), "REQUEST_ID_INVALID");
        case.house.stop().await;
    }

    async fn claims_are_listed_page_by_page_and_by_filter(backend: Backend) {
        let house = house(backend).await;
        let creditor = creditor(&house).await;
        let rows = (0..5).map(|index| row_of(&house, &format!("R-{index}"), "C-1", "Quast")).collect();
        let answered = import(&house, &creditor, rows).await;
        import(&house, &creditor, vec![row_of(&house, "R-9", "C-9", "Rasch")]).await;
        let mut asked = pb::ListClaimsRequest {
            page_size: 2,
            debtor_id: answered.rows[0].debtor_id.clone(),
            ..Default::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = list(&house, asked.clone()).await.unwrap();
            seen.extend(page.claims.into_iter().map(|claim| claim.reference));
            if page.next_page_token.is_empty() {
                break;
            }
            asked.page_token = page.next_page_token;
        }
        assert_eq!(seen, ["R-0", "R-1", "R-2", "R-3", "R-4"]);
        let other = pb::ListClaimsRequest { debtor_id: String::new(), ..asked };
        assert_eq!(reason(&list(&house, other).await.unwrap_err()), "PAGE_TOKEN_INVALID");
        let by_number = pb::ListClaimsRequest { reference: "R-9".into(), ..Default::default() };
        let found = list(&house, by_number).await.unwrap().claims;
        assert_eq!(found.len(), 1);
        let case_reference = found[0].case_reference.to_lowercase();
        let by_case = pb::ListClaimsRequest { reference: case_reference, ..Default::default() };
        assert_eq!(list(&house, by_case).await.unwrap().claims.len(), 1);
        let negative = pb::ListClaimsRequest { page_size: -1, ..Default::default() };
        assert_eq!(reason(&list(&house, negative).await.unwrap_err()), "INVALID_FIELDS");
        let states = vec![ClaimState::Settled.into()];
        let settled = pb::ListClaimsRequest { states, ..Default::default() };
        assert!(list(&house, settled).await.unwrap().claims.is_empty());
        house.stop().await;
    }

    async fn a_watched_claim_is_sent_now_and_after_a_change(backend: Backend) {
        let case = case(backend).await;
        let asked = pb::WatchClaimRequest { claim_id: case.claim_id.clone() };
        let asked = case.house.ask(Role::Agent, asked);
        let mut changes =
            case.house.clients().claims().watch_claim(asked).await.unwrap().into_inner();
        let first = changes.message().await.unwrap().unwrap().claim.unwrap();
        assert_eq!(first.state(), ClaimState::Registered);
        hold(&case, HoldKind::Manual, 0).await.unwrap();
        let second = changes.message().await.unwrap().unwrap().claim.unwrap();
        assert_eq!(second.state(), ClaimState::OnHold);
        drop(changes);
        case.house.stop().await;
    }

    async fn what_is_no_claim_is_not_found(backend: Backend) {
        let house = house(backend).await;
        for id in ["", "claim_1", "debtor_01h455vb4pex5vsknk084sn02q", "claim_01h455vb4pex5vsknk084sn02q"] {
            let asked = pb::GetClaimRequest { claim_id: id.into() };
            let refused = house.clients().claims().get_claim(house.ask(Role::Agent, asked)).await;
            let refused = refused.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        }
        house.stop().await;
    }
}
