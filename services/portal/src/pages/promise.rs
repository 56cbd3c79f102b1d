//! Saying when one will pay.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::payments::v1::{MakePromiseRequest, Promise};
use kulanz_proto::types::v1::{Date, Money};
use serde::Deserialize;

use super::claim::fetch;
use crate::amount::{parse_amount, parse_date};
use crate::answer::{Page, form_again, page, see_other, with_session};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, form_date, money};
use crate::session::{Notice, Session};
use crate::texts::Arranging;
use crate::visit::{Debtor, Proof};

#[derive(Template)]
#[template(path = "promise.html")]
struct PromisePage {
    page: Page,
    text: &'static Arranging,
    typed_date: String,
    typed_amount: String,
    problem: &'static str,
}

fn promise_page(debtor: &Debtor, claim_id: &str) -> PromisePage {
    let text = Arranging::of(debtor.language());
    let page =
        Page::of_debtor(debtor, text.promise_title).back(format!("/claims/{claim_id}/later"));
    PromisePage { page, text, typed_date: String::new(), typed_amount: String::new(), problem: "" }
}

/// Asks for the day.
pub(super) async fn ask(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let claim = fetch(&debtor, &claim_id).await?;
    page(&promise_page(&debtor, &claim.claim_id))
}

#[derive(Deserialize)]
pub(super) struct PromiseForm {
    #[serde(flatten)]
    proof: Proof,
    date: String,
    #[serde(default)]
    amount: String,
}

impl PromiseForm {
    /// Day and amount as typed; no amount means all of it.
    fn read(&self) -> Option<(Date, Option<Money>)> {
        let amount = match self.amount.trim() {
            "" => None,
            typed => Some(parse_amount(typed, "EUR").filter(|amount| amount.minor_units > 0)?),
        };
        Some((parse_date(&self.date)?, amount))
    }

    fn again(self, debtor: &Debtor, claim_id: &str) -> Result<Response, PortalError> {
        let mut answer = promise_page(debtor, claim_id);
        answer.page = answer.page.problem(true);
        answer.problem = answer.text.promise_bad;
        answer.typed_date = self.date;
        answer.typed_amount = self.amount;
        form_again(&answer)
    }
}

/// Notes the promise.
pub(super) async fn make(
    debtor: Debtor,
    Path(claim_id): Path<String>,
    Form(form): Form<PromiseForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let Some((promised_date, amount)) = form.read() else { return form.again(&debtor, &claim_id) };
    let request = MakePromiseRequest {
        request_id: form.proof.request_id.clone(),
        claim_id: claim_id.clone(),
        amount,
        promised_date: Some(promised_date),
    };
    match debtor.clients().payments().make_promise(debtor.outgoing(request)).await {
        Ok(answer) => Ok(noted(&debtor, &claim_id, answer.into_inner().promise)),
        Err(status) if is_about_input(&status) => form.again(&debtor, &claim_id),
        Err(status) => Err(status.into()),
    }
}

fn noted(debtor: &Debtor, claim_id: &str, promise: Option<Promise>) -> Response {
    let promise = promise.unwrap_or_default();
    let amount = promise.amount.unwrap_or_default();
    let notice = Notice::Promised {
        amount_minor: amount.minor_units,
        currency: amount.currency_code,
        date: promise.promised_date.as_ref().map(form_date).unwrap_or_default(),
    };
    let session = Session { notice: Some(notice), ..debtor.visit.session.clone() };
    with_session(&debtor.visit, &session, see_other(&format!("/claims/{claim_id}/promised")))
}

#[derive(Template)]
#[template(path = "promised.html")]
struct PromisedPage {
    page: Page,
    text: &'static Arranging,
    amount: String,
    date: String,
    claim_id: String,
}

/// What was promised.
pub(super) async fn done(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let Some(Notice::Promised { amount_minor, currency, date: day }) = &debtor.visit.session.notice
    else {
        return Ok(see_other("/overview"));
    };
    let language = debtor.language();
    let amount = Money { currency_code: currency.clone(), minor_units: *amount_minor };
    let text = Arranging::of(language);
    page(&PromisedPage {
        page: Page::of_debtor(&debtor, text.promised_title),
        text,
        amount: money(Some(&amount), language),
        date: date(parse_date(day).as_ref(), language),
        claim_id,
    })
}
