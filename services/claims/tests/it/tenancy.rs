//! What another tenant's token reaches: nothing.

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{DisputeReason, HoldKind};
use kulanz_testkit::{on_both_backends, reason};
use tonic::{Code, Response, Status};

use crate::access::link;
use crate::support::{case, header, import_as, row};

fn denied<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) {
    assert_eq!(answer.unwrap_err().code(), Code::NotFound);
}

on_both_backends! {
    async fn another_tenants_token_reads_and_changes_nothing(backend: Backend) {
        let case = case(backend).await;
        let link = link(&case).await;
        let before = case.claim().await;
        let (house, claim_id, debtor_id) = (&case.house, case.claim_id.clone(), case.debtor_id.clone());
        let mut claims = house.clients().claims();
        let id = || house.request_id();
        denied(claims.get_claim(house.ask_as_other(Role::Admin, pb::GetClaimRequest { claim_id: claim_id.clone() })).await);
        denied(claims.watch_claim(house.ask_as_other(Role::Admin, pb::WatchClaimRequest { claim_id: claim_id.clone() })).await);
        denied(claims.get_debtor(house.ask_as_other(Role::Admin, pb::GetDebtorRequest { debtor_id: debtor_id.clone() })).await);
        denied(claims.get_creditor(house.ask_as_other(Role::Admin, pb::GetCreditorRequest { creditor_id: case.creditor_id.clone() })).await);
        let hold = pb::HoldClaimRequest { request_id: id(), claim_id: claim_id.clone(), kind: HoldKind::Manual.into(), reason: "x".into(), ..Default::default() };
        denied(claims.hold_claim(house.ask_as_other(Role::Admin, hold)).await);
        let withdraw = pb::WithdrawClaimRequest { request_id: id(), claim_id: claim_id.clone(), reason: "x".into() };
        denied(claims.withdraw_claim(house.ask_as_other(Role::Admin, withdraw)).await);
        let write_off = pb::WriteOffClaimRequest { request_id: id(), claim_id: claim_id.clone(), reason: "x".into() };
        denied(claims.write_off_claim(house.ask_as_other(Role::Admin, write_off)).await);
        let dispute = pb::OpenDisputeRequest { request_id: id(), claim_id: claim_id.clone(), reason: DisputeReason::Other.into(), ..Default::default() };
        denied(claims.open_dispute(house.ask_as_other(Role::Admin, dispute)).await);
        let paid = pb::ReportAlreadyPaidRequest { request_id: id(), claim_id: claim_id.clone(), ..Default::default() };
        denied(claims.report_already_paid(house.ask_as_other(Role::Admin, paid)).await);
        let new_link = pb::CreateAccessLinkRequest { request_id: id(), debtor_id: debtor_id.clone(), ..Default::default() };
        denied(claims.create_access_link(house.ask_as_other(Role::Admin, new_link)).await);
        let revoke = pb::RevokeAccessRequest { request_id: id(), access_link_id: link.access_link_id, reason: "x".into() };
        denied(claims.revoke_access(house.ask_as_other(Role::Admin, revoke)).await);
        let batch = pb::BatchGetDebtorsRequest { debtor_ids: vec![debtor_id], include_claims: true };
        let found = claims.batch_get_debtors(house.ask_as_other(Role::Admin, batch)).await.unwrap().into_inner();
        assert!(found.debtors.is_empty());
        let listed = claims.list_claims(house.ask_as_other(Role::Admin, pb::ListClaimsRequest::default())).await;
        assert!(listed.unwrap().into_inner().claims.is_empty());
        assert_eq!(case.claim().await, before);
        case.house.stop().await;
    }

    async fn another_import_with_the_same_request_id_is_refused(backend: Backend) {
        let case = case(backend).await;
        let header = header(&case.house, &case.creditor_id);
        import_as(&case.house, header.clone(), vec![row(&case.house, "R-1")]).await;
        let other = pb::ImportHeader { source_name: "another.csv".into(), ..header };
        let part = pb::import_claims_request::Part::Header(other);
        let refused = crate::support::converse(&case.house, vec![part]).await.unwrap_err();
        assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
        case.house.stop().await;
    }
}
