use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::open_access_request::SecondFactor;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{House, on_both_backends, reason};
use tonic::{Code, Request, Status};

use crate::support::{Case, case, import, row_of};

pub async fn link(case: &Case) -> pb::AccessLink {
    let asked = pb::CreateAccessLinkRequest {
        request_id: case.house.request_id(),
        debtor_id: case.debtor_id.clone(),
        ..Default::default()
    };
    let asked = case.house.ask(Role::Service, asked);
    let answer = case.house.clients().claims().create_access_link(asked).await;
    answer.expect("a link").into_inner().link.expect("it")
}

fn born(year: i32, month: i32, day: i32) -> SecondFactor {
    SecondFactor::BirthDate(Date { year, month, day })
}

fn right() -> SecondFactor {
    born(1984, 5, 17)
}

async fn open(
    house: &House,
    token: &str,
    factor: SecondFactor,
) -> Result<pb::OpenAccessResponse, Status> {
    let asked = pb::OpenAccessRequest { token: token.into(), second_factor: Some(factor) };
    Ok(house.clients().claims().open_access(Request::new(asked)).await?.into_inner())
}

/// A token of a session that this case's debtor opened.
pub async fn session(case: &Case) -> String {
    let link = link(case).await;
    open(&case.house, &link.token, right()).await.expect("a session").session_token
}

async fn refusal(house: &House, token: &str, factor: SecondFactor) -> (Code, String) {
    let refused = open(house, token, factor).await.unwrap_err();
    assert!(!refused.message().contains("expired"), "the text tells nothing");
    (refused.code(), reason(&refused))
}

on_both_backends! {
    async fn a_link_is_opened_with_the_second_factor_and_again_until_it_expires(backend: Backend) {
        let case = case(backend).await;
        let link = link(&case).await;
        assert_eq!(link.token.len(), 64);
        assert!(link.url.ends_with(&format!("/l/{}", link.token)));
        for factor in [right(), SecondFactor::Postcode("04109".into()), right()] {
            let opened = open(&case.house, &link.token, factor).await.unwrap();
            assert_eq!(opened.debtor_id, case.debtor_id);
            assert_eq!(opened.claim_ids, std::slice::from_ref(&case.claim_id));
            assert_eq!((opened.given_name.as_str(), opened.family_name.as_str()), ("Jette", "Lindqvist"));
        }
        case.house.advance_days(15).await;
        let refused = refusal(&case.house, &link.token, right()).await;
        assert_eq!(refused, (Code::FailedPrecondition, "LINK_EXPIRED".into()));
        case.house.stop().await;
    }

    async fn a_session_sees_its_own_debtors_claims_and_no_others(backend: Backend) {
        let case = case(backend).await;
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let token = session(&case).await;
        let mut claims = case.house.clients().claims();
        let ask = |claim_id: &str| outgoing_as(&token, pb::GetClaimRequest { claim_id: claim_id.into() });
        assert!(claims.get_claim(ask(&case.claim_id)).await.is_ok());
        let refused = claims.get_claim(ask(&other.rows[0].claim_id)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        let listed = claims.list_claims(outgoing_as(&token, pb::ListClaimsRequest::default())).await;
        assert_eq!(listed.unwrap().into_inner().claims.len(), 1);
        let foreign = pb::ListClaimsRequest { debtor_id: other.rows[0].debtor_id.clone(), ..Default::default() };
        assert_eq!(claims.list_claims(outgoing_as(&token, foreign)).await.unwrap_err().code(), Code::NotFound);
        let debtor = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
        let refused = claims.get_debtor(outgoing_as(&token, debtor)).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        case.house.stop().await;
    }

    async fn a_session_ends_after_fifteen_minutes(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        case.house.advance_to(case.house.now() + chrono::TimeDelta::minutes(16)).await;
        let asked = outgoing_as(&token, pb::GetClaimRequest { claim_id: case.claim_id.clone() });
        let refused = case.house.clients().claims().get_claim(asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
        case.house.stop().await;
    }

    async fn five_wrong_factors_lock_a_link(backend: Backend) {
        let case = case(backend).await;
        let link = link(&case).await;
        for _ in 0..5 {
            let refused = refusal(&case.house, &link.token, born(1984, 5, 18)).await;
            assert_eq!(refused, (Code::PermissionDenied, "SECOND_FACTOR_WRONG".into()));
        }
        let refused = refusal(&case.house, &link.token, right()).await;
        assert_eq!(refused, (Code::ResourceExhausted, "LINK_LOCKED".into()));
        case.house.stop().await;
    }

    async fn a_tampered_foreign_or_revoked_link_opens_nothing(backend: Backend) {
        let case = case(backend).await;
        let link = link(&case).await;
        let last = if link.token.ends_with('A') { "B" } else { "A" };
        let tampered = format!("{}{last}", &link.token[..63]);
        let moved = format!("AAAA{}", &link.token[4..]);
        for token in ["", "x", &tampered, &moved] {
            let refused = refusal(&case.house, token, right()).await;
            assert_eq!(refused, (Code::NotFound, "LINK_INVALID".into()));
        }
        let asked = pb::RevokeAccessRequest {
            request_id: case.house.request_id(),
            access_link_id: link.access_link_id.clone(),
            reason: "sent to the wrong address".into(),
        };
        let asked = case.house.ask(Role::Agent, asked);
        let revoked = case.house.clients().claims().revoke_access(asked).await.unwrap();
        assert!(revoked.into_inner().link.unwrap().revoked);
        let refused = refusal(&case.house, &link.token, right()).await;
        assert_eq!(refused, (Code::NotFound, "LINK_INVALID".into()));
        case.house.stop().await;
    }

    async fn a_revoked_link_ends_the_sessions_that_it_opened(backend: Backend) {
        let case = case(backend).await;
        let link = link(&case).await;
        let token = open(&case.house, &link.token, right()).await.unwrap().session_token;
        let mut claims = case.house.clients().claims();
        let asked = || outgoing_as(&token, pb::GetClaimRequest { claim_id: case.claim_id.clone() });
        assert!(claims.get_claim(asked()).await.is_ok());
        let revoke = pb::RevokeAccessRequest {
            request_id: case.house.request_id(),
            access_link_id: link.access_link_id,
            reason: "lost telephone".into(),
        };
        claims.revoke_access(case.house.ask(Role::Agent, revoke)).await.unwrap();
        let refused = claims.get_claim(asked()).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "SESSION_REVOKED"));
        case.house.stop().await;
    }

    async fn a_factor_is_needed_and_must_be_one(backend: Backend) {
        let case = case(backend).await;
        let link = link(&case).await;
        let asked = pb::OpenAccessRequest { token: link.token.clone(), second_factor: None };
        let refused = case.house.clients().claims().open_access(Request::new(asked)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        let refused = open(&case.house, &link.token, born(1984, 2, 30)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        case.house.stop().await;
    }

    async fn the_same_request_gets_the_same_link(backend: Backend) {
        let case = case(backend).await;
        let asked = pb::CreateAccessLinkRequest {
            request_id: case.house.request_id(),
            debtor_id: case.debtor_id.clone(),
            claim_ids: vec![case.claim_id.clone()],
            ..Default::default()
        };
        let mut claims = case.house.clients().claims();
        let first = claims.create_access_link(case.house.ask(Role::Service, asked.clone())).await.unwrap();
        let again = claims.create_access_link(case.house.ask(Role::Service, asked.clone())).await.unwrap();
        assert_eq!(first.into_inner(), again.into_inner());
        let late = pb::CreateAccessLinkRequest {
            request_id: case.house.request_id(),
            expires_at: Some(kulanz_proto::convert::timestamp(case.house.now() + chrono::TimeDelta::days(61))),
            ..asked.clone()
        };
        let refused = claims.create_access_link(case.house.ask(Role::Service, late)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        let foreign = pb::CreateAccessLinkRequest {
            request_id: case.house.request_id(),
            claim_ids: vec!["claim_01h455vb4pex5vsknk084sn02q".into()],
            ..asked
        };
        let refused = claims.create_access_link(case.house.ask(Role::Service, foreign)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        case.house.stop().await;
    }

    async fn visits_of_a_page_are_counted(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let mut claims = case.house.clients().claims();
        for expected in [1, 2] {
            let asked = pb::RecordPortalVisitRequest {
                request_id: case.house.request_id(),
                page: "instalments".into(),
                claim_id: case.claim_id.clone(),
            };
            let answer = claims.record_portal_visit(outgoing_as(&token, asked)).await.unwrap();
            assert_eq!(answer.into_inner().visit_count, expected);
        }
        let nowhere = pb::RecordPortalVisitRequest {
            request_id: case.house.request_id(),
            page: "No Page".into(),
            claim_id: String::new(),
        };
        let refused = claims.record_portal_visit(outgoing_as(&token, nowhere)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        case.house.stop().await;
    }
}
