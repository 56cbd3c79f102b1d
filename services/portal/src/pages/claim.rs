//! The overview and the page of one claim.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::claims::v1::{
    Claim, ClaimState, GetClaimRequest, ListClaimsRequest, RecordPortalVisitRequest,
};
use kulanz_proto::types::v1::Money;

use crate::answer::{Page, page, see_other};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, money};
use crate::language::Language;
use crate::texts::Claims;
use crate::visit::Debtor;

/// More claims than this are shown by the agency on request.
const CLAIMS_MAX: i32 = 100;

/// A claim as a page shows it.
pub(super) struct ClaimView {
    pub(super) claim_id: String,
    pub(super) creditor: String,
    pub(super) total: String,
    pub(super) reference: String,
    pub(super) invoice_date: String,
    pub(super) due_date: String,
    pub(super) case_reference: String,
    pub(super) subject: String,
    /// What its state means to the debtor; empty while it is simply open.
    pub(super) state_text: &'static str,
    state: ClaimState,
}

impl ClaimView {
    pub(super) fn of(claim: &Claim, language: Language) -> Self {
        let state = claim.state();
        let balance = claim.balance.clone().unwrap_or_default();
        Self {
            claim_id: claim.claim_id.clone(),
            creditor: claim.creditor_name.clone(),
            total: money(balance.total.as_ref(), language),
            reference: claim.reference.clone(),
            invoice_date: date(claim.invoice_date.as_ref(), language),
            due_date: date(claim.due_date.as_ref(), language),
            case_reference: claim.case_reference.clone(),
            subject: claim.contract.clone().unwrap_or_default().subject,
            state_text: state_text(state, Claims::of(language)),
            state,
        }
    }

    /// True until it has ended.
    fn open(&self) -> bool {
        !self.state.is_closed()
    }

    /// True if there is something to pay or to agree. Whoever is shielded is not asked.
    fn payable(&self) -> bool {
        self.open() && self.state != ClaimState::Protected
    }

    /// True if payment terms may be agreed.
    fn arrangeable(&self) -> bool {
        self.state.is_pursued()
    }

    fn arranged(&self) -> bool {
        self.state == ClaimState::Arranged
    }
}

fn state_text(state: ClaimState, text: &'static Claims) -> &'static str {
    match state {
        ClaimState::Paid | ClaimState::Settled => text.state_settled,
        _ if state.is_closed() => text.state_closed,
        ClaimState::Arranged => text.state_arranged,
        ClaimState::Disputed => text.state_disputed,
        ClaimState::Protected => text.state_protected,
        _ if state.is_silent() => text.state_on_hold,
        _ => "",
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    page: Page,
    text: &'static Claims,
    name: String,
    claims: Vec<ClaimView>,
    /// All of it; empty where the claims have several currencies.
    total: String,
}

#[derive(Template)]
#[template(path = "claim.html")]
struct ClaimPage {
    page: Page,
    text: &'static Claims,
    name: String,
    claim: ClaimView,
}

/// All claims, or the only one at once.
pub(super) async fn overview(debtor: Debtor) -> Result<Response, PortalError> {
    if debtor.debtor.preferences_only {
        return Ok(see_other("/preferences"));
    }
    let (found, ()) = tokio::join!(claims_of(&debtor), record_visit(&debtor, "overview", ""));
    let found = found?;
    let language = debtor.language();
    let mut claims: Vec<ClaimView> =
        found.iter().map(|claim| ClaimView::of(claim, language)).collect();
    let name = debtor.debtor.name.clone();
    if claims.len() == 1
        && let Some(claim) = claims.pop()
    {
        return page(&claim_page(&debtor, claim, name));
    }
    let text = Claims::of(language);
    let frame = Page::of_debtor(&debtor, text.overview_title);
    let total = money(sum(&found).as_ref(), language);
    page(&OverviewPage { page: frame, text, name, claims, total })
}

/// The claims of the debtor.
pub(super) async fn claims_of(debtor: &Debtor) -> Result<Vec<Claim>, PortalError> {
    let request = ListClaimsRequest {
        page_size: CLAIMS_MAX,
        debtor_id: debtor.debtor.debtor_id.clone(),
        ..ListClaimsRequest::default()
    };
    let answer = debtor.clients().claims().list_claims(debtor.outgoing(request)).await?;
    Ok(answer.into_inner().claims)
}

/// What is open on all claims together, if they have one currency.
fn sum(claims: &[Claim]) -> Option<Money> {
    let mut totals = claims.iter().filter(|claim| !claim.state().is_closed()).filter_map(|claim| {
        let total = claim.balance.as_ref()?.total.as_ref()?;
        kulanz_types::Money::try_from(total).ok()
    });
    let first = totals.next()?;
    let all = totals.try_fold(first, kulanz_types::Money::checked_add);
    all.ok().map(Into::into)
}

fn claim_page(debtor: &Debtor, claim: ClaimView, name: String) -> ClaimPage {
    let text = Claims::of(debtor.language());
    let title = format!("{} {}", text.owed_to, claim.creditor);
    ClaimPage { page: Page::of_debtor(debtor, title), text, name, claim }
}

/// One claim of several.
pub(super) async fn show(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let claim = fetch(&debtor, &claim_id).await?;
    let view = ClaimView::of(&claim, debtor.language());
    let mut answer = claim_page(&debtor, view, String::new());
    answer.page = answer.page.back("/overview");
    page(&answer)
}

/// The claim under the debtor's own token: someone else's does not exist.
pub(super) async fn fetch(debtor: &Debtor, claim_id: &str) -> Result<Claim, PortalError> {
    let request = GetClaimRequest { claim_id: claim_id.to_owned() };
    match debtor.clients().claims().get_claim(debtor.outgoing(request)).await {
        Ok(answer) => answer.into_inner().claim.ok_or(PortalError::NotFound),
        Err(status) if is_about_input(&status) => Err(PortalError::NotFound),
        Err(status) => Err(status.into()),
    }
}

/// Notes the visit. A page is shown whether that works or not.
pub(super) async fn record_visit(debtor: &Debtor, page: &str, claim_id: &str) {
    let request = RecordPortalVisitRequest {
        request_id: debtor.visit.app.request_id(),
        page: page.to_owned(),
        claim_id: claim_id.to_owned(),
    };
    let answer = debtor.clients().claims().record_portal_visit(debtor.outgoing(request)).await;
    if let Err(status) = answer {
        tracing::debug!(code = ?status.code(), "visit was not recorded");
    }
}
