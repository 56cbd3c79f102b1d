use chrono::Days;
use kulanz_proto::events::v1::HoldPlaced;
use kulanz_proto::payments::v1::{self, PromiseState};
use kulanz_testkit::{on_both_backends, reason};
use kulanz_types::CreditorReference;
use tonic::Status;

use crate::claims::Owed;
use crate::setup::Bench;
use crate::statement_file::{Line, statement};

impl Bench {
    async fn promise(&self, owed: &Owed, days: u64) -> Result<v1::Promise, Status> {
        let request = v1::MakePromiseRequest {
            request_id: self.house.request_id(),
            claim_id: owed.claim_id.clone(),
            amount: None,
            promised_date: Some((self.today() + Days::new(days)).into()),
        };
        let request = self.as_debtor(&owed.debtor_id, request);
        Ok(self.client().make_promise(request).await?.into_inner().promise.unwrap())
    }
}

on_both_backends! {
    async fn a_promise_is_kept_by_the_money_it_named(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        let promise = bench.promise(&owed, 10).await.unwrap();
        assert_eq!(promise.state(), PromiseState::Open);
        let structured = CreditorReference::from_body("K7Q2M0X9TA").unwrap().to_string();
        let line = Line { structured, ..Line::credit(8_000, "B-1", "2026-11-25") };
        bench.import(&statement("S-1", &[line])).await.unwrap();
        assert_eq!(bench.published("PromiseKept").await, 1);
        bench.advance(30).await;
        assert_eq!(bench.published("PromiseBroken").await, 0);
    }

    async fn a_promise_without_money_is_broken_after_its_days_of_grace(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        bench.promise(&owed, 4).await.unwrap();
        bench.advance(7).await;
        assert_eq!(bench.published("PromiseBroken").await, 0);
        bench.advance(1).await;
        assert_eq!(bench.published("PromiseBroken").await, 1);
    }

    async fn a_later_promise_or_a_hold_takes_the_meaning_from_an_earlier_one(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        bench.promise(&owed, 4).await.unwrap();
        bench.promise(&owed, 9).await.unwrap();
        bench.advance(10).await;
        assert_eq!(bench.published("PromiseBroken").await, 0);
        let event = HoldPlaced { claim_id: owed.claim_id.clone(), ..Default::default() };
        bench.house.publish("claims", &owed.debtor_id, &event).await;
        bench.advance(10).await;
        assert_eq!(bench.published("PromiseBroken").await, 0);
    }

    async fn a_promise_beyond_a_month_is_refused(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        assert_eq!(reason(&bench.promise(&owed, 31).await.unwrap_err()), "INVALID_FIELDS");
    }
}
