use kulanz_chassis::{Code, Role};
use kulanz_proto::claims::v1::ClaimState;
use kulanz_proto::events::v1::{
    ArrangementAccepted, ArrangementEnded, ClaimSettled, ClaimStateChanged, HoldReleased,
};
use kulanz_proto::payments::v1::{self, ArrangementKind, quote_arrangement_request::Wish};
use kulanz_testkit::{fields, on_both_backends, reason};
use kulanz_types::Money;
use tonic::Status;

use crate::claims::Owed;
use crate::setup::Bench;

impl Bench {
    pub async fn quote(&self, owed: &Owed, months: i32) -> Result<v1::Quote, Status> {
        let request = v1::QuoteArrangementRequest {
            request_id: self.house.request_id(),
            claim_id: owed.claim_id.clone(),
            kind: ArrangementKind::Instalments.into(),
            wish: Some(Wish::Months(months)),
            ..Default::default()
        };
        let request = self.as_debtor(&owed.debtor_id, request);
        Ok(self.client().quote_arrangement(request).await?.into_inner().quote.unwrap())
    }

    pub async fn confirm(&self, owed: &Owed, quote: &v1::Quote) -> Result<v1::Quote, Status> {
        let request = v1::ConfirmCostNoticeRequest {
            request_id: self.house.request_id(),
            quote_id: quote.quote_id.clone(),
            shown_on: "portal".to_owned(),
            cost_notice_hash: quote.cost_notice_hash.clone(),
        };
        let request = self.as_debtor(&owed.debtor_id, request);
        Ok(self.client().confirm_cost_notice(request).await?.into_inner().quote.unwrap())
    }

    pub async fn accept(&self, owed: &Owed, quote: &v1::Quote) -> Result<v1::Arrangement, Status> {
        let request = v1::AcceptArrangementRequest {
            request_id: self.house.request_id(),
            quote_id: quote.quote_id.clone(),
            option_id: "a".to_owned(),
        };
        let request = self.as_debtor(&owed.debtor_id, request);
        let reply = self.client().accept_arrangement(request).await?.into_inner();
        self.house.settle().await;
        Ok(reply.arrangement.unwrap())
    }

    pub async fn arrange(&self, owed: &Owed, months: i32) -> v1::Arrangement {
        let quote = self.quote(owed, months).await.unwrap();
        self.confirm(owed, &quote).await.unwrap();
        self.accept(owed, &quote).await.unwrap()
    }

    pub async fn arrangement(&self, id: &str) -> v1::Arrangement {
        let lookup = v1::get_arrangement_request::Lookup::ArrangementId(id.to_owned());
        let request = v1::GetArrangementRequest { lookup: Some(lookup) };
        let request = self.house.ask(Role::Agent, request);
        self.client().get_arrangement(request).await.unwrap().into_inner().arrangement.unwrap()
    }
}

on_both_backends! {
    async fn a_claim_is_paid_by_scanning_a_code_with_its_reference(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("INK2026000123", 13_975).await;
        let request = v1::ListPaymentOptionsRequest { claim_ids: vec![owed.claim_id.clone()] };
        let request = bench.as_debtor(&owed.debtor_id, request);
        let options = bench.client().list_payment_options(request).await.unwrap().into_inner().options;
        let v1::payment_option::Method::BankTransfer(transfer) = options[0].method.clone().unwrap();
        assert_eq!(transfer.reference, "RF04INK2026000123");
        let expected = "BCD\n002\n1\nSCT\n\nMuster Inkasso GmbH\nDE02120300000000202051\nEUR139.75\n\n\
                        RF04INK2026000123";
        assert_eq!(transfer.epc_qr_payload, expected);
    }

    async fn an_arrangement_binds_only_after_its_cost_notice_was_shown(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let quote = bench.quote(&owed, 6).await.unwrap();
        assert!(quote.cost_notice.contains("§ 13a Abs. 3 RDG"));
        assert_eq!(quote.options[0].schedule.len(), 6);
        // Debt and interest are all that is paid: no arrangement costs anything, whatever the law would give.
        for option in &quote.options {
            assert_eq!(option.arrangement_cost.as_ref().unwrap().minor_units, 0);
            let (total, interest) = (option.total.as_ref().unwrap(), option.interest.as_ref().unwrap());
            assert_eq!(total.minor_units, 60_000 + interest.minor_units);
        }
        let early = bench.accept(&owed, &quote).await.unwrap_err();
        assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "COST_NOTICE_MISSING"));
        let other = v1::Quote { cost_notice_hash: "00".to_owned(), ..quote.clone() };
        let differs = bench.confirm(&owed, &other).await.unwrap_err();
        assert_eq!(reason(&differs), "COST_NOTICE_DIFFERS");
        assert!(bench.confirm(&owed, &quote).await.unwrap().cost_notice_confirmed);

        let arrangement = bench.accept(&owed, &quote).await.unwrap();
        assert_eq!(arrangement.state(), v1::ArrangementState::Active);
        assert_eq!(arrangement.total, quote.options[0].total);
        assert_eq!(arrangement.arrangement_cost.as_ref().unwrap().minor_units, 0);
        assert!(arrangement.payment_reference.starts_with("RF"));
        let told: Vec<ArrangementAccepted> = bench.told().await;
        let dues: Vec<_> = told[0].dues.iter().map(|due| (due.due_date, due.amount.clone())).collect();
        let agreed = arrangement.instalments.iter().map(|one| (one.due_date, one.amount.clone()));
        assert_eq!((told.len(), dues), (1, agreed.collect()));
        let again = bench.quote(&owed, 3).await.unwrap_err();
        assert_eq!(reason(&again), "CLAIM_ARRANGED");
        assert_eq!(bench.arrangement(&arrangement.arrangement_id).await, arrangement);
    }

    async fn the_same_acceptance_again_gets_the_same_answer(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let quote = bench.quote(&owed, 6).await.unwrap();
        bench.confirm(&owed, &quote).await.unwrap();
        let request = v1::AcceptArrangementRequest {
            request_id: bench.house.request_id(),
            quote_id: quote.quote_id.clone(),
            option_id: "a".to_owned(),
        };
        let accept = async |request: &v1::AcceptArrangementRequest| {
            let request = bench.as_debtor(&owed.debtor_id, request.clone());
            bench.client().accept_arrangement(request).await.map(tonic::Response::into_inner)
        };
        let first = accept(&request).await.unwrap();
        // The claim's state has moved on meanwhile: the answer stays what it was.
        bench.claims.change(&owed.claim_id, |owed| owed.state = ClaimState::Settled);
        assert_eq!(accept(&request).await.unwrap(), first);
        let other = v1::AcceptArrangementRequest { option_id: "b".to_owned(), ..request };
        assert_eq!(reason(&accept(&other).await.unwrap_err()), "REQUEST_ID_REUSED");
        assert_eq!(bench.published("ArrangementAccepted").await, 1);
    }

    async fn a_quote_lapses_and_is_outdated_by_a_payment(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let quote = bench.quote(&owed, 6).await.unwrap();
        bench.confirm(&owed, &quote).await.unwrap();
        bench.claims.change(&owed.claim_id, |owed| {
            owed.principal -= 10_000;
            owed.credits += 10_000;
        });
        let outdated = bench.accept(&owed, &quote).await.unwrap_err();
        assert_eq!(reason(&outdated), "QUOTE_OUTDATED");
        bench.advance(8).await;
        let expired = bench.accept(&owed, &quote).await.unwrap_err();
        assert_eq!(reason(&expired), "QUOTE_EXPIRED");
    }

    async fn nothing_is_agreed_about_a_silent_or_closed_claim(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        for state in [ClaimState::Disputed, ClaimState::Protected, ClaimState::Settled] {
            bench.claims.change(&owed.claim_id, |owed| owed.state = state);
            let refused = bench.quote(&owed, 6).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
        }
    }

    async fn a_debtor_and_another_tenant_see_nothing_of_others(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let other = bench.open_claim("B8R3N1Y0VC", 10_000).await;
        let quote = bench.quote(&owed, 6).await.unwrap();
        let foreign = Owed { debtor_id: other.debtor_id.clone(), ..owed.clone() };
        assert_eq!(bench.quote(&foreign, 3).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(bench.confirm(&foreign, &quote).await.unwrap_err().code(), Code::NotFound);
        let request = v1::GetQuoteRequest { quote_id: quote.quote_id.clone() };
        let request = bench.house.ask_as_other(Role::Agent, request);
        assert_eq!(bench.client().get_quote(request).await.unwrap_err().code(), Code::NotFound);
        let debtor = bench.as_debtor(&owed.debtor_id, v1::GetTrialBalanceRequest::default());
        let refused = bench.client().get_trial_balance(debtor).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }

    async fn every_wrong_field_of_a_wish_is_named(backend: Backend) {
        let bench = Bench::start(backend).await;
        let request = v1::QuoteArrangementRequest {
            request_id: bench.house.request_id(),
            claim_id: "claim_x".to_owned(),
            wish: Some(Wish::DesiredRate(Money::eur(0).into())),
            ..Default::default()
        };
        let request = bench.house.ask(Role::Agent, request);
        let status = bench.client().quote_arrangement(request).await.unwrap_err();
        let mut fields = fields(&status);
        fields.sort();
        assert_eq!(fields, ["claim_id", "desired_rate", "kind"]);
    }

    async fn a_claim_paid_otherwise_completes_its_arrangement(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let arrangement = bench.arrange(&owed, 6).await;
        let event = ClaimSettled { claim_id: owed.claim_id.clone(), ..Default::default() };
        bench.house.publish("claims", &owed.debtor_id, &event).await;
        bench.house.settle().await;
        let after = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(after.state(), v1::ArrangementState::Completed);
        assert_eq!(bench.published("ArrangementCompleted").await, 1);
        assert_eq!(bench.published("ArrangementEnded").await, 0);
    }

    async fn an_arrangement_ends_with_its_claim_and_says_so(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let arrangement = bench.arrange(&owed, 6).await;
        bench.claim_moves(&owed, 3, ClaimState::Withdrawn).await;
        bench.claim_moves(&owed, 4, ClaimState::Withdrawn).await;
        let ended: Vec<ArrangementEnded> = bench.told().await;
        assert_eq!((ended.len(), &ended[0].arrangement_id), (1, &arrangement.arrangement_id));
        bench.advance(60).await;
        for other in ["ArrangementCompleted", "InstalmentMissed", "ArrangementBroken"] {
            assert_eq!(bench.published(other).await, 0, "{other}");
        }
    }

    async fn the_end_of_a_hold_does_not_open_a_withdrawn_claim(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        bench.claim_moves(&owed, 2, ClaimState::OnHold).await;
        bench.claim_moves(&owed, 3, ClaimState::Withdrawn).await;
        let released = HoldReleased { claim_id: owed.claim_id.clone(), ..Default::default() };
        bench.publish_version(&owed.debtor_id, 4, &released).await;
        bench.house.settle().await;
        let closed = "SELECT COUNT(*) AS n FROM claim_fact WHERE tenant_id = $1 AND state = $2";
        assert_eq!(bench.house.count("payments", closed, "closed").await, 1);
    }

    async fn two_acceptances_at_once_make_one_arrangement(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let (one, other) = (bench.quote(&owed, 6).await.unwrap(), bench.quote(&owed, 3).await.unwrap());
        bench.confirm(&owed, &one).await.unwrap();
        bench.confirm(&owed, &other).await.unwrap();
        let (first, second) = tokio::join!(bench.accept(&owed, &one), bench.accept(&owed, &other));
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
        let refused = first.err().or(second.err()).unwrap();
        assert_eq!(reason(&refused), "CLAIM_ARRANGED");
        assert_eq!(bench.published("ArrangementAccepted").await, 1);
    }

    async fn the_order_of_a_claims_events_does_not_matter(backend: Backend) {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let bench = Bench::start(backend).await;
        let mut seen = Vec::new();
        for (number, order) in orders.into_iter().enumerate() {
            let owed = bench.open_claim(&format!("K7Q2M0X9{number:02}"), 60_000).await;
            let arrangement = bench.arrange(&owed, 6).await;
            for (version, event) in order.map(|index| (index, state_event(&owed, index))) {
                bench.publish_version(&owed.debtor_id, version, &event).await;
            }
            bench.house.settle().await;
            seen.push(bench.arrangement(&arrangement.arrangement_id).await.state());
        }
        assert_eq!(seen, [v1::ArrangementState::Completed; 6]);
    }
}

/// Disputed, open again, settled: the life of a claim by its versions.
fn state_event(owed: &Owed, version: i64) -> ClaimStateChanged {
    let states = [ClaimState::Disputed, ClaimState::Open, ClaimState::Settled];
    let state = states[usize::try_from(version).unwrap()];
    let claim_id = owed.claim_id.clone();
    ClaimStateChanged { claim_id, to_state: state.into(), ..Default::default() }
}
