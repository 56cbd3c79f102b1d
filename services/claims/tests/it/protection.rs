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

async fn debtor(case: &Case) -> pb::Debtor {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let asked = case.house.ask(Role::Agent, asked);
    let found = case.house.clients().claims().get_debtor(asked).await.unwrap().into_inner();
    found.debtor.unwrap()
}

async fn debtor_state(case: &Case) -> pb::DebtorState {
    debtor(case).await.state()
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

    async fn staff_see_what_shields_a_person_since_when_and_by_whom(backend: Backend) {
        let case = case(backend).await;
        assert!(debtor(&case).await.protections.is_empty());
        let noted = case.house.now();
        let first = protect(&case, insolvency(&case)).await.unwrap();
        case.house.advance_days(2).await;
        let expires_at = Some(timestamp(case.house.now() + chrono::TimeDelta::days(30)));
        let adviser = pb::ProtectDebtorRequest {
            kind: ProtectionKind::DebtAdviser.into(),
            file_number: String::new(),
            expires_at,
            ..insolvency(&case)
        };
        let second = protect(&case, adviser).await.unwrap();
        let found = debtor(&case).await.protections;
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].protection_id.as_str(), found[0].kind()), (first.protection_id.as_str(), ProtectionKind::Insolvency));
        assert_eq!((found[0].protected_at, found[0].expires_at), (Some(timestamp(noted)), None));
        assert!(found[0].protected_by.starts_with("user:"));
        assert_eq!(found[0].file_number, "404 IK 1234/26");
        assert_eq!(found[0].representative, "Rechtsanwältin Dr. Ostermann, Leipzig");
        assert_eq!((found[1].kind(), found[1].file_number.as_str()), (ProtectionKind::DebtAdviser, ""));
        assert_eq!(found[1].expires_at, expires_at);
        // The claims say which of them keeps them silent.
        let causes: Vec<String> = case.claim().await.holds.into_iter().map(|hold| hold.cause_id).collect();
        assert_eq!(causes, [first.protection_id.as_str(), second.protection_id.as_str()]);
        let batch = |include_claims| pb::BatchGetDebtorsRequest { debtor_ids: vec![case.debtor_id.clone()], include_claims };
        let mut claims = case.house.clients().claims();
        for (with_claims, expected) in [(true, 2), (false, 0)] {
            let asked = case.house.ask(Role::Service, batch(with_claims));
            let found = claims.batch_get_debtors(asked).await.unwrap().into_inner().debtors;
            assert_eq!(found[0].protections.len(), expected);
        }
        end(&case, &first.protection_id, "refused").await.unwrap();
        case.house.advance_days(31).await;
        assert!(debtor(&case).await.protections.is_empty());
        case.house.stop().await;
    }

    async fn an_answer_goes_to_whoever_acts_for_a_shielded_person_and_to_nobody_else(backend: Backend) {
        let case = case(backend).await;
        let rules = |to_representative, purpose: pb::OutreachPurpose| {
            let check = pb::OutreachCheck {
                debtor_id: case.debtor_id.clone(),
                claim_ids: vec![case.claim_id.clone()],
                purpose: purpose.into(),
                to_representative,
                ..Default::default()
            };
            let asked = pb::CheckOutreachRequest { checks: vec![check] };
            let asked = case.house.ask(Role::Service, asked);
            let mut claims = case.house.clients().claims();
            async move {
                let verdict = claims.check_outreach(asked).await.unwrap().into_inner().verdicts.remove(0);
                verdict.blocks.into_iter().map(|block| block.rule_id).collect::<Vec<_>>()
            }
        };
        let (answer, collect) = (pb::OutreachPurpose::Answer, pb::OutreachPurpose::Collect);
        assert_eq!(rules(true, answer).await, ["claims.debtor.unrepresented"]);
        let unnamed = pb::ProtectDebtorRequest { representative: String::new(), ..insolvency(&case) };
        protect(&case, unnamed).await.unwrap();
        assert_eq!(rules(true, answer).await, ["claims.debtor.unrepresented"]);
        protect(&case, insolvency(&case)).await.unwrap();
        assert!(rules(true, answer).await.is_empty());
        let held = ["claims.debtor.protected", "claims.hold.protection", "claims.hold.protection"];
        assert_eq!(rules(false, answer).await, held);
        assert_eq!(rules(true, collect).await, held);
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
