//! From the wish to the agreement, before services of paper.

use axum::Router;
use http::StatusCode;
use http::header::LOCATION;
use kulanz_proto::payments::v1::{
    AcceptArrangementRequest, AcceptArrangementResponse, Arrangement, ArrangementKind,
    ArrangementState, ConfirmCostNoticeRequest, ConfirmCostNoticeResponse, GetArrangementResponse,
    GetQuoteResponse, Instalment, MakePromiseResponse, Promise, Quote, QuoteArrangementRequest,
    QuoteArrangementResponse, QuoteOption, ScheduledAmount, quote_arrangement_request::Wish,
};

use super::backend::Backend;
use super::claims::{CLAIM, backend, day, euro, opened};
use super::{cookie, get, hidden, post, text};

fn quote(cost_notice_confirmed: bool) -> Quote {
    let schedule = (0..5).map(|month| ScheduledAmount {
        due_date: Some(day(2027, 1 + month, 1)),
        amount: Some(euro(5_000)),
    });
    let option = QuoteOption {
        option_id: "a".to_owned(),
        schedule: schedule.collect(),
        total: Some(euro(25_000)),
        arrangement_cost: Some(euro(1_785)),
        rate: Some(euro(5_000)),
        ..QuoteOption::default()
    };
    Quote {
        quote_id: "quote_1".to_owned(),
        claim_id: CLAIM.to_owned(),
        kind: ArrangementKind::Instalments.into(),
        options: vec![option],
        cost_notice: "Die Vereinbarung kostet 17,85 €.\n\nZweiter Absatz.".to_owned(),
        cost_notice_hash: "abc123".to_owned(),
        cost_notice_confirmed,
        ..Quote::default()
    }
}

pub(super) fn arranging(cost_notice_confirmed: bool) -> Backend {
    let quoted = quote(cost_notice_confirmed);
    let instalments = vec![Instalment {
        due_date: Some(day(2027, 1, 1)),
        amount: Some(euro(5_000)),
        ..Instalment::default()
    }];
    let arrangement = Some(Arrangement {
        claim_id: CLAIM.to_owned(),
        state: ArrangementState::Active.into(),
        instalments,
        ..Arrangement::default()
    });
    backend()
        .answers("QuoteArrangement", &QuoteArrangementResponse { quote: Some(quoted.clone()) })
        .answers("GetQuote", &GetQuoteResponse { quote: Some(quoted.clone()) })
        .answers("ConfirmCostNotice", &ConfirmCostNoticeResponse { quote: Some(quoted) })
        .answers(
            "AcceptArrangement",
            &AcceptArrangementResponse { arrangement: arrangement.clone() },
        )
        .answers("GetArrangement", &GetArrangementResponse { arrangement })
}

/// Opens the form at `path`, fills it with `fields`, sends it and tells where that leads.
async fn fill(router: &Router, cookie: &str, path: &str, fields: &str) -> String {
    let html = text(get(router, path, cookie).await).await;
    let (csrf, request_id) = (hidden(&html, "csrf"), hidden(&html, "request_id"));
    let form = format!("csrf={csrf}&request_id={request_id}&{fields}");
    let sent = post(router, path, cookie, &form).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{path}");
    sent.headers()[LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_wish_becomes_an_offer_that_can_be_opened_again() {
    let backend = arranging(false);
    let (router, cookie) = opened(&backend).await;
    let wish = format!("/claims/{CLAIM}/instalments");
    let offer = fill(&router, &cookie, &wish, "rate=50%2C00&months=&first_date=").await;
    assert_eq!(offer, "/quotes/quote_1");
    let asked: Vec<QuoteArrangementRequest> = backend.requests("QuoteArrangement");
    assert_eq!(asked[0].wish, Some(Wish::DesiredRate(euro(5_000))));
    let html = text(get(&router, &offer, &cookie).await).await;
    assert!(html.contains("50,00\u{a0}€") && html.contains("17,85\u{a0}€"));
    assert!(html.contains("01.05.2027"), "the last payment is shown");
}

#[tokio::test]
async fn the_cost_notice_stands_by_itself_before_the_agreement() {
    let backend = arranging(false);
    let (router, cookie) = opened(&backend).await;
    let early = get(&router, "/quotes/quote_1/a/check", &cookie).await;
    assert_eq!(early.headers()[LOCATION], "/quotes/quote_1/a/costs");
    let html = text(get(&router, "/quotes/quote_1/a/costs", &cookie).await).await;
    assert!(html.contains("<p>Die Vereinbarung kostet 17,85 €.</p>"));
    assert!(!html.contains("Verbindlich vereinbaren"));
    let next = fill(&router, &cookie, "/quotes/quote_1/a/costs", "hash=abc123").await;
    assert_eq!(next, "/quotes/quote_1/a/check");
    let asked: Vec<ConfirmCostNoticeRequest> = backend.requests("ConfirmCostNotice");
    assert_eq!(asked[0].cost_notice_hash, "abc123");
    assert_eq!(asked[0].shown_on, "portal");
}

#[tokio::test]
async fn agreeing_leads_to_the_arrangement() {
    let backend = arranging(true);
    let (router, cookie) = opened(&backend).await;
    let next = fill(&router, &cookie, "/quotes/quote_1/a/check", "").await;
    assert_eq!(next, format!("/claims/{CLAIM}/arrangement"));
    let asked: Vec<AcceptArrangementRequest> = backend.requests("AcceptArrangement");
    assert_eq!((asked[0].quote_id.as_str(), asked[0].option_id.as_str()), ("quote_1", "a"));
    assert!(text(get(&router, &next, &cookie).await).await.contains("01.01.2027"));
}

#[tokio::test]
async fn an_offer_that_no_longer_holds_is_said_so() {
    let failed = tonic::Code::FailedPrecondition;
    let backend = arranging(true).refuses("AcceptArrangement", failed, "QUOTE_OUTDATED");
    let (router, cookie) = opened(&backend).await;
    let html = text(get(&router, "/quotes/quote_1/a/check", &cookie).await).await;
    let form = format!("csrf={}&request_id=x", hidden(&html, "csrf"));
    let answer = post(&router, "/quotes/quote_1/a/check", &cookie, &form).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(text(answer).await.contains("Dieses Angebot gilt nicht mehr"));
}

#[tokio::test]
async fn a_promise_is_repeated_back_with_amount_and_day() {
    let promise = Promise {
        amount: Some(euro(24_990)),
        promised_date: Some(day(2026, 12, 1)),
        ..Promise::default()
    };
    let backend = backend().answers("MakePromise", &MakePromiseResponse { promise: Some(promise) });
    let (router, session) = opened(&backend).await;
    let path = format!("/claims/{CLAIM}/promise");
    let html = text(get(&router, &path, &session).await).await;
    let form = format!("csrf={}&request_id=x&date=2026-12-01&amount=", hidden(&html, "csrf"));
    let sent = post(&router, &path, &session, &form).await;
    let next = sent.headers()[LOCATION].to_str().unwrap().to_owned();
    let html = text(get(&router, &next, &cookie(&sent)).await).await;
    assert!(html.contains("249,90\u{a0}€") && html.contains("01.12.2026"));
}

#[tokio::test]
async fn a_promise_without_an_arrangement_has_its_own_page() {
    let backend = backend().refuses("GetArrangement", tonic::Code::NotFound, "NOT_FOUND");
    let (router, cookie) = opened(&backend).await;
    let page = get(&router, &format!("/claims/{CLAIM}/arrangement"), &cookie).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(text(page).await.contains("Ihre Zusage"));
}
