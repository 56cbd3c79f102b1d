//! Insolvency, debt advice, guardianship, a death: whoever says so is asked for nothing more.

use askama::Template;
use axum::Form;
use axum::response::Response;
use kulanz_proto::claims::v1::{
    GetTenantRequest, ProtectDebtorRequest, ProtectionKind, ReportWrongPersonRequest, Tenant,
    WrongPersonReason, report_wrong_person_request::Subject,
};
use serde::Deserialize;

use super::report::noted;
use crate::amount::parse_date;
use crate::answer::{Page, form_again, page, see_other};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, form_date};
use crate::language::Language;
use crate::session::Notice;
use crate::texts::Protections;
use crate::visit::{Debtor, Proof};

/// What can be said: the value of the form, what it is, its words, and what follows.
struct Choice {
    value: &'static str,
    kind: ProtectionKind,
    words: &'static str,
    follows: &'static str,
}

fn choices(text: &'static Protections) -> [Choice; 5] {
    let choice = |value, kind, words, follows| Choice { value, kind, words, follows };
    [
        choice("insolvency", ProtectionKind::Insolvency, text.insolvency, text.done_insolvency),
        choice("adviser", ProtectionKind::DebtAdviser, text.adviser, text.done_adviser),
        choice("lawyer", ProtectionKind::Lawyer, text.lawyer, text.done_lawyer),
        choice("guardian", ProtectionKind::Guardian, text.guardian, text.done_guardian),
        choice("death", ProtectionKind::Death, text.death, text.done_death),
    ]
}

#[derive(Template)]
#[template(path = "protection.html")]
struct ProtectionPage {
    page: Page,
    text: &'static Protections,
    choices: [Choice; 5],
    typed: Fields,
    problem: &'static str,
}

fn protection_page(debtor: &Debtor) -> ProtectionPage {
    let text = Protections::of(debtor.language());
    let page = Page::of_debtor(debtor, text.title).back("/overview");
    ProtectionPage { page, text, choices: choices(text), typed: Fields::default(), problem: "" }
}

/// Asks what shields the person.
pub(super) async fn ask(debtor: Debtor) -> Result<Response, PortalError> {
    if debtor.debtor.preferences_only {
        return Ok(see_other("/preferences"));
    }
    page(&protection_page(&debtor))
}

#[derive(Deserialize, Default)]
pub(super) struct Fields {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    file_number: String,
    #[serde(default)]
    representative: String,
}

#[derive(Deserialize)]
pub(super) struct ProtectionForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(flatten)]
    fields: Fields,
}

/// Notes it; from now on the person is asked for nothing.
pub(super) async fn say(
    debtor: Debtor,
    Form(form): Form<ProtectionForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let (request_id, fields) = (form.proof.request_id, form.fields);
    let known = choices(Protections::of(Language::German));
    let Some(choice) = known.iter().find(|choice| choice.value == fields.kind) else {
        return again(&debtor, fields, |text| text.choose_one);
    };
    let answer = match choice.kind {
        ProtectionKind::Death => report_death(&debtor, request_id, &fields).await,
        kind => protect(&debtor, request_id, kind, &fields).await,
    };
    match answer {
        Ok(answer_by) => {
            let kind = choice.value.to_owned();
            Ok(noted(&debtor, Notice::Protected { kind, answer_by }, "/protection/done"))
        }
        Err(status) if is_about_input(&status) => again(&debtor, fields, |text| text.bad_input),
        Err(status) => Err(status.into()),
    }
}

async fn protect(
    debtor: &Debtor,
    request_id: String,
    kind: ProtectionKind,
    fields: &Fields,
) -> Result<String, tonic::Status> {
    let request = ProtectDebtorRequest {
        request_id,
        debtor_id: debtor.debtor.debtor_id.clone(),
        kind: kind.into(),
        file_number: fields.file_number.trim().to_owned(),
        representative: fields.representative.trim().to_owned(),
        expires_at: None,
    };
    debtor.clients().claims().protect_debtor(debtor.outgoing(request)).await?;
    Ok(String::new())
}

/// A death is a report like any about the person: someone looks into it, and the answer has a day.
async fn report_death(
    debtor: &Debtor,
    request_id: String,
    fields: &Fields,
) -> Result<String, tonic::Status> {
    let words = [fields.file_number.trim(), fields.representative.trim()];
    let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
    let request = ReportWrongPersonRequest {
        request_id,
        subject: Some(Subject::DebtorId(debtor.debtor.debtor_id.clone())),
        reason: WrongPersonReason::Deceased.into(),
        explanation: words.join("\n"),
    };
    let answer = debtor.clients().claims().report_wrong_person(debtor.outgoing(request)).await?;
    Ok(answer.into_inner().answer_by.as_ref().map(form_date).unwrap_or_default())
}

fn again(
    debtor: &Debtor,
    typed: Fields,
    problem: impl Fn(&'static Protections) -> &'static str,
) -> Result<Response, PortalError> {
    let mut answer = protection_page(debtor);
    answer.page = answer.page.problem(true);
    answer.problem = problem(answer.text);
    answer.typed = typed;
    form_again(&answer)
}

#[derive(Template)]
#[template(path = "protected.html")]
struct ProtectedPage {
    page: Page,
    text: &'static Protections,
    follows: &'static str,
    answer_by: String,
    tenant: Tenant,
}

/// What follows, and how to reach a human.
pub(super) async fn done(debtor: Debtor) -> Result<Response, PortalError> {
    let Some(Notice::Protected { kind, answer_by }) = &debtor.visit.session.notice else {
        return Ok(see_other("/overview"));
    };
    let text = Protections::of(debtor.language());
    let said = choices(text).into_iter().find(|choice| choice.value == kind);
    let request = debtor.outgoing(GetTenantRequest {});
    let answer = debtor.clients().claims().get_tenant(request).await?;
    page(&ProtectedPage {
        page: Page::of_debtor(&debtor, text.done_title),
        text,
        follows: said.map(|choice| choice.follows).unwrap_or_default(),
        answer_by: date(parse_date(answer_by).as_ref(), debtor.language()),
        tenant: answer.into_inner().tenant.unwrap_or_default(),
    })
}
