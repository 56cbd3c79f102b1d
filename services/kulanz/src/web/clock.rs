//! The business clock's own little page, beside the inbox of `kulanz dev`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use kulanz_chassis::Constellation;
use serde::Deserialize;
use tonic::transport::Endpoint;

use crate::clock::{self, ClockError};
use crate::session::Session;
use crate::span::Span;

/// Moves the clock through its public calls, as `kulanz clock` does.
pub struct ClockPages {
    session: Session,
    endpoint: Endpoint,
}

#[derive(Deserialize)]
struct Step {
    by: String,
}

/// The page under `/clock`, and the steps that its buttons ask for.
pub fn pages(constellation: &Constellation) -> anyhow::Result<Router> {
    let session = Session::house(constellation)?;
    let endpoint = Endpoint::from_shared(format!("http://{}", constellation.address()))?;
    let state = Arc::new(ClockPages { session, endpoint });
    Ok(Router::new().route("/clock", get(show).post(advance)).with_state(state))
}

async fn show(State(pages): State<Arc<ClockPages>>) -> Response {
    match clock::get(&pages.endpoint, &pages.session).await {
        Ok(now) => Html(page(&clock::in_berlin(now))).into_response(),
        Err(error) => failed(&error),
    }
}

async fn advance(
    State(pages): State<Arc<ClockPages>>,
    headers: HeaderMap,
    Form(step): Form<Step>,
) -> Response {
    if !is_own_form(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(by) = step.by.parse::<Span>() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match clock::advance(&pages.endpoint, &pages.session, by).await {
        Ok(_) => Redirect::to(back(&headers)).into_response(),
        Err(error) => failed(&error),
    }
}

/// Whether the form stands on our own page: other sites could post to this machine as well.
fn is_own_form(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        (None, _) => true,
        _ => false,
    }
}

/// The page whose button was pressed: the inbox has the same buttons.
fn back(headers: &HeaderMap) -> &'static str {
    let page = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    if page.is_some_and(|page| page.contains("/inbox")) { "/inbox" } else { "/clock" }
}

fn failed(error: &ClockError) -> Response {
    tracing::error!(%error, "the clock page");
    (StatusCode::BAD_GATEWAY, "the clock does not answer").into_response()
}

fn page(now: &str) -> String {
    let buttons = [("1h", "1 hour"), ("1d", "1 day"), ("7d", "7 days"), ("14d", "14 days")]
        .map(|(by, label)| format!("<button name=\"by\" value=\"{by}\">+ {label}</button>"))
        .join(" ");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Business time</title>\
         <style>body{{font:1.1rem/1.5 system-ui;margin:2rem;max-width:40rem}}\
         button{{font:inherit;padding:.4rem .8rem}}</style>\
         <h1>Business time</h1><p>{now}</p>\
         <form method=\"post\" action=\"/clock\"><p>{buttons}</p></form>\
         <p>Whatever falls due on the way is done. <a href=\"/inbox\">What was sent</a></p>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8081".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_our_own_page_moves_the_clock() {
        assert!(is_own_form(&headers(Some("http://127.0.0.1:8081"))));
        assert!(is_own_form(&headers(None)));
        assert!(!is_own_form(&headers(Some("https://elsewhere.example"))));
        assert!(!is_own_form(&headers(Some("null"))));
    }
}
