use chrono::Days;
use kulanz_proto::claims::v1::ClaimState;
use kulanz_proto::events::v1::{PaymentReceived, PromiseBroken, PromiseEnded};
use kulanz_proto::payments::v1::{self, PromiseState};
use kulanz_testkit::{on_both_backends, reason};
use kulanz_types::{CreditorReference, Money};
use tonic::Status;

use crate::claims::Owed;
use crate::setup::Bench;
use crate::statement_file::{Line, statement};

impl Bench {
    pub async fn promise(&self, owed: &Owed, days: u64) -> Result<v1::Promise, Status> {
        self.promise_of(owed, days, None).await
    }

    pub async fn promise_of(
        &self,
        owed: &Owed,
        days: u64,
        cents: Option<i64>,
    ) -> Result<v1::Promise, Status> {
        let request = v1::MakePromiseRequest {
            request_id: self.house.request_id(),
            claim_id: owed.claim_id.clone(),
            amount: cents.map(|cents| Money::eur(cents).into()),
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
        let paid: Vec<PaymentReceived> = bench.told().await;
        assert_eq!((paid[0].promise_id.as_str(), paid[0].arrangement_id.as_str()), (promise.promise_id.as_str(), ""));
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

    async fn a_promise_whose_money_goes_back_was_not_kept_unless_enough_of_it_stays(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 20_000).await;
        let promise = bench.promise_of(&owed, 10, Some(8_000)).await.unwrap();
        let structured = CreditorReference::from_body("K7Q2M0X9TA").unwrap().to_string();
        let paid = |cents, number: usize| Line {
            structured: structured.clone(),
            end_to_end: format!("E2E-{number}"),
            ..Line::credit(cents, &format!("B-{number}"), "2026-11-25")
        };
        let back = |line: Line| Line {
            cents: -line.cents,
            reference: format!("{}-back", line.reference),
            returned: "AC04".into(),
            structured: String::new(),
            ..line
        };
        bench.import(&statement("S-1", &[paid(5_000, 1)])).await.unwrap();
        bench.import(&statement("S-2", &[back(paid(5_000, 1))])).await.unwrap();
        bench.import(&statement("S-3", &[paid(3_000, 2)])).await.unwrap();
        assert_eq!(bench.published("PromiseKept").await, 0, "what went back does not count");
        bench.import(&statement("S-4", &[paid(5_000, 3), paid(500, 4)])).await.unwrap();
        assert_eq!(bench.published("PromiseKept").await, 1);
        bench.import(&statement("S-5", &[back(paid(500, 4))])).await.unwrap();
        assert_eq!(bench.published("PromiseBroken").await, 0, "enough stayed");
        bench.import(&statement("S-6", &[back(paid(3_000, 2))])).await.unwrap();
        let broken: Vec<PromiseBroken> = bench.told().await;
        assert_eq!((broken.len(), &broken[0].promise_id), (1, &promise.promise_id));
        bench.import(&statement("S-7", &[back(paid(5_000, 3))])).await.unwrap();
        bench.advance(30).await;
        assert_eq!(bench.published("PromiseBroken").await, 1);
    }

    async fn a_promise_that_loses_its_meaning_says_so_and_why(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        let first = bench.promise(&owed, 4).await.unwrap();
        let second = bench.promise(&owed, 9).await.unwrap();
        bench.claim_moves(&owed, 2, ClaimState::Disputed).await;
        bench.claim_moves(&owed, 3, ClaimState::Open).await;
        let third = bench.promise(&owed, 5).await.unwrap();
        bench.claim_moves(&owed, 4, ClaimState::Withdrawn).await;
        bench.advance(30).await;
        assert_eq!(bench.published("PromiseBroken").await, 0);
        let ended: Vec<_> = bench.told::<PromiseEnded>().await;
        let ended: Vec<_> = ended.iter().map(|event| (&event.promise_id, event.reason.as_str())).collect();
        let expected = [(first, "SUPERSEDED"), (second, "CLAIM_HELD"), (third, "CLAIM_CLOSED")];
        let expected: Vec<_> = expected.iter().map(|(promise, why)| (&promise.promise_id, *why)).collect();
        assert_eq!(ended, expected);
    }

    async fn a_promise_gives_way_to_an_arrangement(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        bench.promise(&owed, 4).await.unwrap();
        bench.arrange(&owed, 6).await;
        let ended: Vec<PromiseEnded> = bench.told().await;
        assert_eq!((ended.len(), ended[0].reason.as_str()), (1, "SUPERSEDED"));
    }

    async fn a_promise_beyond_a_month_is_refused(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        assert_eq!(reason(&bench.promise(&owed, 31).await.unwrap_err()), "INVALID_FIELDS");
    }
}
