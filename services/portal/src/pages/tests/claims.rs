//! The pages of a claim, before services of paper.

use http::StatusCode;
use http::header::LOCATION;
use kulanz_proto::claims::v1::{
    Balance, Claim, ClaimState, Contract, Dispute, GetClaimResponse, GetStatementDocumentResponse,
    GetStatementResponse, ListClaimsResponse, OpenAccessResponse, OpenDisputeRequest,
    OpenDisputeResponse, ReportWrongPersonRequest, ReportWrongPersonResponse, Statement,
    StatementLine, report_wrong_person_request::Subject,
};
use kulanz_proto::payments::v1::{
    BankTransfer, ListPaymentOptionsResponse, PaymentOption, payment_option::Method,
};
use kulanz_proto::types::v1::{Date, Money};

use super::backend::Backend;
use super::{app_at, cookie, get, hidden, post, text};

pub(super) const CLAIM: &str = "claim_01h455vb4pex5vsknk084sn02q";

pub(super) fn euro(minor_units: i64) -> Money {
    Money { currency_code: "EUR".to_owned(), minor_units }
}

pub(super) fn day(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

pub(super) fn claim() -> Claim {
    Claim {
        claim_id: CLAIM.to_owned(),
        creditor_name: "Wollwerk <Versand> GmbH".to_owned(),
        reference: "R-4711".to_owned(),
        case_reference: "K7-20-31".to_owned(),
        contract: Some(Contract { subject: "Winterjacke".to_owned(), date: None }),
        invoice_date: Some(day(2026, 8, 1)),
        due_date: Some(day(2026, 8, 15)),
        state: ClaimState::Open.into(),
        balance: Some(Balance { total: Some(euro(24_990)), ..Balance::default() }),
        ..Claim::default()
    }
}

/// Services that know one debtor with one claim.
pub(super) fn backend() -> Backend {
    let opened = OpenAccessResponse {
        session_token: "debtor-token".to_owned(),
        debtor_id: "debtor_1".to_owned(),
        given_name: "Mona".to_owned(),
        family_name: "Beispiel".to_owned(),
        agency_name: "Musterhaus Inkasso GmbH".to_owned(),
        ..OpenAccessResponse::default()
    };
    Backend::default()
        .answers("OpenAccess", &opened)
        .answers("GetClaim", &GetClaimResponse { claim: Some(claim()) })
        .answers(
            "ListClaims",
            &ListClaimsResponse { claims: vec![claim()], ..ListClaimsResponse::default() },
        )
}

/// The portal before `backend`, and the cookie of an opened session.
pub(super) async fn opened(backend: &Backend) -> (axum::Router, String) {
    let router = super::super::router(app_at(&backend.serve()));
    let guest = cookie(&get(&router, "/l/link-token", "").await);
    let csrf = hidden(&text(get(&router, "/identity", &guest).await).await, "csrf");
    let form = format!("csrf={csrf}&request_id=x&day=27&month=3&year=1984");
    let opened = post(&router, "/identity", &guest, &form).await;
    assert_eq!(opened.headers()[LOCATION], "/overview");
    let cookie = cookie(&opened);
    (router, cookie)
}

#[tokio::test]
async fn the_overview_offers_three_ways_under_the_debtors_own_token() {
    let backend = backend();
    let (router, cookie) = opened(&backend).await;
    let html = text(get(&router, "/overview", &cookie).await).await;
    assert!(html.contains("249,90\u{a0}€") && html.contains("Mona Beispiel"));
    for way in ["Jetzt bezahlen", "In Raten", "Später oder Hilfe"] {
        assert!(html.contains(way), "{way}");
    }
    assert!(!html.contains("<Versand>"), "text is escaped");
    assert_eq!(backend.tokens("OpenAccess"), [None]);
    assert_eq!(backend.tokens("ListClaims"), [Some("Bearer debtor-token".to_owned())]);
}

#[tokio::test]
async fn a_wrong_birth_date_is_sent_back_without_saying_more() {
    let denied = tonic::Code::PermissionDenied;
    let backend = Backend::default().refuses("OpenAccess", denied, "SECOND_FACTOR_WRONG");
    let router = super::super::router(app_at(&backend.serve()));
    let guest = cookie(&get(&router, "/l/link-token", "").await);
    let csrf = hidden(&text(get(&router, "/identity", &guest).await).await, "csrf");
    let form = format!("csrf={csrf}&request_id=x&day=27&month=3&year=1984");
    let again = post(&router, "/identity", &guest, &form).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(again).await.contains("passt nicht zu diesem Link"));
}

#[tokio::test]
async fn expired_and_tampered_links_are_told_apart_and_kindly() {
    for (reason, code, status, words) in [
        ("LINK_EXPIRED", tonic::Code::FailedPrecondition, StatusCode::GONE, "abgelaufen"),
        ("LINK_INVALID", tonic::Code::NotFound, StatusCode::NOT_FOUND, "nicht gültig"),
        ("LINK_LOCKED", tonic::Code::ResourceExhausted, StatusCode::TOO_MANY_REQUESTS, "gesperrt"),
    ] {
        let backend = Backend::default().refuses("OpenAccess", code, reason);
        let router = super::super::router(app_at(&backend.serve()));
        let guest = cookie(&get(&router, "/l/link-token", "").await);
        let csrf = hidden(&text(get(&router, "/identity", &guest).await).await, "csrf");
        let form = format!("csrf={csrf}&request_id=x&postcode=10115");
        let answer = post(&router, "/identity", &guest, &form).await;
        assert_eq!(answer.status(), status);
        assert!(text(answer).await.contains(words), "{reason}");
    }
}

#[tokio::test]
async fn the_statement_shows_each_line_with_its_norm() {
    let line = StatementLine {
        text: "Verzugszinsen".to_owned(),
        norm: "§ 288 Abs. 1 BGB".to_owned(),
        amount: Some(euro(312)),
        from: Some(day(2026, 8, 16)),
        to: Some(day(2026, 11, 21)),
        days: 98,
        rate: "6.27".to_owned(),
        ..StatementLine::default()
    };
    let statement = Statement { lines: vec![line], ..Statement::default() };
    let answer = GetStatementResponse { statement: Some(statement) };
    let backend = backend().answers("GetStatement", &answer);
    let (router, cookie) = opened(&backend).await;
    let html = text(get(&router, &format!("/claims/{CLAIM}/statement"), &cookie).await).await;
    for shown in ["Verzugszinsen", "§ 288 Abs. 1 BGB", "3,12\u{a0}€", "98 Tage", "6,27\u{a0}%"] {
        assert!(html.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn the_statement_can_be_kept_as_a_letter() {
    let answer = GetStatementDocumentResponse {
        media_type: "application/pdf".to_owned(),
        file_name: "Forderungsaufstellung_7K3M9QZ2XA_2026-11-21.pdf".to_owned(),
        content: b"%PDF-1.7".to_vec(),
    };
    let statement = GetStatementResponse { statement: Some(Statement::default()) };
    let backend =
        backend().answers("GetStatementDocument", &answer).answers("GetStatement", &statement);
    let (router, cookie) = opened(&backend).await;
    let html = text(get(&router, &format!("/claims/{CLAIM}/statement"), &cookie).await).await;
    assert!(html.contains(&format!("href=\"/claims/{CLAIM}/statement.pdf\"")));
    let sent = get(&router, &format!("/claims/{CLAIM}/statement.pdf"), &cookie).await;
    assert_eq!(sent.headers()["content-type"], "application/pdf");
    let disposition = sent.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(
        disposition,
        "attachment; filename=\"Forderungsaufstellung_7K3M9QZ2XA_2026-11-21.pdf\""
    );
    assert_eq!(text(sent).await, "%PDF-1.7");
}

#[tokio::test]
async fn paying_shows_the_transfer_as_fields_and_as_a_drawing() {
    let transfer = BankTransfer {
        holder: "Musterhaus Inkasso GmbH".to_owned(),
        iban: "DE89370400440532013000".to_owned(),
        reference: "RF04INK2026000123".to_owned(),
        amount: Some(euro(24_990)),
        epc_qr_payload: "BCD\n002\n1\nSCT\n\nM\nDE89370400440532013000\nEUR249.90".to_owned(),
        ..BankTransfer::default()
    };
    let method = Some(Method::BankTransfer(transfer));
    let options = vec![PaymentOption { method, ..PaymentOption::default() }];
    let backend = backend().answers("ListPaymentOptions", &ListPaymentOptionsResponse { options });
    let (router, cookie) = opened(&backend).await;
    let html = text(get(&router, &format!("/claims/{CLAIM}/pay"), &cookie).await).await;
    assert!(html.contains("value=\"DE89 3704 0044 0532 0130 00\"") && html.contains("<svg"));
}

#[tokio::test]
async fn a_dispute_carries_the_forms_request_id_and_ends_on_a_page_that_can_be_reloaded() {
    let dispute = Dispute { answer_by: Some(day(2026, 12, 5)), ..Dispute::default() };
    let answer = OpenDisputeResponse { dispute: Some(dispute), claim: None };
    let backend = backend().answers("OpenDispute", &answer);
    let (router, session) = opened(&backend).await;
    let path = format!("/claims/{CLAIM}/dispute");
    let html = text(get(&router, &path, &session).await).await;
    let (csrf, request_id) = (hidden(&html, "csrf"), hidden(&html, "request_id"));
    let form = format!("csrf={csrf}&request_id={request_id}&reason=not_delivered&explanation=x");
    let sent = post(&router, &path, &session, &form).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let asked: Vec<OpenDisputeRequest> = backend.requests("OpenDispute");
    assert_eq!(asked[0].request_id, request_id);
    let next = sent.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(text(get(&router, &next, &cookie(&sent)).await).await.contains("05.12.2026"));
}

#[tokio::test]
async fn the_wrong_person_needs_nothing_but_the_link() {
    let answer_by = Some(day(2026, 12, 5));
    let answer = ReportWrongPersonResponse { answer_by, ..ReportWrongPersonResponse::default() };
    let backend = Backend::default().answers("ReportWrongPerson", &answer);
    let router = super::super::router(app_at(&backend.serve()));
    let guest = cookie(&get(&router, "/l/link-token", "").await);
    let csrf = hidden(&text(get(&router, "/not-me", &guest).await).await, "csrf");
    let form = format!("csrf={csrf}&request_id=x&reason=contact");
    let sent = post(&router, "/not-me", &guest, &form).await;
    assert_eq!(sent.headers()[LOCATION], "/not-me/done");
    let asked: Vec<ReportWrongPersonRequest> = backend.requests("ReportWrongPerson");
    assert_eq!(asked[0].subject, Some(Subject::Token("link-token".to_owned())));
}

#[tokio::test]
async fn a_token_that_has_run_out_ends_the_session_and_is_forgotten() {
    let over = tonic::Code::Unauthenticated;
    let backend = backend().refuses("ListClaims", over, "TOKEN_EXPIRED");
    let (router, session) = opened(&backend).await;
    let ended = get(&router, "/overview", &session).await;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED);
    let session = cookie(&ended);
    assert!(!text(ended).await.contains("Abmelden"));
    get(&router, "/overview", &session).await;
    assert_eq!(backend.tokens("ListClaims").len(), 1, "the old token is not sent again");
}
