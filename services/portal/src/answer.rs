//! Pages and redirects as HTTP answers.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::{LOCATION, SET_COOKIE};

use crate::error::PortalError;
use crate::language::Language;
use crate::session::Session;
use crate::texts::Frame;
use crate::visit::{Debtor, Visit};

/// What the frame around every page shows.
pub(crate) struct Page {
    pub(crate) text: &'static Frame,
    pub(crate) language: Language,
    pub(crate) title: String,
    /// Who runs these pages, once known.
    pub(crate) agency: String,
    pub(crate) path: String,
    pub(crate) csrf: String,
    pub(crate) request_id: String,
    pub(crate) signed_in: bool,
    /// Where the link above the heading leads; empty for none.
    pub(crate) back: String,
    /// True if the form on the page has something to mend.
    pub(crate) problem: bool,
}

impl Page {
    /// The frame of a page with this title (also its only `h1`).
    pub(crate) fn of(visit: &Visit, title: impl Into<String>) -> Self {
        let debtor = visit.session.debtor.as_ref();
        Self {
            text: Frame::of(visit.language),
            language: visit.language,
            title: title.into(),
            agency: debtor.map(|debtor| debtor.agency.clone()).unwrap_or_default(),
            path: visit.path.clone(),
            csrf: visit.session.csrf.clone(),
            request_id: visit.app.request_id(),
            signed_in: debtor.is_some(),
            back: String::new(),
            problem: false,
        }
    }

    /// The frame of a page of an opened session.
    pub(crate) fn of_debtor(debtor: &Debtor, title: impl Into<String>) -> Self {
        Self::of(&debtor.visit, title)
    }

    /// With a way back.
    pub(crate) fn back(mut self, path: impl Into<String>) -> Self {
        self.back = path.into();
        self
    }

    /// With something to mend.
    pub(crate) fn problem(mut self, problem: bool) -> Self {
        self.problem = problem;
        self
    }
}

/// A page.
pub(crate) fn page(template: &impl Template) -> Result<Response, PortalError> {
    page_with(StatusCode::OK, template)
}

/// A form that has something to mend.
pub(crate) fn form_again(template: &impl Template) -> Result<Response, PortalError> {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// A page with another status than 200.
pub(crate) fn page_with(
    status: StatusCode,
    template: &impl Template,
) -> Result<Response, PortalError> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "page cannot be rendered");
        PortalError::Unavailable
    })?;
    Ok((status, Html(html)).into_response())
}

/// The answer, with the session handed to the browser.
pub(crate) fn with_session(visit: &Visit, session: &Session, mut response: Response) -> Response {
    if let Some(cookie) = visit.app.cookies().header(session) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Sends the visitor on by GET, so that going back repeats nothing.
pub(crate) fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned())]).into_response()
}
