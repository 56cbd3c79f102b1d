//! What an arrangement costs, as payments tells of it: never more than the law gives, and never at the
//! arrangement's expense.

use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::ClaimState;
use kulanz_proto::types::v1::Money;
use kulanz_testkit::on_both_backends;

use crate::account::entries;
use crate::audit::records;
use crate::money::{accepted, broken, publish};
use crate::support::{Case, case, case_of, euros, row, total};

/// Half of 249.90: 0.7 x 51.50 = 36.05. Of the flat sum, 20 % of 25.75 + 36.05, 5.15 are charged.
const LAWFUL: i64 = 3_605 + 1_236 - 515;
/// How it is found.
const FORMULA: &str = "0.7 × 51.50 + min(20 % × 61.80, 20.00) − 5.15";

async fn agree(case: &Case, id: &str, cost: Option<Money>) {
    publish(case, &accepted(case, id, cost)).await;
    case.house.settle().await;
}

/// What the audit log keeps of the cost that the last arrangement was to have: agreed, booked, refused.
async fn kept(case: &Case) -> (String, String, String) {
    let all = records(&case.house, case.house.tenant(), 0, &case.claim_id).await.unwrap();
    let last = all.into_iter().rfind(|it| it.action == "ArrangementAccepted").expect("a record");
    assert_eq!(last.actor, "service:payments");
    let fact = |name: &str| last.facts.get(name).cloned().unwrap_or_default();
    let [agreed, booked, refused] =
        ["agreed", "booked", "refused"].map(|it| fact(&format!("arrangement_cost_{it}")));
    (agreed, booked, refused)
}

async fn fees(case: &Case) -> Vec<pb::Entry> {
    let all = entries(case).await;
    all.into_iter().filter(|entry| entry.subject == "arrangement_fee").collect()
}

fn said(agreed: &str, booked: &str, refused: &str) -> (String, String, String) {
    (agreed.to_owned(), booked.to_owned(), refused.to_owned())
}

on_both_backends! {
    async fn a_lawful_cost_of_an_arrangement_is_booked_as_agreed_and_under_its_own_norm(backend: Backend) {
        let case = case(backend).await;
        let before = total(&case.claim().await);
        agree(&case, "arrangement_1", euros(LAWFUL)).await;
        let fees = fees(&case).await;
        let [fee] = fees.as_slice() else { panic!("{fees:?}") };
        assert_eq!((fee.norm.as_str(), fee.formula.as_str()), ("Nr. 1000 Nr. 2 VV RVG, § 31b RVG", FORMULA));
        assert_eq!((fee.rule_version.as_str(), fee.cause_id.as_str()), ("2021-10-01 (2025)", "arrangement_1"));
        let claim = case.claim().await;
        assert_eq!((total(&claim), claim.state()), (before + LAWFUL, ClaimState::Arranged));
        assert_eq!(kept(&case).await, said("43.26 EUR", "43.26 EUR", ""));
        case.house.stop().await;
    }

    async fn what_an_arrangement_costs_above_the_law_is_not_booked_and_the_log_says_so(backend: Backend) {
        let case = case(backend).await;
        let before = total(&case.claim().await);
        agree(&case, "arrangement_1", euros(LAWFUL + 1)).await;
        let fees = fees(&case).await;
        let [fee] = fees.as_slice() else { panic!("{fees:?}") };
        assert_eq!(fee.formula, format!("min(43.27, {FORMULA})"));
        let told = case.statement().await;
        let line = told.lines.iter().find(|line| line.entry_id == fee.entry_id).expect("the line of the fee");
        let inputs = ["value", "agreed", "lawful"].map(|name| line.inputs[name].as_str());
        assert_eq!(inputs, ["249.90", "43.27", "43.26"]);
        let claim = case.claim().await;
        assert_eq!((total(&claim), claim.state()), (before + LAWFUL, ClaimState::Arranged));
        assert_eq!(kept(&case).await, said("43.27 EUR", "43.26 EUR", "the fee is above what the law allows"));
        case.house.stop().await;
    }

    async fn a_second_arrangement_of_a_claim_stands_without_a_second_fee(backend: Backend) {
        let case = case(backend).await;
        agree(&case, "arrangement_1", euros(2_000)).await;
        publish(&case, &broken(&case, "arrangement_1")).await;
        case.house.settle().await;
        let before = total(&case.claim().await);
        agree(&case, "arrangement_2", euros(2_000)).await;
        let claim = case.claim().await;
        assert_eq!((total(&claim), claim.state()), (before, ClaimState::Arranged));
        assert_eq!(kept(&case).await, said("20.00 EUR", "0.00 EUR", "the fee of an arrangement is owed once"));
        case.house.stop().await;
    }

    async fn an_arrangement_whose_cost_the_law_does_not_give_stands_without_it(backend: Backend) {
        let case = case_of(backend, |house| pb::ImportRow { reminder_sent_on: None, ..row(house, "R-1") }).await;
        let before = total(&case.claim().await);
        agree(&case, "arrangement_1", euros(1_000)).await;
        let claim = case.claim().await;
        assert_eq!((total(&claim), claim.state()), (before, ClaimState::Arranged));
        let (agreed, booked, refused) = kept(&case).await;
        assert_eq!((agreed.as_str(), booked.as_str()), ("10.00 EUR", "0.00 EUR"));
        assert!(refused.contains("§§ 280 Abs. 2, 286 BGB"), "{refused}");
        let francs = Money { currency_code: "CHF".into(), minor_units: 1_000 };
        agree(&case, "arrangement_2", Some(francs)).await;
        assert_eq!(kept(&case).await, said("10.00 CHF", "0.00 CHF", "the agency's charge is no amount in the claim's currency"));
        assert!(fees(&case).await.is_empty());
        case.house.stop().await;
    }

    async fn no_cost_is_booked_on_a_claim_that_was_given_up_meanwhile(backend: Backend) {
        let case = case(backend).await;
        let withdrawn = pb::WithdrawClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            reason: "Kulanz".into(),
        };
        let asked = case.house.ask(kulanz_chassis::Role::Admin, withdrawn);
        case.house.clients().claims().withdraw_claim(asked).await.unwrap();
        agree(&case, "arrangement_1", euros(2_000)).await;
        assert!(fees(&case).await.is_empty());
        assert_eq!(case.claim().await.state(), ClaimState::Withdrawn);
        assert_eq!(kept(&case).await, said("20.00 EUR", "0.00 EUR", "the state of the claim does not allow this"));
        case.house.stop().await;
    }
}
