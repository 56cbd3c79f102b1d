use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::ClaimState;
use kulanz_proto::events::v1 as event;
use kulanz_proto::types::v1::Money;
use kulanz_testkit::on_both_backends;
use kulanz_types::PaymentId;

use crate::support::{Case, case, cents, day, euros, total};

pub fn payment_id(case: &Case) -> String {
    PaymentId::generate(case.house.seeds(), case.house.now()).to_string()
}

pub fn received(case: &Case, payment_id: &str, amount: i64) -> event::PaymentReceived {
    event::PaymentReceived {
        payment_id: payment_id.into(),
        claim_id: case.claim_id.clone(),
        creditor_id: case.creditor_id.clone(),
        debtor_id: case.debtor_id.clone(),
        amount: euros(amount),
        value_date: day(&case.house, 0),
        method: "bank_transfer".into(),
        ..Default::default()
    }
}

pub fn returned(case: &Case, payment_id: &str, amount: i64) -> event::PaymentReversed {
    event::PaymentReversed {
        payment_id: payment_id.into(),
        claim_id: case.claim_id.clone(),
        creditor_id: case.creditor_id.clone(),
        debtor_id: case.debtor_id.clone(),
        amount: euros(amount),
        value_date: day(&case.house, 0),
        reason: "MD06".into(),
    }
}

pub async fn publish<M: prost::Message + prost::Name>(case: &Case, event: &M) {
    case.house.publish("payments", &case.debtor_id, event).await;
}

fn parts(claim: &pb::Claim) -> (i64, i64, i64) {
    let balance = claim.balance.clone().expect("a balance");
    (cents(&balance.costs), cents(&balance.interest), cents(&balance.principal))
}

/// An arrangement that payments tells of, and what it is to cost.
pub fn accepted(case: &Case, id: &str, cost: Option<Money>) -> event::ArrangementAccepted {
    event::ArrangementAccepted {
        arrangement_id: id.into(),
        claim_id: case.claim_id.clone(),
        debtor_id: case.debtor_id.clone(),
        arrangement_cost: cost,
        arrangement_cost_norm: "as agreed".into(),
        ..Default::default()
    }
}

/// Its end before its time.
pub fn broken(case: &Case, id: &str) -> event::ArrangementBroken {
    event::ArrangementBroken {
        arrangement_id: id.into(),
        claim_id: case.claim_id.clone(),
        debtor_id: case.debtor_id.clone(),
        ..Default::default()
    }
}

on_both_backends! {
    async fn a_payment_covers_costs_then_interest_then_principal(backend: Backend) {
        let case = case(backend).await;
        let (costs, _, principal) = parts(&case.claim().await);
        assert_eq!((costs, principal), (3_090, 24_990));
        publish(&case, &received(&case, &payment_id(&case), 10_000)).await;
        case.house.settle().await;
        let claim = case.claim().await;
        // 249.90 x 6.52 x 39 / 36,500 = 1.74 to the day before the payment; one further day on the rest.
        let (costs, interest, principal) = parts(&claim);
        assert_eq!((costs, principal), (0, 24_990 - (10_000 - 3_090 - 174)));
        assert!(interest <= 4);
        assert_eq!(claim.state(), ClaimState::Registered);
        case.house.stop().await;
    }

    async fn a_payment_of_what_the_statement_names_settles_the_claim(backend: Backend) {
        let case = case(backend).await;
        let owed = total(&case.claim().await);
        case.house.advance_days(1).await;
        publish(&case, &received(&case, &payment_id(&case), owed)).await;
        case.house.settle().await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Paid, 0));
        assert_eq!(claim.state_history.last().unwrap().reason, "PAYMENT_RECEIVED");
        assert_eq!(cents(&claim.balance.unwrap().credits), owed);
        case.house.stop().await;
    }

    async fn repeated_and_reordered_news_of_money_end_in_the_same_balance(backend: Backend) {
        let case = case(backend).await;
        let before = parts(&case.claim().await);
        let (first, second) = (payment_id(&case), payment_id(&case));
        publish(&case, &returned(&case, &first, 5_000)).await;
        publish(&case, &received(&case, &second, 2_000)).await;
        case.house.settle().await;
        publish(&case, &received(&case, &first, 5_000)).await;
        publish(&case, &received(&case, &second, 2_000)).await;
        publish(&case, &returned(&case, &first, 5_000)).await;
        case.house.settle().await;
        let after = parts(&case.claim().await);
        assert_eq!(after.0, before.0 - 2_000);
        assert_eq!((after.1, after.2), (before.1, before.2));
        case.house.stop().await;
    }

    async fn a_returned_payment_opens_a_settled_claim_again(backend: Backend) {
        let case = case(backend).await;
        let (owed, payment) = (total(&case.claim().await), payment_id(&case));
        publish(&case, &received(&case, &payment, owed)).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Paid);
        publish(&case, &returned(&case, &payment, owed)).await;
        case.house.settle().await;
        let claim = case.claim().await;
        assert_eq!((claim.state(), total(&claim)), (ClaimState::Registered, owed));
        case.house.stop().await;
    }

    async fn money_beyond_the_debt_shows_as_a_balance_below_zero(backend: Backend) {
        let case = case(backend).await;
        publish(&case, &received(&case, &payment_id(&case), 50_000)).await;
        case.house.settle().await;
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::Paid);
        assert!(total(&claim) < 0);
        case.house.stop().await;
    }

    async fn an_arrangement_shows_while_it_runs_whatever_the_order_of_the_news(backend: Backend) {
        let case = case(backend).await;
        publish(&case, &accepted(&case, "arrangement_1", None)).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Arranged);
        publish(&case, &broken(&case, "arrangement_1")).await;
        publish(&case, &accepted(&case, "arrangement_1", None)).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Recovering);
        case.house.stop().await;
    }

    async fn the_cost_of_an_arrangement_is_booked_once(backend: Backend) {
        let case = case(backend).await;
        let accepted = accepted(&case, "arrangement_1", euros(3_605));
        publish(&case, &accepted).await;
        publish(&case, &accepted).await;
        case.house.settle().await;
        assert_eq!(parts(&case.claim().await).0, 3_090 + 3_605);
        case.house.stop().await;
    }

    async fn a_promise_shows_until_it_is_kept_or_broken(backend: Backend) {
        let case = case(backend).await;
        let promise = event::PromiseMade {
            promise_id: "promise_1".into(),
            claim_id: case.claim_id.clone(),
            debtor_id: case.debtor_id.clone(),
            ..Default::default()
        };
        publish(&case, &promise).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Arranged);
        let broken = event::PromiseBroken {
            promise_id: "promise_1".into(),
            claim_id: case.claim_id.clone(),
            debtor_id: case.debtor_id.clone(),
            ..Default::default()
        };
        publish(&case, &broken).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Recovering);
        case.house.stop().await;
    }

    async fn a_promise_that_a_newer_one_replaced_holds_nothing(backend: Backend) {
        let case = case(backend).await;
        let promise = |promise_id: &str| event::PromiseMade {
            promise_id: promise_id.into(),
            claim_id: case.claim_id.clone(),
            debtor_id: case.debtor_id.clone(),
            ..Default::default()
        };
        publish(&case, &promise("promise_2")).await;
        publish(&case, &promise("promise_1")).await;
        let broken = event::PromiseBroken {
            promise_id: "promise_2".into(),
            claim_id: case.claim_id.clone(),
            debtor_id: case.debtor_id.clone(),
            ..Default::default()
        };
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Arranged);
        publish(&case, &broken).await;
        case.house.settle().await;
        assert_eq!(case.claim().await.state(), ClaimState::Recovering);
        case.house.stop().await;
    }

    async fn a_claim_is_open_once_its_debtor_was_told(backend: Backend) {
        let case = case(backend).await;
        let sent = event::MessageSent {
            message_id: "message_1".into(),
            debtor_id: case.debtor_id.clone(),
            claim_ids: vec![case.claim_id.clone()],
            ..Default::default()
        };
        case.house.publish("messaging", &case.debtor_id, &sent).await;
        case.house.publish("messaging", &case.debtor_id, &sent).await;
        case.house.settle().await;
        let claim = case.claim().await;
        assert_eq!(claim.state(), ClaimState::Open);
        assert_eq!(claim.state_history.len(), 2);
        case.house.stop().await;
    }

    async fn news_of_an_unknown_claim_changes_nothing(backend: Backend) {
        let case = case(backend).await;
        let stray = event::PaymentReceived {
            claim_id: "claim_01h455vb4pex5vsknk084sn02q".into(),
            ..received(&case, &payment_id(&case), 5_000)
        };
        publish(&case, &stray).await;
        case.house.publish_as("payments", case.house.other_tenant(), &case.debtor_id, &received(&case, &payment_id(&case), 5_000)).await;
        let before = case.claim().await;
        case.house.settle().await;
        assert_eq!(case.claim().await, before);
        case.house.stop().await;
    }
}
