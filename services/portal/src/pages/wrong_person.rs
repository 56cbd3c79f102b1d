//! "Not me": reachable with nothing but the link.

use askama::Template;
use axum::Form;
use axum::response::Response;
use kulanz_chassis::outgoing_as;
use kulanz_proto::claims::v1::{
    ReportWrongPersonRequest, WrongPersonReason, report_wrong_person_request::Subject,
};
use serde::Deserialize;

use super::report::ReportedPage;
use crate::amount::parse_date;
use crate::answer::{Page, form_again, page, see_other, with_session};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, form_date};
use crate::language::Language;
use crate::session::{Notice, Session};
use crate::texts::Reports;
use crate::visit::{Proof, Visit};

pub(super) type Choice = (&'static str, WrongPersonReason, &'static str);

pub(super) fn reasons(text: &'static Reports) -> [Choice; 5] {
    [
        ("not_me", WrongPersonReason::NotMe, text.wrong_not_me),
        ("contact", WrongPersonReason::ContactPointNotMine, text.wrong_contact),
        ("moved", WrongPersonReason::Moved, text.wrong_moved),
        ("deceased", WrongPersonReason::Deceased, text.wrong_deceased),
        ("identity_theft", WrongPersonReason::IdentityTheft, text.wrong_identity),
    ]
}

#[derive(Template)]
#[template(path = "wrong_person.html")]
struct WrongPersonPage {
    page: Page,
    text: &'static Reports,
    reasons: [Choice; 5],
    problem: &'static str,
}

fn wrong_person_page(visit: &Visit) -> WrongPersonPage {
    let text = Reports::of(visit.language);
    let back = if visit.session.debtor.is_some() { "/overview" } else { "/start" };
    let page = Page::of(visit, text.wrong_title).back(back);
    WrongPersonPage { page, text, reasons: reasons(text), problem: "" }
}

/// Who is meant: the open session's debtor, or whoever the link was for.
fn subject(visit: &Visit) -> Result<Subject, PortalError> {
    let debtor = visit.session.debtor.as_ref().map(|debtor| debtor.debtor_id.clone());
    let link = || visit.session.link.clone().map(Subject::Token);
    debtor.map(Subject::DebtorId).or_else(link).ok_or(PortalError::SessionOver)
}

/// Asks what is wrong about the person.
pub(super) async fn ask(visit: Visit) -> Result<Response, PortalError> {
    subject(&visit)?;
    page(&wrong_person_page(&visit))
}

#[derive(Deserialize)]
pub(super) struct WrongPersonForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    explanation: String,
}

/// Reports it; from now on nobody is written to about this debtor's claims.
pub(super) async fn report(
    visit: Visit,
    Form(form): Form<WrongPersonForm>,
) -> Result<Response, PortalError> {
    visit.check(&form.proof)?;
    let known = reasons(Reports::of(Language::German));
    let Some((_, reason, _)) = known.iter().find(|(value, ..)| *value == form.reason) else {
        return again(&visit);
    };
    let message = ReportWrongPersonRequest {
        request_id: form.proof.request_id,
        subject: Some(subject(&visit)?),
        reason: (*reason).into(),
        explanation: form.explanation.trim().to_owned(),
    };
    let request = match &visit.session.debtor {
        Some(debtor) => outgoing_as(&debtor.token, message),
        None => tonic::Request::new(message),
    };
    match visit.app.clients().claims().report_wrong_person(request).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            let answer_by = answer.answer_by.as_ref().map(form_date).unwrap_or_default();
            let notice = Notice::WrongPerson { answer_by, challenge_id: answer.challenge_id };
            let session = Session { notice: Some(notice), ..visit.session.clone() };
            Ok(with_session(&visit, &session, see_other("/not-me/done")))
        }
        Err(status) if is_about_input(&status) => again(&visit),
        Err(status) => Err(status.into()),
    }
}

fn again(visit: &Visit) -> Result<Response, PortalError> {
    let mut answer = wrong_person_page(visit);
    answer.page = answer.page.problem(true);
    answer.problem = answer.text.choose_one;
    form_again(&answer)
}

/// What happens now.
pub(super) async fn done(visit: Visit) -> Result<Response, PortalError> {
    let Some(Notice::WrongPerson { answer_by, challenge_id }) = &visit.session.notice else {
        return Ok(see_other("/"));
    };
    let text = Reports::of(visit.language);
    page(&ReportedPage {
        page: Page::of(&visit, text.wrong_done_title),
        text,
        explanation: text.wrong_done_text,
        answer_by: date(parse_date(answer_by).as_ref(), visit.language),
        challenge_id: challenge_id.clone(),
    })
}
