//! Restriction of processing (Art. 18 GDPR).

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::OutreachPurpose;
use kulanz_proto::types::v1::Channel;
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::Status;

use crate::support::{Case, case};

pub async fn restrict(case: &Case, restricted: bool, why: &str) -> Result<pb::Debtor, Status> {
    let asked = asked(case, restricted, why);
    let answer = case
        .house
        .clients()
        .claims()
        .restrict_processing(case.house.ask(Role::Agent, asked))
        .await?;
    Ok(answer.into_inner().debtor.expect("a debtor"))
}

fn asked(case: &Case, restricted: bool, why: &str) -> pb::RestrictProcessingRequest {
    pb::RestrictProcessingRequest {
        request_id: case.house.request_id(),
        debtor_id: case.debtor_id.clone(),
        restricted,
        reason: why.into(),
    }
}

/// The rules that stand against a contact for a purpose.
async fn rules(case: &Case, purpose: OutreachPurpose) -> Vec<String> {
    let check = pb::OutreachCheck {
        debtor_id: case.debtor_id.clone(),
        claim_ids: vec![case.claim_id.clone()],
        channel: Channel::Email.into(),
        purpose: purpose.into(),
        ..Default::default()
    };
    let asked = case.house.ask(Role::Service, pb::CheckOutreachRequest { checks: vec![check] });
    let answer = case.house.clients().claims().check_outreach(asked).await.unwrap().into_inner();
    answer.verdicts[0].blocks.iter().map(|block| block.rule_id.clone()).collect()
}

on_both_backends! {
    async fn restricted_data_is_kept_and_not_used_until_it_is_lifted(backend: Backend) {
        let case = case(backend).await;
        let before = restrict(&case, false, "nothing to lift").await.unwrap();
        assert!(!before.processing_restricted);
        let restricted = restrict(&case, true, "accuracy is contested").await.unwrap();
        assert!(restricted.processing_restricted && restricted.party.is_some());
        assert_eq!(restricted.version, before.version + 1, "others are told once");
        let again = restrict(&case, true, "still contested").await.unwrap();
        assert_eq!(again.version, restricted.version);
        for purpose in [OutreachPurpose::Collect, OutreachPurpose::LegalNotice] {
            assert_eq!(rules(&case, purpose).await, ["claims.debtor.restricted"]);
        }
        assert!(rules(&case, OutreachPurpose::Answer).await.is_empty());
        let lifted = restrict(&case, false, "the data was found right").await.unwrap();
        assert!(!lifted.processing_restricted);
        assert!(rules(&case, OutreachPurpose::Collect).await.is_empty());
        case.house.stop().await;
    }

    async fn a_restriction_needs_a_reason_a_person_and_its_own_tenant(backend: Backend) {
        let case = case(backend).await;
        let refused = restrict(&case, true, " ").await.unwrap_err();
        assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", vec!["reason".to_owned()]));
        let refused = restrict(&case, true, &"x".repeat(501)).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason"]);
        let mut claims = case.house.clients().claims();
        for id in ["debtor_01h455vb4pex5vsknk084sn02q", "nobody"] {
            let wrong = pb::RestrictProcessingRequest { debtor_id: id.into(), ..asked(&case, true, "x") };
            let refused = claims.restrict_processing(case.house.ask(Role::Agent, wrong)).await.unwrap_err();
            assert_eq!(reason(&refused), "NOT_FOUND");
        }
        let token = case.house.token_of(case.house.other_tenant(), Role::Admin);
        let refused = claims.restrict_processing(outgoing_as(&token, asked(&case, true, "x"))).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        let refused = claims.restrict_processing(case.house.ask(Role::Analyst, asked(&case, true, "x"))).await.unwrap_err();
        assert_eq!(reason(&refused), "CALL_NOT_ALLOWED");
        let twice = asked(&case, true, "contested");
        let first = claims.restrict_processing(case.house.ask(Role::Agent, twice.clone())).await.unwrap().into_inner();
        let second = claims.restrict_processing(case.house.ask(Role::Agent, twice)).await.unwrap().into_inner();
        assert_eq!(first, second);
        case.house.stop().await;
    }
}
