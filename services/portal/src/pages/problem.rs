//! Pages that say why there is no other.

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_TYPE;

use crate::App;
use crate::answer::{Page, page_with, with_session};
use crate::error::PortalError;
use crate::texts::Problems;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    text: &'static Problems,
    explanation: &'static str,
}

/// Turns an error into a page in the visitor's language.
pub(super) async fn show(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, &app).await;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let error = response.extensions_mut().remove::<PortalError>().or_else(|| unread(&response));
    match (visit, error) {
        (Ok(visit), Some(error)) => render(visit, error).unwrap_or(response),
        _ => response,
    }
}

/// A form or an address that axum itself could not read, and answers in plain words.
fn unread(response: &Response) -> Option<PortalError> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_page = kind.is_some_and(|kind| kind.starts_with("text/html"));
    (response.status().is_client_error() && !is_page).then_some(PortalError::FormOutdated)
}

fn render(mut visit: Visit, error: PortalError) -> Option<Response> {
    let over = error == PortalError::SessionOver;
    if over {
        visit.session = visit.app.cookies().fresh();
    }
    let text = Problems::of(visit.language);
    let (title, explanation) = words(text, error);
    let page = Page::of(&visit, title);
    let page = page_with(error.http_status(), &ProblemPage { page, text, explanation }).ok()?;
    // The browser forgets a token that no longer opens anything.
    Some(if over { with_session(&visit, &visit.session, page) } else { page })
}

fn words(text: &'static Problems, error: PortalError) -> (&'static str, &'static str) {
    match error {
        PortalError::SessionOver => (text.session_title, text.session_text),
        PortalError::LinkInvalid => (text.link_title, text.link_text),
        PortalError::LinkExpired => (text.expired_title, text.expired_text),
        PortalError::LinkLocked => (text.locked_title, text.locked_text),
        PortalError::FormOutdated => (text.form_title, text.form_text),
        PortalError::NotFound => (text.missing_title, text.missing_text),
        PortalError::ClaimClosed => (text.closed_title, text.closed_text),
        PortalError::AlreadyArranged => (text.arranged_title, text.arranged_text),
        PortalError::QuoteOver => (text.quote_title, text.quote_text),
        PortalError::NotPossible => (text.impossible_title, text.impossible_text),
        PortalError::Unavailable => (text.down_title, text.down_text),
    }
}
