use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{HoldKind, OutreachPurpose};
use kulanz_proto::types::v1::Channel;
use kulanz_testkit::{on_both_backends, reason};
use tonic::Status;

use crate::support::{Case, case, import, row_of};

async fn ask(
    case: &Case,
    checks: Vec<pb::OutreachCheck>,
) -> Result<Vec<pb::OutreachVerdict>, Status> {
    let asked = case.house.ask(Role::Service, pb::CheckOutreachRequest { checks });
    let answer = case.house.clients().claims().check_outreach(asked).await?.into_inner();
    assert!(answer.as_of.is_some());
    Ok(answer.verdicts)
}

fn contact(debtor_id: &str, claims: &[&str], purpose: OutreachPurpose) -> pb::OutreachCheck {
    pb::OutreachCheck {
        debtor_id: debtor_id.into(),
        claim_ids: claims.iter().map(ToString::to_string).collect(),
        channel: Channel::Email.into(),
        purpose: purpose.into(),
        address: String::new(),
        to_representative: false,
    }
}

/// The rules that stand against speaking about the claim.
pub async fn rules(case: &Case, purpose: OutreachPurpose) -> Vec<String> {
    let check = contact(&case.debtor_id, &[&case.claim_id], purpose);
    let verdict = ask(case, vec![check]).await.expect("a verdict").remove(0);
    assert_eq!(verdict.allowed, verdict.blocks.is_empty());
    verdict.blocks.into_iter().map(|block| block.rule_id).collect()
}

async fn hold(case: &Case, kind: HoldKind) {
    let asked = pb::HoldClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        kind: kind.into(),
        reason: "asked by phone".into(),
        ..Default::default()
    };
    let asked = case.house.ask(Role::Service, asked);
    case.house.clients().claims().hold_claim(asked).await.expect("a hold");
}

on_both_backends! {
    async fn an_open_claim_may_be_spoken_about(backend: Backend) {
        let case = case(backend).await;
        assert!(rules(&case, OutreachPurpose::Collect).await.is_empty());
        case.house.stop().await;
    }

    async fn holds_stand_against_a_contact_and_name_their_rules(backend: Backend) {
        let case = case(backend).await;
        hold(&case, HoldKind::Dispute).await;
        hold(&case, HoldKind::Represented).await;
        let found = rules(&case, OutreachPurpose::Collect).await;
        assert_eq!(found, ["claims.hold.dispute", "claims.hold.represented"]);
        assert_eq!(rules(&case, OutreachPurpose::Answer).await, ["claims.hold.represented"]);
        case.house.stop().await;
    }

    async fn a_closed_claim_is_silent(backend: Backend) {
        let case = case(backend).await;
        let asked = pb::WithdrawClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            reason: "goodwill".into(),
        };
        case.house.clients().claims().withdraw_claim(case.house.ask(Role::Admin, asked)).await.unwrap();
        assert_eq!(rules(&case, OutreachPurpose::Collect).await, ["claims.state.withdrawn"]);
        case.house.stop().await;
    }

    async fn nobodys_claim_reaches_an_address_that_was_disowned(backend: Backend) {
        let case = case(backend).await;
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let other = &other.rows[0];
        let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
        let reader = case.house.ask(Role::Agent, asked);
        let known = case.house.clients().claims().get_debtor(reader).await.unwrap().into_inner().debtor.unwrap();
        let email = known.contact_points.iter().find(|point| point.value.contains('@')).unwrap();
        let about_other = |address: &str| pb::OutreachCheck {
            address: address.to_owned(),
            ..contact(&other.debtor_id, &[&other.claim_id], OutreachPurpose::Answer)
        };
        assert!(ask(&case, vec![about_other(&email.value)]).await.unwrap()[0].allowed);
        let report = pb::ReportWrongPersonRequest {
            request_id: case.house.request_id(),
            subject: Some(pb::report_wrong_person_request::Subject::DebtorId(case.debtor_id.clone())),
            reason: pb::WrongPersonReason::ContactPointNotMine.into(),
            explanation: String::new(),
        };
        case.house.clients().claims().report_wrong_person(case.house.ask(Role::Agent, report)).await.unwrap();
        for spelling in [email.value.clone(), email.value.to_uppercase(), format!(" {}", email.value)] {
            let found = ask(&case, vec![about_other(&spelling)]).await.unwrap().remove(0);
            let rules: Vec<_> = found.blocks.iter().map(|block| block.rule_id.as_str()).collect();
            assert_eq!(rules, ["claims.contact_point.disowned"]);
        }
        assert!(ask(&case, vec![about_other("else@example.org")]).await.unwrap()[0].allowed);
        // Staff who know better give it back to the debtor.
        let mut debtor = known.clone();
        debtor.etag.clear();
        let asked = pb::UpdateDebtorRequest {
            request_id: case.house.request_id(),
            debtor: Some(debtor),
            update_mask: Some(prost_types::FieldMask { paths: vec!["contact_points".to_owned()] }),
            ..Default::default()
        };
        case.house.clients().claims().update_debtor(case.house.ask(Role::Agent, asked)).await.unwrap();
        assert!(ask(&case, vec![about_other(&email.value)]).await.unwrap()[0].allowed);
        case.house.stop().await;
    }

    async fn a_batch_is_answered_in_its_order(backend: Backend) {
        let case = case(backend).await;
        let other = import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let other = &other.rows[0];
        let purpose = OutreachPurpose::Collect;
        let checks = vec![
            contact(&other.debtor_id, &[&other.claim_id], purpose),
            contact(&case.debtor_id, &[&other.claim_id], purpose),
            contact("debtor_01h455vb4pex5vsknk084sn02q", &[], purpose),
            contact(&case.debtor_id, &[&case.claim_id], purpose),
        ];
        let found: Vec<Vec<String>> = ask(&case, checks)
            .await
            .unwrap()
            .into_iter()
            .map(|verdict| verdict.blocks.into_iter().map(|block| block.rule_id).collect())
            .collect();
        assert!(found[0].is_empty() && found[3].is_empty());
        assert_eq!(found[1], ["claims.claim.unknown"]);
        assert_eq!(found[2], ["claims.debtor.unknown", "claims.claim.missing"]);
        assert_eq!(reason(&ask(&case, Vec::new()).await.unwrap_err()), "INVALID_FIELDS");
        case.house.stop().await;
    }
}
