use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_testkit::{fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::support::{Case, ago, case, cents, day, euros, total};

fn authority() -> pb::SettlementAuthority {
    pb::SettlementAuthority {
        max_discount_percent: "30".into(),
        min_days_overdue: 45,
        max_open_total: euros(50_000),
        valid_until: None,
    }
}

async fn allow(case: &Case, settlement: pb::SettlementAuthority) -> Result<pb::Creditor, Status> {
    let given = pb::Creditor { settlement: Some(settlement), ..Default::default() };
    case.update_creditor("settlement", given).await
}

async fn interest(case: &Case, settings: pb::InterestSettings) -> Result<pb::Creditor, Status> {
    let given = pb::Creditor { interest: Some(settings), ..Default::default() };
    case.update_creditor("interest", given).await
}

async fn check(case: &Case, amount: i64) -> Result<pb::CheckSettlementResponse, Status> {
    let asked = pb::CheckSettlementRequest {
        claim_id: case.claim_id.clone(),
        amount: euros(amount),
        pay_by: None,
    };
    let asked = case.house.ask(Role::Service, asked);
    Ok(case.house.clients().claims().check_settlement(asked).await?.into_inner())
}

on_both_backends! {
    async fn a_settlement_is_allowed_down_to_the_floor(backend: Backend) {
        let case = case(backend).await;
        let open = total(&case.claim().await);
        let answer = check(&case, open - 1).await.unwrap();
        assert_eq!((answer.allowed, answer.rule_id.as_str()), (false, "claims.settlement.no_authority"));
        assert_eq!((answer.floor, cents(&answer.open_total)), (None, open));
        assert!(check(&case, open).await.unwrap().allowed);
        let kept = allow(&case, authority()).await.unwrap().settlement.unwrap();
        assert_eq!(kept, pb::SettlementAuthority { max_discount_percent: "30.00".into(), ..authority() });
        let floor = (open * 70 + 99) / 100;
        let answer = check(&case, floor).await.unwrap();
        assert_eq!((answer.allowed, answer.rule_id.as_str()), (true, ""));
        assert_eq!(cents(&answer.floor), floor);
        let answer = check(&case, floor - 1).await.unwrap();
        assert_eq!((answer.allowed, answer.rule_id.as_str()), (false, "claims.settlement.discount"));
        case.house.stop().await;
    }

    async fn each_guard_of_the_creditor_is_named(backend: Backend) {
        let case = case(backend).await;
        let open = total(&case.claim().await);
        for (given, rule) in [
            (pb::SettlementAuthority { min_days_overdue: 61, ..authority() }, "too_young"),
            (pb::SettlementAuthority { max_open_total: euros(open - 1), ..authority() }, "too_large"),
            (pb::SettlementAuthority { valid_until: day(&case.house, 1), ..authority() }, "expired"),
        ] {
            allow(&case, given).await.unwrap();
            let answer = check(&case, open - 100).await.unwrap();
            assert_eq!(answer.rule_id, format!("claims.settlement.{rule}"));
            assert!(!answer.allowed && answer.floor.is_none());
        }
        allow(&case, authority()).await.unwrap();
        let asked = pb::OpenDisputeRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            reason: pb::DisputeReason::NotDelivered.into(),
            ..Default::default()
        };
        case.house.clients().claims().open_dispute(case.house.ask(Role::Agent, asked)).await.unwrap();
        assert_eq!(check(&case, open - 100).await.unwrap().rule_id, "claims.settlement.disputed");
        let asked = pb::WithdrawClaimRequest {
            request_id: case.house.request_id(), claim_id: case.claim_id.clone(), reason: "goodwill".into(),
        };
        case.house.clients().claims().withdraw_claim(case.house.ask(Role::Admin, asked)).await.unwrap();
        assert_eq!(check(&case, open).await.unwrap().rule_id, "claims.settlement.closed");
        case.house.stop().await;
    }

    async fn a_proposal_needs_an_amount_and_a_day_to_come(backend: Backend) {
        let case = case(backend).await;
        let mut claims = case.house.clients().claims();
        let wrong = pb::CheckSettlementRequest {
            claim_id: case.claim_id.clone(), amount: euros(0), pay_by: day(&case.house, 1),
        };
        let refused = claims.check_settlement(case.house.ask(Role::Service, wrong)).await.unwrap_err();
        assert_eq!(fields(&refused), ["amount", "pay_by"]);
        let francs = Some(kulanz_proto::types::v1::Money { currency_code: "CHF".into(), minor_units: 1 });
        let other = pb::CheckSettlementRequest { claim_id: case.claim_id.clone(), amount: francs, pay_by: None };
        let refused = claims.check_settlement(case.house.ask(Role::Service, other.clone())).await.unwrap_err();
        assert_eq!(fields(&refused), ["amount"]);
        let refused = claims.check_settlement(case.house.ask_as_other(Role::Service, other)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        case.house.stop().await;
    }

    async fn an_authority_without_measure_is_refused(backend: Backend) {
        let case = case(backend).await;
        let wrong = pb::SettlementAuthority {
            max_discount_percent: "130".into(),
            min_days_overdue: -1,
            max_open_total: euros(-5),
            valid_until: Some(kulanz_proto::types::v1::Date { year: 2026, month: 13, day: 1 }),
        };
        let refused = allow(&case, wrong).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        let expected = ["max_discount_percent", "min_days_overdue", "max_open_total", "valid_until"];
        assert_eq!(fields(&refused), expected.map(|name| format!("creditor.settlement.{name}")));
        case.house.stop().await;
    }

    async fn a_rate_above_the_statutory_one_needs_its_reason(backend: Backend) {
        let case = case(backend).await;
        let high = pb::InterestSettings { contractual_rate: "9.9".into(), ..Default::default() };
        let refused = interest(&case, high.clone()).await.unwrap_err();
        assert_eq!(fields(&refused), ["creditor.interest.contractual_rate_reason"]);
        let explained = pb::InterestSettings {
            contractual_rate_reason: "§ 7 of the framework contract".into(),
            day_count: pb::DayCount::DayCount30360.into(),
            payment_day_counts: true,
            ..high
        };
        let kept = interest(&case, explained.clone()).await.unwrap().interest.unwrap();
        assert_eq!(kept, explained);
        let months = pb::InterestSettings { day_count: pb::DayCount::DayCount30360.into(), ..Default::default() };
        let refused = interest(&case, months).await.unwrap_err();
        assert_eq!(fields(&refused), ["creditor.interest.day_count"]);
        let low = pb::InterestSettings { contractual_rate: "4".into(), ..Default::default() };
        assert!(interest(&case, low).await.is_ok());
        assert_eq!(ago(&case.house, 0).to_string(), "2026-11-16");
        case.house.stop().await;
    }
}
