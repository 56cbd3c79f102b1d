//! Objections: the claim is wrong, or it is paid.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::claims::v1::{DisputeReason, OpenDisputeRequest, ReportAlreadyPaidRequest};
use kulanz_proto::types::v1::{Date, Money};
use serde::Deserialize;

use super::claim::fetch;
use crate::amount::{parse_amount, parse_date};
use crate::answer::{Page, form_again, page, see_other, with_session};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, form_date};
use crate::session::{Notice, Session};
use crate::texts::Reports;
use crate::visit::{Debtor, Proof};

/// The reasons in the order shown, with the value that the form sends.
pub(super) fn reasons(text: &'static Reports) -> [(&'static str, DisputeReason, &'static str); 8] {
    [
        ("not_ordered", DisputeReason::NotOrdered, text.not_ordered),
        ("not_delivered", DisputeReason::NotDelivered, text.not_delivered),
        ("defective", DisputeReason::Defective, text.defective),
        ("returned", DisputeReason::Returned, text.returned),
        ("wrong_amount", DisputeReason::WrongAmount, text.wrong_amount),
        ("identity_theft", DisputeReason::IdentityTheft, text.identity_theft),
        ("time_barred", DisputeReason::TimeBarred, text.time_barred),
        ("other", DisputeReason::Other, text.other),
    ]
}

#[derive(Template)]
#[template(path = "dispute.html")]
struct DisputePage {
    page: Page,
    text: &'static Reports,
    reasons: [(&'static str, DisputeReason, &'static str); 8],
    chosen: String,
    explanation: String,
    problem: &'static str,
}

fn dispute_page(debtor: &Debtor, claim_id: &str) -> DisputePage {
    let text = Reports::of(debtor.language());
    let page = Page::of_debtor(debtor, text.dispute_title).back(format!("/claims/{claim_id}"));
    let (chosen, explanation) = (String::new(), String::new());
    DisputePage { page, text, reasons: reasons(text), chosen, explanation, problem: "" }
}

/// Asks what is wrong.
pub(super) async fn ask_dispute(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let claim = fetch(&debtor, &claim_id).await?;
    page(&dispute_page(&debtor, &claim.claim_id))
}

#[derive(Deserialize)]
pub(super) struct DisputeForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    explanation: String,
}

impl DisputeForm {
    fn reason(&self) -> Option<DisputeReason> {
        let text = Reports::of(crate::language::Language::German);
        reasons(text).iter().find(|(value, ..)| *value == self.reason).map(|(_, reason, _)| *reason)
    }

    fn again(self, debtor: &Debtor, claim_id: &str) -> Result<Response, PortalError> {
        let mut answer = dispute_page(debtor, claim_id);
        let text = answer.text;
        answer.page = answer.page.problem(true);
        answer.problem = if self.reason.is_empty() { text.choose_one } else { text.bad_input };
        answer.chosen = self.reason;
        answer.explanation = self.explanation;
        form_again(&answer)
    }
}

/// Raises the objection.
pub(super) async fn dispute(
    debtor: Debtor,
    Path(claim_id): Path<String>,
    Form(form): Form<DisputeForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let Some(reason) = form.reason() else { return form.again(&debtor, &claim_id) };
    let request = OpenDisputeRequest {
        request_id: form.proof.request_id.clone(),
        claim_id: claim_id.clone(),
        reason: reason.into(),
        explanation: form.explanation.trim().to_owned(),
        disputed_amount: None,
    };
    match debtor.clients().claims().open_dispute(debtor.outgoing(request)).await {
        Ok(answer) => {
            let dispute = answer.into_inner().dispute.unwrap_or_default();
            let answer_by = dispute.answer_by.as_ref().map(form_date).unwrap_or_default();
            let notice = Notice::Disputed { answer_by, challenge_id: dispute.dispute_id };
            Ok(noted(&debtor, notice, &format!("/claims/{claim_id}/disputed")))
        }
        Err(status) if is_about_input(&status) => form.again(&debtor, &claim_id),
        Err(status) => Err(status.into()),
    }
}

/// Sends the visitor on to the page that says what happened.
pub(super) fn noted(debtor: &Debtor, notice: Notice, next: &str) -> Response {
    let session = Session { notice: Some(notice), ..debtor.visit.session.clone() };
    with_session(&debtor.visit, &session, see_other(next))
}

/// What happens after a report.
#[derive(Template)]
#[template(path = "reported.html")]
pub(super) struct ReportedPage {
    pub(super) page: Page,
    pub(super) text: &'static Reports,
    pub(super) explanation: &'static str,
    pub(super) answer_by: String,
    /// Where files can be added; empty for whoever has not opened the link.
    pub(super) challenge_id: String,
}

/// By when the objection will be answered.
pub(super) async fn disputed(debtor: Debtor) -> Result<Response, PortalError> {
    let Some(Notice::Disputed { answer_by, challenge_id }) = &debtor.visit.session.notice else {
        return Ok(see_other("/overview"));
    };
    let text = Reports::of(debtor.language());
    page(&ReportedPage {
        page: Page::of_debtor(&debtor, text.disputed_title),
        text,
        explanation: text.disputed_text,
        answer_by: date(parse_date(answer_by).as_ref(), debtor.language()),
        challenge_id: challenge_id.clone(),
    })
}

#[derive(Template)]
#[template(path = "paid.html")]
struct PaidPage {
    page: Page,
    text: &'static Reports,
    typed: PaidFields,
    problem: &'static str,
}

fn paid_page(debtor: &Debtor, claim_id: &str) -> PaidPage {
    let text = Reports::of(debtor.language());
    let page = Page::of_debtor(debtor, text.paid_title).back(format!("/claims/{claim_id}"));
    PaidPage { page, text, typed: PaidFields::default(), problem: "" }
}

/// Asks when and how it was paid.
pub(super) async fn ask_paid(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let claim = fetch(&debtor, &claim_id).await?;
    page(&paid_page(&debtor, &claim.claim_id))
}

#[derive(Deserialize, Default)]
pub(super) struct PaidFields {
    #[serde(default)]
    paid_on: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    explanation: String,
}

impl PaidFields {
    fn read(&self) -> Option<(Option<Date>, Option<Money>)> {
        let paid_on = match self.paid_on.trim() {
            "" => None,
            typed => Some(parse_date(typed)?),
        };
        let amount = match self.amount.trim() {
            "" => None,
            typed => Some(parse_amount(typed, "EUR")?),
        };
        Some((paid_on, amount))
    }

    fn again(self, debtor: &Debtor, claim_id: &str) -> Result<Response, PortalError> {
        let mut answer = paid_page(debtor, claim_id);
        answer.page = answer.page.problem(true);
        answer.problem = answer.text.bad_input;
        answer.typed = self;
        form_again(&answer)
    }
}

#[derive(Deserialize)]
pub(super) struct PaidForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(flatten)]
    fields: PaidFields,
}

/// Reports it as paid.
pub(super) async fn paid(
    debtor: Debtor,
    Path(claim_id): Path<String>,
    Form(form): Form<PaidForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let Some((paid_on, amount)) = form.fields.read() else {
        return form.fields.again(&debtor, &claim_id);
    };
    let request = ReportAlreadyPaidRequest {
        request_id: form.proof.request_id,
        claim_id: claim_id.clone(),
        paid_on,
        amount,
        explanation: form.fields.explanation.trim().to_owned(),
    };
    match debtor.clients().claims().report_already_paid(debtor.outgoing(request)).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            let answer_by = answer.answer_by.as_ref().map(form_date).unwrap_or_default();
            let notice = Notice::AlreadyPaid { answer_by, challenge_id: answer.challenge_id };
            Ok(noted(&debtor, notice, &format!("/claims/{claim_id}/paid/done")))
        }
        Err(status) if is_about_input(&status) => form.fields.again(&debtor, &claim_id),
        Err(status) => Err(status.into()),
    }
}

/// By when the payment will have been looked for.
pub(super) async fn paid_done(debtor: Debtor) -> Result<Response, PortalError> {
    let Some(Notice::AlreadyPaid { answer_by, challenge_id }) = &debtor.visit.session.notice else {
        return Ok(see_other("/overview"));
    };
    let text = Reports::of(debtor.language());
    page(&ReportedPage {
        page: Page::of_debtor(&debtor, text.paid_done_title),
        text,
        explanation: text.paid_done_text,
        answer_by: date(parse_date(answer_by).as_ref(), debtor.language()),
        challenge_id: challenge_id.clone(),
    })
}
