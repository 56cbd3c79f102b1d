mod accessible;
mod agreeing;
mod backend;
mod claims;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use kulanz_chassis::config::ServicesSettings;
use kulanz_chassis::{ClientPolicy, Clients, Descriptors};
use kulanz_types::Seeds;
use std::time::Duration;
use tower::ServiceExt;

use crate::session::CookieJar;
use crate::{App, Shared};

/// Nobody listens there: a page that needs a service says so.
const NOWHERE: &str = "http://127.0.0.1:1";

pub(crate) fn app() -> App {
    app_at(NOWHERE)
}

/// The portal before the services at `address`.
fn app_at(address: &str) -> App {
    let addresses = ServicesSettings {
        claims: address.to_owned(),
        personas: address.to_owned(),
        experimentation: address.to_owned(),
        messaging: address.to_owned(),
        payments: address.to_owned(),
    };
    let policy = ClientPolicy {
        unary_deadline: Duration::from_secs(5),
        stream_deadline: Duration::from_secs(5),
        slack: Duration::ZERO,
    };
    let runtime = tokio::runtime::Handle::try_current();
    let owned = runtime.is_err().then(|| tokio::runtime::Runtime::new().unwrap());
    let _guard = owned.as_ref().map(tokio::runtime::Runtime::enter);
    let descriptors = Arc::new(Descriptors::load().unwrap());
    let clients = Clients::connect(&addresses, &policy, None, &descriptors).unwrap();
    let cookies = CookieJar::new(&[3; 32], false);
    App(Arc::new(Shared { clients, cookies, seeds: Seeds::fixed(1) }))
}

fn router() -> Router {
    super::router(app())
}

async fn send(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

async fn get(router: &Router, path: &str, cookie: &str) -> Response {
    let request = Request::get(path).header(COOKIE, cookie).body(Body::empty()).unwrap();
    send(router, request).await
}

async fn post(router: &Router, path: &str, cookie: &str, form: &str) -> Response {
    let request = Request::post(path)
        .header(COOKIE, cookie)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    send(router, request).await
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn cookie(response: &Response) -> String {
    let header = response.headers()[SET_COOKIE].to_str().unwrap();
    header.split(';').next().unwrap().to_owned()
}

fn hidden(html: &str, name: &str) -> String {
    let start = html.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    start.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn following_a_link_takes_the_token_out_of_the_address_and_opens_nothing() {
    let router = router();
    let followed = get(&router, "/l/secret-token", "").await;
    assert_eq!(followed.status(), StatusCode::SEE_OTHER);
    assert_eq!(followed.headers()[LOCATION], "/start");
    let cookie = cookie(&followed);
    assert!(!cookie.contains("secret-token"));
    let start = get(&router, "/start", &cookie).await;
    assert_eq!(start.status(), StatusCode::OK);
    let html = text(start).await;
    for telling in ["secret-token", "€", "Forderung", "Rechnung", "Inkasso"] {
        assert!(!html.contains(telling), "{telling}");
    }
    assert_eq!(get(&router, "/overview", &cookie).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let router = router();
    for path in ["/", "/start", "/verify", "/nowhere", "/overview"] {
        let response = get(&router, path, "").await;
        let headers = response.headers();
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'")
        );
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-robots-tag"], "noindex, nofollow");
    }
}

#[tokio::test]
async fn a_form_without_this_sessions_value_is_refused() {
    let router = router();
    let cookie = cookie(&get(&router, "/l/token", "").await);
    let form = "csrf=wrong&request_id=x&day=1&month=2&year=1980";
    let refused = post(&router, "/identity", &cookie, form).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(text(refused).await.contains("Dieses Formular gilt nicht mehr"));
}

#[tokio::test]
async fn a_date_that_is_none_is_sent_back_with_a_reason() {
    let router = router();
    let cookie = cookie(&get(&router, "/l/token", "").await);
    let html = text(get(&router, "/identity", &cookie).await).await;
    let csrf = hidden(&html, "csrf");
    let form = format!("csrf={csrf}&request_id=x&day=40&month=2&year=1980");
    let again = post(&router, "/identity", &cookie, &form).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = text(again).await;
    assert!(html.contains("role=\"alert\"") && html.contains("aria-invalid=\"true\""));
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_our_fault_and_said_so() {
    let router = router();
    let cookie = cookie(&get(&router, "/l/token", "").await);
    let html = text(get(&router, "/identity", &cookie).await).await;
    let csrf = hidden(&html, "csrf");
    let form = format!("csrf={csrf}&request_id=x&postcode=10115");
    let down = post(&router, "/identity", &cookie, &form).await;
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(down).await.contains("Gerade nicht erreichbar"));
}

#[tokio::test]
async fn the_language_switch_is_kept_and_leads_back() {
    let router = router();
    let switched = get(&router, "/language/en?to=/verify", "").await;
    assert_eq!(switched.headers()[LOCATION], "/verify");
    let html = text(get(&router, "/verify", &cookie(&switched)).await).await;
    assert!(html.contains("<html lang=\"en\">") && html.contains("Is this message genuine?"));
}

#[tokio::test]
async fn every_page_has_one_heading_and_labels_for_its_fields() {
    let router = router();
    let cookie = cookie(&get(&router, "/l/token", "").await);
    for path in ["/", "/start", "/identity", "/identity?with=postcode", "/not-me", "/verify"] {
        let html = text(get(&router, path, &cookie).await).await;
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
        let fields = html.matches("<input id=").count() + html.matches("<textarea id=").count();
        let radios = html.matches("<input type=\"radio\" id=").count();
        assert_eq!(html.matches("<label").count(), fields + radios, "{path}");
    }
}

#[tokio::test]
async fn the_first_load_stays_small() {
    let router = router();
    let style = text(get(&router, "/style.css", "").await).await;
    let cookie = cookie(&get(&router, "/l/token", "").await);
    let html = text(get(&router, "/identity", &cookie).await).await;
    assert!(style.len() + html.len() < 50_000);
}
