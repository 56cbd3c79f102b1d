//! Less than all, and it is over: within what the creditor allows.

use chrono::Days;
use kulanz_proto::events::v1::{ArrangementBroken, ArrangementCompleted};
use kulanz_proto::payments::v1::{self, ArrangementKind, ArrangementState};
use kulanz_testkit::on_both_backends;
use kulanz_types::Money;

use crate::claims::Owed;
use crate::setup::Bench;
use crate::statement_file::{Line, statement};
use crate::statements::structured;

const CASE: &str = "K7Q2M0X9TA";

impl Bench {
    /// A claim of 600.00 that its creditor lets be settled for 420.00.
    async fn settleable(&self) -> Owed {
        let owed = self.open_claim(CASE, 60_000).await;
        self.claims.change(&owed.claim_id, |owed| owed.floor = Some(42_000));
        owed
    }

    async fn quote_settlement(&self, owed: &Owed, wish: Option<i64>) -> v1::Quote {
        let request = v1::QuoteArrangementRequest {
            request_id: self.house.request_id(),
            claim_id: owed.claim_id.clone(),
            kind: ArrangementKind::Settlement.into(),
            down_payment: wish.map(|cents| Money::eur(cents).into()),
            ..Default::default()
        };
        let request = self.as_debtor(&owed.debtor_id, request);
        self.client().quote_arrangement(request).await.unwrap().into_inner().quote.unwrap()
    }

    async fn settle_for(&self, owed: &Owed, wish: i64) -> v1::Arrangement {
        let quote = self.quote_settlement(owed, Some(wish)).await;
        self.confirm(owed, &quote).await.unwrap();
        self.accept(owed, &quote).await.unwrap()
    }

    async fn pay_on(&self, cents: i64, reference: &str, days: u64) {
        let day = (self.today() + Days::new(days)).to_string();
        let line = Line { structured: structured(CASE), ..Line::credit(cents, reference, &day) };
        self.import(&statement(&format!("S-{reference}"), &[line])).await.unwrap();
    }
}

fn offered(quote: &v1::Quote) -> i64 {
    assert_eq!(quote.options.len(), 1, "{quote:?}");
    assert_eq!(quote.options[0].schedule.len(), 1);
    quote.options[0].total.as_ref().unwrap().minor_units
}

on_both_backends! {
    async fn what_the_debtor_wishes_is_offered_where_the_creditor_allows_it(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.settleable().await;
        let granted = bench.quote_settlement(&owed, Some(45_000)).await;
        assert_eq!(offered(&granted), 45_000);
        assert!(granted.cost_notice.contains("150,00 EUR erlassen (§ 397 BGB)"), "{}", granted.cost_notice);
        assert!(granted.options[0].counterfactual.is_empty());
        let unwished = bench.quote_settlement(&owed, None).await;
        assert_eq!(offered(&unwished), 42_000);
        let too_low = bench.quote_settlement(&owed, Some(10_000)).await;
        assert_eq!(offered(&too_low), 42_000);
        assert_eq!(too_low.options[0].counterfactual, "Ab 420,00 EUR dürfen wir sofort zustimmen.");
    }

    async fn without_the_creditors_authority_nothing_less_is_offered(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim(CASE, 60_000).await;
        let refused = bench.quote_settlement(&owed, Some(45_000)).await;
        assert!(refused.options.is_empty());
        assert!(refused.refusal.starts_with("Weniger als den vollen Betrag lässt der Gläubiger"), "{}", refused.refusal);
        let full = bench.quote_settlement(&owed, Some(60_000)).await;
        assert!(full.refusal.contains("nicht unter dem, was offen ist"));
    }

    async fn a_settlement_paid_in_time_is_told_with_what_it_was_settled_for(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.settleable().await;
        let arrangement = bench.settle_for(&owed, 45_000).await;
        assert_eq!(arrangement.kind(), ArrangementKind::Settlement);
        bench.pay_on(20_000, "B-1", 1).await;
        assert_eq!(bench.published("ArrangementCompleted").await, 0);
        bench.pay_on(25_000, "B-2", 2).await;
        let completed: Vec<ArrangementCompleted> = bench.told().await;
        assert_eq!(completed.len(), 1);
        assert_eq!(completed[0].kind(), ArrangementKind::Settlement);
        assert_eq!(completed[0].settled_for.as_ref().unwrap().minor_units, 45_000);
        bench.advance(60).await;
        assert_eq!(bench.published("ArrangementBroken").await, 0);
    }

    async fn a_settlement_not_paid_by_its_day_is_over_and_the_full_amount_stays(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.settleable().await;
        let arrangement = bench.settle_for(&owed, 45_000).await;
        // The day is 30 November; transfers take their days.
        bench.advance(19).await;
        assert_eq!(bench.published("ArrangementBroken").await, 0);
        // Too late, though the look at it comes later.
        bench.pay_on(45_000, "B-1", 9).await;
        assert_eq!(bench.published("ArrangementCompleted").await, 0);
        bench.advance(3).await;
        let broken: Vec<ArrangementBroken> = bench.told().await;
        assert_eq!((broken.len(), broken[0].reason.as_str()), (1, "SETTLEMENT_NOT_PAID"));
        assert_eq!(bench.published("InstalmentMissed").await, 0);
        let after = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(after.state(), ArrangementState::Broken);
        assert_eq!(after.instalments[0].paid.as_ref().unwrap().minor_units, 0);
        assert_eq!(bench.published("PaymentReceived").await, 1);
    }

    async fn a_settlement_whose_payment_went_back_was_not_kept(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.settleable().await;
        bench.settle_for(&owed, 45_000).await;
        let line = Line { structured: structured(CASE), end_to_end: "E2E-1".into(), ..Line::credit(45_000, "B-1", "2026-11-20") };
        let back = Line { cents: -45_000, returned: "MD06".into(), structured: String::new(), reference: "B-2".into(), ..line.clone() };
        bench.import(&statement("S-1", &[line])).await.unwrap();
        bench.import(&statement("S-2", &[back])).await.unwrap();
        let broken: Vec<ArrangementBroken> = bench.told().await;
        assert_eq!((broken.len(), broken[0].reason.as_str()), (1, "PAYMENT_RETURNED"));
        assert_eq!(offered(&bench.quote_settlement(&owed, None).await), 42_000);
    }
}
