use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ClaimState, ProtectionKind};
use kulanz_proto::convert::timestamp;
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::access::session;
use crate::support::{Case, case, claim, import, row, row_of};

fn insolvency(case: &Case) -> pb::ProtectDebtorRequest {
    pb::ProtectDebtorRequest {
        request_id: case.house.request_id(),
        debtor_id: case.debtor_id.clone(),
        kind: ProtectionKind::Insolvency.into(),
        file_number: "404 IK 1234/26".into(),
        representative: "Rechtsanwältin Dr. Ostermann, Leipzig".into(),
        expires_at: None,
    }
}

async fn protect(
    case: &Case,
    asked: pb::ProtectDebtorRequest,
) -> Result<pb::ProtectDebtorResponse, Status> {
    let asked = case.house.ask(Role::Agent, asked);
    Ok(case.house.clients().claims().protect_debtor(asked).await?.into_inner())
}

async fn end(case: &Case, id: &str, reason: &str) -> Result<Vec<String>, Status> {
    let asked = pb::EndProtectionRequest {
        request_id: case.house.request_id(),
        protection_id: id.into(),
        reason: reason.into(),
    };
    let asked = case.house.ask(Role::Agent, asked);
    Ok(case.house.clients().claims().end_protection(asked).await?.into_inner().claim_ids)
}

async fn debtor_state(case: &Case) -> pb::DebtorState {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let asked = case.house.ask(Role::Agent, asked);
    let found = case.house.clients().claims().get_debtor(asked).await.unwrap().into_inner();
    found.debtor.unwrap().state()
}

on_both_backends! {
    async fn every_claim_of_a_shielded_person_is_silent_and_so_are_those_that_come_later(backend: Backend) {
        let case = case(backend).await;
        let shielded = protect(&case, insolvency(&case)).await.unwrap();
        assert_eq!(shielded.claim_ids, std::slice::from_ref(&case.claim_id));
        assert_eq!(case.claim().await.state(), ClaimState::Protected);
        assert_eq!(debtor_state(&case).await, pb::DebtorState::Protected);
        let later = import(&case.house, &case.creditor_id, vec![row(&case.house, "R-2")]).await;
        let later = claim(&case.house, &later.rows[0].claim_id).await;
        assert_eq!(later.state(), ClaimState::Protected);
        case.house.settle().await;
        let mut freed = end(&case, &shielded.protection_id, "proceedings were refused").await.unwrap();
        freed.sort_unstable();
        let mut both = [case.claim_id.clone(), later.claim_id.clone()];
        both.sort_unstable();
        assert_eq!(freed, both);
        assert_eq!(case.claim().await.state(), ClaimState::Registered);
        assert_eq!(claim(&case.house, &later.claim_id).await.state(), ClaimState::Registered);
        assert_eq!(debtor_state(&case).await, pb::DebtorState::Active);
        case.house.stop().await;
    }

    async fn the_person_is_shielded_until_the_last_protection_ends(backend: Backend) {
        let case = case(backend).await;
        let first = protect(&case, insolvency(&case)).await.unwrap();
        let adviser = pb::ProtectDebtorRequest { kind: ProtectionKind::DebtAdviser.into(), ..insolvency(&case) };
        let second = protect(&case, adviser).await.unwrap();
        end(&case, &first.protection_id, "over").await.unwrap();
        assert_eq!(case.claim().await.holds[0].kind(), pb::HoldKind::Represented);
        assert_eq!((case.claim().await.state(), debtor_state(&case).await), (ClaimState::Protected, pb::DebtorState::Protected));
        end(&case, &second.protection_id, "mandate ended").await.unwrap();
        assert_eq!((case.claim().await.state(), debtor_state(&case).await), (ClaimState::Registered, pb::DebtorState::Active));
        let refused = end(&case, &second.protection_id, "again").await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "PROTECTION_ENDED"));
        case.house.stop().await;
    }

    async fn a_protection_with_an_end_ends_by_itself(backend: Backend) {
        let case = case(backend).await;
        let expires_at = Some(timestamp(case.house.now() + chrono::TimeDelta::days(30)));
        let asked = pb::ProtectDebtorRequest { kind: ProtectionKind::Vulnerable.into(), expires_at, ..insolvency(&case) };
        protect(&case, asked).await.unwrap();
        case.house.advance_days(29).await;
        assert_eq!(case.claim().await.state(), ClaimState::Protected);
        case.house.advance_days(2).await;
        assert_eq!(case.claim().await.state(), ClaimState::Registered);
        assert_eq!(case.claim().await.state_history.last().unwrap().reason, "PROTECTION_EXPIRED");
        assert_eq!(debtor_state(&case).await, pb::DebtorState::Active);
        case.house.stop().await;
    }

    async fn the_hold_of_a_protection_is_not_released_by_itself(backend: Backend) {
        let case = case(backend).await;
        protect(&case, insolvency(&case)).await.unwrap();
        let asked = pb::ReleaseClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            hold_id: case.claim().await.holds[0].hold_id.clone(),
            reason: "in a hurry".into(),
        };
        let asked = case.house.ask(Role::Agent, asked);
        let refused = case.house.clients().claims().release_claim(asked).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "HOLD_OF_PROTECTION"));
        assert_eq!(case.claim().await.state(), ClaimState::Protected);
        case.house.stop().await;
    }

    async fn a_protection_needs_a_kind_a_future_a_reason_and_its_own_tenant(backend: Backend) {
        let case = case(backend).await;
        let past = Some(timestamp(case.house.now()));
        let bare = pb::ProtectDebtorRequest { kind: 0, expires_at: past, file_number: "x".repeat(501), ..insolvency(&case) };
        assert_eq!(fields(&protect(&case, bare).await.unwrap_err()), ["kind", "file_number", "expires_at"]);
        let mut claims = case.house.clients().claims();
        let refused = claims.protect_debtor(case.house.ask_as_other(Role::Agent, insolvency(&case))).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let kept = protect(&case, insolvency(&case)).await.unwrap();
        assert_eq!(fields(&end(&case, &kept.protection_id, " ").await.unwrap_err()), ["reason"]);
        let foreign = pb::EndProtectionRequest {
            request_id: case.house.request_id(),
            protection_id: kept.protection_id,
            reason: "x".into(),
        };
        let refused = claims.end_protection(case.house.ask_as_other(Role::Agent, foreign)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        case.house.stop().await;
    }

    async fn a_person_shields_themself_at_once_and_nobody_else(backend: Backend) {
        let case = case(backend).await;
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let token = session(&case).await;
        let mut claims = case.house.clients().claims();
        let foreign = pb::ProtectDebtorRequest { debtor_id: other.rows[0].debtor_id.clone(), ..insolvency(&case) };
        let refused = claims.protect_debtor(outgoing_as(&token, foreign)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        assert_eq!(claim(&case.house, &other.rows[0].claim_id).await.state(), ClaimState::Registered);
        let expires_at = Some(timestamp(case.house.now() + chrono::TimeDelta::days(3)));
        let ending = pb::ProtectDebtorRequest { expires_at, ..insolvency(&case) };
        let refused = claims.protect_debtor(outgoing_as(&token, ending)).await.unwrap_err();
        assert_eq!(fields(&refused), ["expires_at"]);
        let asked = insolvency(&case);
        let shielded = claims.protect_debtor(outgoing_as(&token, asked.clone())).await.unwrap().into_inner();
        assert_eq!(shielded.claim_ids, std::slice::from_ref(&case.claim_id));
        let again = claims.protect_debtor(outgoing_as(&token, asked)).await.unwrap().into_inner();
        assert_eq!(again, shielded);
        assert_eq!((case.claim().await.state(), debtor_state(&case).await), (ClaimState::Protected, pb::DebtorState::Protected));
        let ended = pb::EndProtectionRequest {
            request_id: case.house.request_id(),
            protection_id: shielded.protection_id,
            reason: "on second thoughts".into(),
        };
        let refused = claims.end_protection(outgoing_as(&token, ended)).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        case.house.stop().await;
    }
}
