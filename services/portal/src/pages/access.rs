//! From the link to the opened session.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use kulanz_proto::claims::v1::{
    AccessPurpose, OpenAccessRequest, OpenAccessResponse, open_access_request::SecondFactor,
};
use serde::Deserialize;

use crate::amount::parse_parts;
use crate::answer::{Page, form_again, page, see_other, with_session};
use crate::error::{PortalError, is_about_input, reason};
use crate::session::{DebtorSession, Notice, Session};
use crate::texts::Access;
use crate::visit::{Proof, Visit};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    text: &'static Access,
    signed_out: bool,
}

/// The first page, for those who come without a link.
pub(super) async fn home(visit: Visit) -> Result<Response, PortalError> {
    let text = Access::of(visit.language);
    let signed_out = visit.session.notice == Some(Notice::SignedOut);
    let title = if signed_out { text.signed_out_title } else { text.home_title };
    page(&HomePage { page: Page::of(&visit, title), text, signed_out })
}

/// Takes the token out of the address. Following a link opens nothing: whoever holds it still
/// needs the second factor.
pub(super) async fn follow(visit: Visit, Path(token): Path<String>) -> Response {
    let session = Session { link: Some(token), ..visit.app.cookies().fresh() };
    with_session(&visit, &session, see_other("/start"))
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    page: Page,
    text: &'static Access,
}

/// What a followed link shows: nothing about a debt.
pub(super) async fn start(visit: Visit) -> Result<Response, PortalError> {
    link(&visit)?;
    let text = Access::of(visit.language);
    page(&StartPage { page: Page::of(&visit, text.start_title), text })
}

fn link(visit: &Visit) -> Result<&str, PortalError> {
    visit.session.link.as_deref().ok_or(PortalError::SessionOver)
}

#[derive(Template)]
#[template(path = "identity.html")]
struct IdentityPage {
    page: Page,
    text: &'static Access,
    with_postcode: bool,
    problem: &'static str,
}

impl IdentityPage {
    fn of(visit: &Visit, with_postcode: bool, problem: &'static str) -> Self {
        let text = Access::of(visit.language);
        let title = if with_postcode { text.postcode_title } else { text.birth_title };
        let page = Page::of(visit, title).back("/start").problem(!problem.is_empty());
        Self { page, text, with_postcode, problem }
    }
}

#[derive(Deserialize)]
pub(super) struct Way {
    with: Option<String>,
}

/// Asks for the second factor.
pub(super) async fn ask(visit: Visit, Query(way): Query<Way>) -> Result<Response, PortalError> {
    link(&visit)?;
    page(&IdentityPage::of(&visit, way.with.as_deref() == Some("postcode"), ""))
}

#[derive(Deserialize)]
pub(super) struct IdentityForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(default)]
    day: String,
    #[serde(default)]
    month: String,
    #[serde(default)]
    year: String,
    postcode: Option<String>,
}

/// Opens the link with the second factor.
pub(super) async fn open(
    visit: Visit,
    Form(form): Form<IdentityForm>,
) -> Result<Response, PortalError> {
    visit.check(&form.proof)?;
    let token = link(&visit)?.to_owned();
    let text = Access::of(visit.language);
    let with_postcode = form.postcode.is_some();
    let again = |problem| form_again(&IdentityPage::of(&visit, with_postcode, problem));
    let bad_input = if with_postcode { text.not_a_postcode } else { text.not_a_date };
    let Some(factor) = second_factor(&form) else { return again(bad_input) };
    let request = OpenAccessRequest { token, second_factor: Some(factor) };
    match visit.app.clients().claims().open_access(request).await {
        Ok(opened) => Ok(opened_session(&visit, opened.into_inner())),
        Err(status) if reason(&status).as_deref() == Some("SECOND_FACTOR_WRONG") => {
            again(text.wrong)
        }
        Err(status) if is_about_input(&status) => again(bad_input),
        Err(status) => Err(status.into()),
    }
}

fn second_factor(form: &IdentityForm) -> Option<SecondFactor> {
    match &form.postcode {
        Some(postcode) => Some(postcode.trim().to_owned())
            .filter(|postcode| !postcode.is_empty())
            .map(SecondFactor::Postcode),
        None => parse_parts(&form.day, &form.month, &form.year).map(SecondFactor::BirthDate),
    }
}

fn opened_session(visit: &Visit, opened: OpenAccessResponse) -> Response {
    let preferences_only = opened.purpose() == AccessPurpose::Preferences;
    let name = format!("{} {}", opened.given_name, opened.family_name).trim().to_owned();
    let debtor = DebtorSession {
        token: opened.session_token,
        debtor_id: opened.debtor_id,
        name,
        agency: opened.agency_name,
        preferences_only,
    };
    // A new session: nothing of what was known before it was opened goes on.
    let session = Session { debtor: Some(debtor), ..visit.app.cookies().fresh() };
    let next = if preferences_only { "/preferences" } else { "/overview" };
    with_session(visit, &session, see_other(next))
}

#[derive(Deserialize)]
pub(super) struct SignOutForm {
    csrf: String,
}

/// Forgets the session.
pub(super) async fn sign_out(
    visit: Visit,
    Form(form): Form<SignOutForm>,
) -> Result<Response, PortalError> {
    visit.check(&Proof { csrf: form.csrf, request_id: String::new() })?;
    let session = Session { notice: Some(Notice::SignedOut), ..visit.app.cookies().fresh() };
    Ok(with_session(&visit, &session, see_other("/")))
}
