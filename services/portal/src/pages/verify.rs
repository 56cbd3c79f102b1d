//! Is this message genuine? Asked by anyone, without a link.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use kulanz_proto::messaging::v1::{VerifyMessageRequest, VerifyMessageResponse};
use kulanz_proto::types::v1::Channel;
use serde::Deserialize;

use super::quote::berlin_day;
use crate::answer::{Page, form_again, page};
use crate::error::{PortalError, is_about_input};
use crate::format::date;
use crate::language::Language;
use crate::texts::Services;
use crate::visit::{Proof, Visit};

struct Genuine {
    agency: String,
    sent_on: String,
    sent_by: &'static str,
    phone: String,
    register_number: String,
}

impl Genuine {
    fn of(answer: VerifyMessageResponse, language: Language) -> Self {
        let sent_by = channel(answer.channel(), Services::of(language));
        Self {
            sent_on: date(answer.sent_at.as_ref().and_then(berlin_day).as_ref(), language),
            sent_by,
            agency: answer.agency_name,
            phone: answer.contact_phone,
            register_number: answer.register_number,
        }
    }
}

/// What a way of writing is called.
pub(super) fn channel(channel: Channel, text: &'static Services) -> &'static str {
    match channel {
        Channel::Email => text.channel_email,
        Channel::Sms => text.channel_sms,
        Channel::Letter => text.channel_letter,
        Channel::Whatsapp => text.channel_whatsapp,
        Channel::Phone => text.channel_phone,
        Channel::Portal | Channel::Unspecified => "",
    }
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    page: Page,
    text: &'static Services,
    code: String,
    genuine: Option<Genuine>,
    unknown: bool,
    problem: &'static str,
}

fn verify_page(visit: &Visit, code: String) -> VerifyPage {
    let text = Services::of(visit.language);
    let page = Page::of(visit, text.verify_title);
    VerifyPage { page, text, code, genuine: None, unknown: false, problem: "" }
}

#[derive(Deserialize)]
pub(super) struct Prefilled {
    #[serde(default)]
    code: String,
}

/// Asks for the code; a link may bring it along.
pub(super) async fn ask(
    visit: Visit,
    Query(prefilled): Query<Prefilled>,
) -> Result<Response, PortalError> {
    let answer = verify_page(&visit, prefilled.code);
    let session = visit.session.clone();
    Ok(crate::answer::with_session(&visit, &session, page(&answer)?))
}

#[derive(Deserialize)]
pub(super) struct VerifyForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(default)]
    code: String,
}

/// Tells whether the message is ours, and nothing else.
pub(super) async fn check(
    visit: Visit,
    Form(form): Form<VerifyForm>,
) -> Result<Response, PortalError> {
    visit.check(&form.proof)?;
    let code = form.code.trim().to_owned();
    let mut answer = verify_page(&visit, code.clone());
    if code.is_empty() {
        answer.page = answer.page.problem(true);
        answer.problem = answer.text.code_missing;
        return form_again(&answer);
    }
    let request = VerifyMessageRequest { code };
    match visit.app.clients().messaging().verify_message(request).await {
        Ok(found) if found.get_ref().authentic => {
            answer.genuine = Some(Genuine::of(found.into_inner(), visit.language));
        }
        Ok(_) => answer.unknown = true,
        // A code that cannot be one is as unknown as any other.
        Err(status) if is_about_input(&status) => answer.unknown = true,
        Err(status) => return Err(status.into()),
    }
    page(&answer)
}
