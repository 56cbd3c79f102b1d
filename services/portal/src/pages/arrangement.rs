//! From the offer to the agreement: cost notice, check, acceptance.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::payments::v1::{
    AcceptArrangementRequest, Arrangement, ArrangementState, ConfirmCostNoticeRequest,
    GetArrangementRequest, Instalment, InstalmentState, Quote, get_arrangement_request::Lookup,
};
use serde::Deserialize;

use super::claim::fetch as fetch_claim;
use super::quote::{OptionView, fetch};
use crate::answer::{Page, page, see_other};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, money};
use crate::language::Language;
use crate::texts::Arranging;
use crate::visit::{Debtor, Proof};

#[derive(Template)]
#[template(path = "costs.html")]
struct CostsPage {
    page: Page,
    text: &'static Arranging,
    paragraphs: Vec<String>,
    hash: String,
}

/// What the arrangement costs, by itself and before the agreement (§ 13a Abs. 3 RDG).
pub(super) async fn costs(
    debtor: Debtor,
    Path((quote_id, option_id)): Path<(String, String)>,
) -> Result<Response, PortalError> {
    let quote = fetch(&debtor, &quote_id).await?;
    option(&quote, &option_id, debtor.language())?;
    let text = Arranging::of(debtor.language());
    page(&CostsPage {
        page: Page::of_debtor(&debtor, text.costs_title).back(format!("/quotes/{quote_id}")),
        text,
        paragraphs: paragraphs(&quote.cost_notice),
        hash: quote.cost_notice_hash,
    })
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn option(quote: &Quote, option_id: &str, language: Language) -> Result<OptionView, PortalError> {
    let found = quote.options.iter().find(|option| option.option_id == option_id);
    found.map(|option| OptionView::of(option, language)).ok_or(PortalError::NotFound)
}

#[derive(Deserialize)]
pub(super) struct CostsForm {
    #[serde(flatten)]
    proof: Proof,
    hash: String,
}

/// Notes that the cost notice was shown.
pub(super) async fn confirm_costs(
    debtor: Debtor,
    Path((quote_id, option_id)): Path<(String, String)>,
    Form(form): Form<CostsForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let next = format!("/quotes/{quote_id}/{option_id}/check");
    let request = ConfirmCostNoticeRequest {
        request_id: form.proof.request_id,
        quote_id,
        shown_on: "portal".to_owned(),
        cost_notice_hash: form.hash,
    };
    debtor.clients().payments().confirm_cost_notice(debtor.outgoing(request)).await?;
    Ok(see_other(&next))
}

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    page: Page,
    text: &'static Arranging,
    option: OptionView,
}

/// All that will be agreed, once more.
pub(super) async fn check(
    debtor: Debtor,
    Path((quote_id, option_id)): Path<(String, String)>,
) -> Result<Response, PortalError> {
    let quote = fetch(&debtor, &quote_id).await?;
    let option = option(&quote, &option_id, debtor.language())?;
    if !quote.cost_notice_confirmed {
        return Ok(see_other(&format!("/quotes/{quote_id}/{option_id}/costs")));
    }
    let text = Arranging::of(debtor.language());
    let frame = Page::of_debtor(&debtor, text.check_title).back(format!("/quotes/{quote_id}"));
    page(&CheckPage { page: frame, text, option })
}

#[derive(Deserialize)]
pub(super) struct AcceptForm {
    #[serde(flatten)]
    proof: Proof,
}

/// Concludes the arrangement.
pub(super) async fn accept(
    debtor: Debtor,
    Path((quote_id, option_id)): Path<(String, String)>,
    Form(form): Form<AcceptForm>,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let request =
        AcceptArrangementRequest { request_id: form.proof.request_id, quote_id, option_id };
    let answer = debtor.clients().payments().accept_arrangement(debtor.outgoing(request)).await?;
    let arrangement = answer.into_inner().arrangement.ok_or(PortalError::NotPossible)?;
    Ok(see_other(&format!("/claims/{}/arrangement", arrangement.claim_id)))
}

struct InstalmentView {
    due: String,
    amount: String,
    state: &'static str,
    paid: bool,
}

impl InstalmentView {
    fn of(instalment: &Instalment, language: Language) -> Self {
        let text = Arranging::of(language);
        let state = instalment.state();
        Self {
            due: date(instalment.due_date.as_ref(), language),
            amount: money(instalment.amount.as_ref(), language),
            state: match state {
                InstalmentState::Paid => text.instalment_paid,
                InstalmentState::Missed => text.instalment_missed,
                InstalmentState::Skipped => text.instalment_skipped,
                InstalmentState::Open | InstalmentState::Unspecified => text.instalment_open,
            },
            paid: state == InstalmentState::Paid,
        }
    }
}

#[derive(Template)]
#[template(path = "arrangement.html")]
struct ArrangementPage {
    page: Page,
    text: &'static Arranging,
    state_text: &'static str,
    total: String,
    instalments: Vec<InstalmentView>,
    claim_id: String,
    running: bool,
}

/// The arrangement of a claim, or the promise that stands in its place.
pub(super) async fn show(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let frame = |title| Page::of_debtor(&debtor, title).back(format!("/claims/{claim_id}"));
    let text = Arranging::of(debtor.language());
    let arrangement = match fetch_arrangement(&debtor, &claim_id).await {
        Ok(arrangement) => arrangement,
        Err(PortalError::NotFound) => {
            let claim_id = fetch_claim(&debtor, &claim_id).await?.claim_id;
            let page_frame = frame(text.promise_running_title);
            return page(&PromiseRunningPage { page: page_frame, text, claim_id });
        }
        Err(error) => return Err(error),
    };
    let page_frame = frame(text.accepted_title);
    page(&ArrangementPage::of(&arrangement, page_frame, debtor.language()))
}

#[derive(Template)]
#[template(path = "promise_running.html")]
struct PromiseRunningPage {
    page: Page,
    text: &'static Arranging,
    claim_id: String,
}

impl ArrangementPage {
    fn of(arrangement: &Arrangement, page: Page, language: Language) -> Self {
        let text = Arranging::of(language);
        let state = arrangement.state();
        let instalments = arrangement.instalments.iter();
        Self {
            page,
            text,
            state_text: match state {
                ArrangementState::Completed => text.completed_text,
                ArrangementState::Broken | ArrangementState::Ended => text.broken_text,
                _ => text.accepted_text,
            },
            total: money(arrangement.total.as_ref(), language),
            instalments: instalments.map(|part| InstalmentView::of(part, language)).collect(),
            running: matches!(state, ArrangementState::Active | ArrangementState::Overdue),
            claim_id: arrangement.claim_id.clone(),
        }
    }
}

async fn fetch_arrangement(debtor: &Debtor, claim_id: &str) -> Result<Arrangement, PortalError> {
    let lookup = Some(Lookup::ClaimId(claim_id.to_owned()));
    let request = debtor.outgoing(GetArrangementRequest { lookup });
    match debtor.clients().payments().get_arrangement(request).await {
        Ok(answer) => answer.into_inner().arrangement.ok_or(PortalError::NotFound),
        Err(status) if is_about_input(&status) => Err(PortalError::NotFound),
        Err(status) => Err(status.into()),
    }
}
