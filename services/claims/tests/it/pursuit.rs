//! Costs of courts, bailiffs and enforcement: what a table of the law holds is held to it, the rest needs evidence.

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::CostKind;
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{Case, case, case_of_creditor, cents, day, euros, row};

fn cost(case: &Case, kind: CostKind, amount: i64) -> pb::BookCostRequest {
    pb::BookCostRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        amount: euros(amount),
        kind: kind.into(),
        reason: "Verfahren vor dem Amtsgericht".into(),
        ..Default::default()
    }
}

async fn book(case: &Case, asked: pb::BookCostRequest) -> Result<pb::Entry, Status> {
    let asked = case.house.ask(Role::Admin, asked);
    let answer = case.house.clients().claims().book_cost(asked).await?.into_inner();
    Ok(answer.entry.expect("an entry"))
}

/// Books the most of a kind after a cent more was refused, naming field and maximum.
async fn most(case: &Case, kind: CostKind, amount: i64) -> pb::Entry {
    let refused = book(case, cost(case, kind, amount + 1)).await.expect_err("above the law");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "LAW_REFUSED")
    );
    assert_eq!(fields(&refused), ["amount"]);
    let told = refused.get_details_error_info().expect("error info").metadata;
    let permitted = format!("{}.{:02} EUR", amount / 100, amount % 100);
    assert_eq!(told["permitted"], permitted, "{kind:?}");
    let entry = book(case, cost(case, kind, amount)).await.expect("at the limit");
    assert_eq!(entry.norm, told["norm"]);
    entry
}

on_both_backends! {
    async fn the_courts_fees_are_held_to_the_table_of_the_day_and_owed_once(backend: Backend) {
        let case = case(backend).await;
        // 0.5 x 40.00 is less than the least.
        let fee = most(&case, CostKind::CourtFee, 3_800).await;
        assert_eq!((fee.subject.as_str(), fee.formula.as_str()), ("court_fee", "max(0.5 × 40.00, 38.00)"));
        assert_eq!((fee.norm.as_str(), fee.rule_version.as_str()), ("§ 34 GKG, Nr. 1100 KV GKG", "2025-06-01 (2025)"));
        assert_eq!(fee.inputs["value"], "249.90");
        let twice = book(&case, cost(&case, CostKind::CourtFee, 1)).await.unwrap_err();
        assert_eq!((reason(&twice).as_str(), fields(&twice)), ("LAW_REFUSED", vec!["amount".to_owned()]));
        // 3.0 x 40.00, less the order's.
        let suit = most(&case, CostKind::SuitFee, 8_200).await;
        assert_eq!(suit.formula, "3.0 × 40.00 − 38.00");
        case.house.stop().await;
    }

    async fn the_agencys_fees_in_court_are_held_to_the_lawyers(backend: Backend) {
        let case = case(backend).await;
        // 51.50 less half of 25.75, which is 12.88; 20 % of 38.62 are 7.72.
        let order = most(&case, CostKind::CourtDunning, 3_862 + 772).await;
        assert_eq!(order.formula, "1.0 × 51.50 − min(25.75 / 2, 38.63) + min(20 % × 38.62, 20.00)");
        // 20 % of 64.37 are 12.87, of which 7.72 are charged.
        let enforceable = most(&case, CostKind::EnforcementOrder, 2_575 + 515).await;
        assert_eq!((enforceable.subject.as_str(), enforceable.norm.as_str()), ("enforcement_order", "Nr. 3308 VV RVG"));
        // Each measure of enforcement bears its own: 0.3 x 51.50 and 20 %.
        most(&case, CostKind::Enforcement, 1_545 + 309).await;
        let second = most(&case, CostKind::Enforcement, 1_545 + 309).await;
        assert_eq!(second.norm, "Nr. 3309 VV RVG, § 25 Abs. 1 RVG");
        most(&case, CostKind::AssetDisclosure, 1_545 + 309).await;
        case.house.stop().await;
    }

    async fn what_the_client_is_charged_and_its_vat_count_in_court_too(backend: Backend) {
        let charges = pb::AgencyCharges { court_dunning: euros(4_000), enforcement: euros(1_000), ..Default::default() };
        let creditor = pb::Creditor { name: "Radhaus Nord GmbH".into(), agency_charges: Some(charges), ..Default::default() };
        let case = case_of_creditor(backend, creditor, |house| vec![row(house, "R-1")]).await;
        // 40.00 and 19 %.
        let order = most(&case, CostKind::CourtDunning, 4_760).await;
        assert_eq!((order.inputs["charged"].as_str(), order.inputs["rvg"].as_str()), ("40.00", "46.34"));
        let nothing = book(&case, cost(&case, CostKind::EnforcementOrder, 1)).await.unwrap_err();
        assert_eq!(reason(&nothing), "LAW_REFUSED");
        most(&case, CostKind::Enforcement, 1_190).await;
        case.house.stop().await;
    }

    async fn a_bailiffs_fixed_fee_is_held_to_the_schedule_and_other_charges_need_evidence(backend: Backend) {
        let case = case(backend).await;
        let bailiff = |amount, number: &str| pb::BookCostRequest {
            schedule_number: number.into(),
            evidence: "DR II 123/26".into(),
            ..cost(&case, CostKind::Bailiff, amount)
        };
        let above = book(&case, bailiff(3_121, "205")).await.unwrap_err();
        assert_eq!((reason(&above).as_str(), fields(&above)), ("LAW_REFUSED", vec!["amount".to_owned()]));
        let fee = book(&case, bailiff(3_120, "205")).await.unwrap();
        assert_eq!((fee.norm.as_str(), fee.formula.as_str()), ("§ 9 GvKostG", "31.20"));
        assert_eq!(fee.inputs["evidence"], "DR II 123/26");
        let unknown = book(&case, bailiff(1, "711")).await.unwrap_err();
        assert_eq!((reason(&unknown).as_str(), fields(&unknown)), ("INVALID_FIELDS", vec!["schedule_number".to_owned()]));
        // Travel is no fixed fee: as told.
        let travel = book(&case, bailiff(1_625, "")).await.unwrap();
        assert_eq!((cents(&travel.amount), travel.norm.as_str(), travel.formula.as_str()), (1_625, "§ 788 Abs. 1 ZPO", ""));
        for kind in [CostKind::Bailiff, CostKind::CourtOutlays] {
            let bare = book(&case, cost(&case, kind, 500)).await.unwrap_err();
            assert_eq!((reason(&bare).as_str(), fields(&bare)), ("INVALID_FIELDS", vec!["evidence".to_owned()]));
        }
        let outlays = pb::BookCostRequest { evidence: "3 C 12/26".into(), ..cost(&case, CostKind::CourtOutlays, 35_000) };
        assert_eq!(book(&case, outlays).await.unwrap().inputs["evidence"], "3 C 12/26");
        let misplaced = pb::BookCostRequest { schedule_number: "205".into(), ..cost(&case, CostKind::CourtFee, 1) };
        assert_eq!(fields(&book(&case, misplaced).await.unwrap_err()), ["schedule_number"]);
        let long = pb::BookCostRequest { evidence: "x".repeat(501), ..cost(&case, CostKind::BankCharge, 1) };
        assert_eq!(fields(&book(&case, long).await.unwrap_err()), ["evidence"]);
        case.house.stop().await;
    }

    async fn the_value_is_what_was_open_on_the_day(backend: Backend) {
        let case = case_of_creditor(backend, pb::Creditor { name: "Radhaus Nord GmbH".into(), deducts_input_vat: true, ..Default::default() },
            |house| vec![pb::ImportRow { principal: euros(200_100), ..row(house, "R-1") }]).await;
        // 40 + 3 x 21 + 22.50 = 125.50 for 2,001.00.
        let on = pb::BookCostRequest { value_date: day(&case.house, 10), ..cost(&case, CostKind::CourtFee, 6_275) };
        let fee = book(&case, on).await.unwrap();
        assert_eq!((fee.inputs["value"].as_str(), fee.value_date), ("2001.00", day(&case.house, 10)));
        // With interest and costs it is worth more than 2,000 for everything but asset disclosure: 0.3 x 176.00.
        let disclosure = most(&case, CostKind::AssetDisclosure, 5_280 + 1_056).await;
        assert_eq!(disclosure.inputs["lawful"], "63.36");
        case.house.stop().await;
    }
}
