use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::{ClaimState, OutreachPurpose};
use kulanz_proto::events::v1 as event;
use kulanz_proto::payments::v1::ArrangementKind;
use kulanz_testkit::{fields, on_both_backends, reason};
use kulanz_types::ArrangementId;
use tonic::{Code, Status};

use crate::outreach::rules;
use crate::support::{Case, case, day, euros};

fn sale(case: &Case) -> pb::SellClaimRequest {
    pb::SellClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        buyer_name: "Forderungskontor West AG".into(),
        sold_on: day(&case.house, 1),
        reason: "portfolio sale".into(),
        arrangement_taken_over: false,
    }
}

async fn sell(case: &Case, asked: pb::SellClaimRequest) -> Result<pb::Claim, Status> {
    let asked = case.house.ask(Role::Integration, asked);
    let answer = case.house.clients().claims().sell_claim(asked).await?;
    Ok(answer.into_inner().claim.expect("a claim"))
}

async fn recall(case: &Case, taken_over: bool) -> Result<pb::Claim, Status> {
    let asked = pb::RecallClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        reason: "placement ended".into(),
        arrangement_taken_over: taken_over,
    };
    let asked = case.house.ask(Role::Integration, asked);
    let answer = case.house.clients().claims().recall_claim(asked).await?;
    Ok(answer.into_inner().claim.expect("a claim"))
}

async fn arrange(case: &Case) {
    let accepted = event::ArrangementAccepted {
        arrangement_id: ArrangementId::generate(case.house.seeds(), case.house.now()).to_string(),
        claim_id: case.claim_id.clone(),
        debtor_id: case.debtor_id.clone(),
        creditor_id: case.creditor_id.clone(),
        kind: ArrangementKind::Instalments.into(),
        total: euros(24_990),
        ..Default::default()
    };
    case.house.publish("payments", &case.debtor_id, &accepted).await;
    case.house.settle().await;
}

on_both_backends! {
    async fn a_sold_claim_names_its_buyer_and_is_silent_at_once(backend: Backend) {
        let case = case(backend).await;
        assert!(rules(&case, OutreachPurpose::Collect).await.is_empty());
        let claim = sell(&case, sale(&case)).await.unwrap();
        assert_eq!(claim.state(), ClaimState::Sold);
        let assignment = claim.assignment.unwrap();
        assert_eq!(assignment.buyer_name, "Forderungskontor West AG");
        assert_eq!(assignment.assigned_on, day(&case.house, 1));
        let step = claim.state_history.last().unwrap().clone();
        assert_eq!((step.reason.as_str(), step.note.as_str()), ("SOLD", "portfolio sale"));
        assert!(!rules(&case, OutreachPurpose::Collect).await.is_empty());
        assert!(case.claim().await.assignment.is_some());
        let refused = sell(&case, sale(&case)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
        assert_eq!(reason(&recall(&case, true).await.unwrap_err()), "CLAIM_STATE");
        case.house.stop().await;
    }

    async fn a_recalled_claim_goes_back_and_is_still_owed(backend: Backend) {
        let case = case(backend).await;
        let before = case.claim().await.balance;
        let claim = recall(&case, false).await.unwrap();
        assert_eq!(claim.state(), ClaimState::Returned);
        assert_eq!(claim.balance, before);
        assert!(claim.assignment.is_none());
        assert!(!rules(&case, OutreachPurpose::Collect).await.is_empty());
        assert_eq!(reason(&sell(&case, sale(&case)).await.unwrap_err()), "CLAIM_STATE");
        case.house.stop().await;
    }

    async fn what_a_debtor_agreed_on_is_not_lost_by_a_sale(backend: Backend) {
        let case = case(backend).await;
        arrange(&case).await;
        assert_eq!(case.claim().await.state(), ClaimState::Arranged);
        for refused in [sell(&case, sale(&case)).await.unwrap_err(), recall(&case, false).await.unwrap_err()] {
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CLAIM_ARRANGED"));
        }
        assert_eq!(case.claim().await.state(), ClaimState::Arranged);
        let taken_over = pb::SellClaimRequest { arrangement_taken_over: true, ..sale(&case) };
        assert_eq!(sell(&case, taken_over).await.unwrap().state(), ClaimState::Sold);
        case.house.stop().await;
    }

    async fn a_sale_needs_a_buyer_a_day_that_was_and_a_reason(backend: Backend) {
        let case = case(backend).await;
        let wrong = pb::SellClaimRequest {
            buyer_name: " ".into(),
            sold_on: Some((crate::support::ago(&case.house, 0) + chrono::Days::new(1)).into()),
            ..sale(&case)
        };
        assert_eq!(fields(&sell(&case, wrong).await.unwrap_err()), ["buyer_name", "sold_on"]);
        let silent = pb::SellClaimRequest { reason: String::new(), ..sale(&case) };
        assert_eq!(fields(&sell(&case, silent).await.unwrap_err()), ["reason"]);
        let early = pb::SellClaimRequest { sold_on: day(&case.house, 900), ..sale(&case) };
        assert_eq!(fields(&sell(&case, early).await.unwrap_err()), ["sold_on"]);
        let mut claims = case.house.clients().claims();
        let refused = claims.sell_claim(case.house.ask_as_other(Role::Integration, sale(&case))).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let refused = claims.sell_claim(case.house.ask(Role::Agent, sale(&case))).await;
        assert_eq!(reason(&refused.unwrap_err()), "CALL_NOT_ALLOWED");
        let asked = pb::RecallClaimRequest {
            request_id: case.house.request_id(), claim_id: case.claim_id.clone(), reason: "x".into(), arrangement_taken_over: false,
        };
        let refused = claims.recall_claim(case.house.ask_as_other(Role::Integration, asked)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        case.house.stop().await;
    }
}
