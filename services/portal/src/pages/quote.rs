//! From the wish to the offer: instalments and deferral.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::payments::v1::{
    ArrangementKind, GetQuoteRequest, Quote, QuoteArrangementRequest, QuoteOption,
    quote_arrangement_request::Wish,
};
use kulanz_proto::types::v1::Date;
use serde::Deserialize;

use super::claim::{fetch as fetch_claim, record_visit};
use crate::amount::{parse_amount, parse_date};
use crate::answer::{Page, form_again, page, see_other};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, money};
use crate::language::Language;
use crate::texts::Arranging;
use crate::visit::{Debtor, Proof};

#[derive(Template)]
#[template(path = "later.html")]
struct LaterPage {
    page: Page,
    text: &'static Arranging,
    claim_id: String,
}

/// The ways to pay otherwise than now, and where to find help.
pub(super) async fn later(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let claim = fetch_claim(&debtor, &claim_id).await?;
    let text = Arranging::of(debtor.language());
    let frame = Page::of_debtor(&debtor, text.later_title).back(format!("/claims/{claim_id}"));
    page(&LaterPage { page: frame, text, claim_id: claim.claim_id })
}

/// The wish as typed.
#[derive(Deserialize, Default)]
pub(super) struct WishForm {
    #[serde(default)]
    rate: String,
    #[serde(default)]
    months: String,
    #[serde(default)]
    first_date: String,
}

#[derive(Deserialize)]
pub(super) struct QuoteForm {
    #[serde(flatten)]
    proof: Proof,
    #[serde(flatten)]
    wish: WishForm,
}

#[derive(Template)]
#[template(path = "wish.html")]
struct WishPage {
    page: Page,
    text: &'static Arranging,
    deferral: bool,
    wish: WishForm,
    problem: &'static str,
}

impl WishPage {
    fn of(debtor: &Debtor, claim_id: &str, kind: ArrangementKind, wish: WishForm) -> Self {
        let text = Arranging::of(debtor.language());
        let deferral = kind == ArrangementKind::Deferral;
        let title = if deferral { text.deferral_title } else { text.instalments_title };
        let page = Page::of_debtor(debtor, title).back(format!("/claims/{claim_id}"));
        Self { page, text, deferral, wish, problem: "" }
    }

    fn problem(mut self, problem: &'static str) -> Self {
        self.page = self.page.problem(true);
        self.problem = problem;
        self
    }
}

/// Asks for rate or term.
pub(super) async fn ask_rate(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let (claim, ()) = tokio::join!(
        fetch_claim(&debtor, &claim_id),
        record_visit(&debtor, "instalments", &claim_id)
    );
    let kind = ArrangementKind::Instalments;
    page(&WishPage::of(&debtor, &claim?.claim_id, kind, WishForm::default()))
}

/// Asks for the day.
pub(super) async fn ask_date(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let claim = fetch_claim(&debtor, &claim_id).await?;
    let kind = ArrangementKind::Deferral;
    page(&WishPage::of(&debtor, &claim.claim_id, kind, WishForm::default()))
}

/// Asks for an offer of instalments.
pub(super) async fn instalments(
    debtor: Debtor,
    Path(claim_id): Path<String>,
    Form(form): Form<QuoteForm>,
) -> Result<Response, PortalError> {
    ask_offer(&debtor, claim_id, ArrangementKind::Instalments, form).await
}

/// Asks for an offer of a deferral.
pub(super) async fn deferral(
    debtor: Debtor,
    Path(claim_id): Path<String>,
    Form(form): Form<QuoteForm>,
) -> Result<Response, PortalError> {
    ask_offer(&debtor, claim_id, ArrangementKind::Deferral, form).await
}

async fn ask_offer(
    debtor: &Debtor,
    claim_id: String,
    kind: ArrangementKind,
    form: QuoteForm,
) -> Result<Response, PortalError> {
    debtor.visit.check(&form.proof)?;
    let text = Arranging::of(debtor.language());
    let (wish, first_date) = match read(&form.wish, kind, text) {
        Ok(read) => read,
        Err(problem) => {
            return form_again(&WishPage::of(debtor, &claim_id, kind, form.wish).problem(problem));
        }
    };
    let request = QuoteArrangementRequest {
        request_id: form.proof.request_id,
        claim_id: claim_id.clone(),
        kind: kind.into(),
        first_date,
        down_payment: None,
        language: debtor.language().code().to_owned(),
        wish,
    };
    match debtor.clients().payments().quote_arrangement(debtor.outgoing(request)).await {
        Ok(answer) => {
            let quote = answer.into_inner().quote.ok_or(PortalError::NotPossible)?;
            Ok(see_other(&format!("/quotes/{}", quote.quote_id)))
        }
        Err(status) if is_about_input(&status) => {
            let again = WishPage::of(debtor, &claim_id, kind, form.wish);
            form_again(&again.problem(text.bad_input))
        }
        Err(status) => Err(status.into()),
    }
}

type ReadWish = (Option<Wish>, Option<Date>);

/// What was typed, or what is wrong with it.
fn read(
    form: &WishForm,
    kind: ArrangementKind,
    text: &'static Arranging,
) -> Result<ReadWish, &'static str> {
    let first_date = match form.first_date.trim() {
        "" if kind == ArrangementKind::Deferral => return Err(text.bad_date),
        "" => None,
        typed => Some(parse_date(typed).ok_or(text.bad_date)?),
    };
    let wish = match (form.rate.trim(), form.months.trim()) {
        ("", "") => None,
        ("", months) => {
            let months = months.parse().ok().filter(|months| (2..=60).contains(months));
            Some(Wish::Months(months.ok_or(text.bad_months)?))
        }
        (rate, _) => {
            let rate = parse_amount(rate, "EUR").filter(|rate| rate.minor_units > 0);
            Some(Wish::DesiredRate(rate.ok_or(text.bad_rate)?))
        }
    };
    Ok((wish, first_date))
}

/// An option of an offer as a page shows it.
pub(super) struct OptionView {
    pub(super) option_id: String,
    pub(super) count: usize,
    pub(super) rate: String,
    pub(super) first: String,
    pub(super) last: String,
    /// Empty if it is as high as the others.
    pub(super) last_amount: String,
    pub(super) total: String,
    /// Empty if it costs nothing.
    pub(super) cost: String,
    /// Empty if there is none.
    pub(super) interest: String,
    pub(super) reasons: Vec<String>,
    pub(super) counterfactual: String,
    pub(super) schedule: Vec<(String, String)>,
}

impl OptionView {
    pub(super) fn of(option: &QuoteOption, language: Language) -> Self {
        let above_zero = |amount: &Option<kulanz_proto::types::v1::Money>| {
            money(amount.as_ref().filter(|amount| amount.minor_units > 0), language)
        };
        let due = |place: Option<&kulanz_proto::payments::v1::ScheduledAmount>| {
            date(place.and_then(|scheduled| scheduled.due_date.as_ref()), language)
        };
        let first_amount = option.schedule.first().and_then(|scheduled| scheduled.amount.as_ref());
        Self {
            option_id: option.option_id.clone(),
            count: option.schedule.len(),
            rate: money(option.rate.as_ref().or(first_amount), language),
            first: due(option.schedule.first()),
            last: due(option.schedule.last()),
            last_amount: last_amount(option, language),
            total: money(option.total.as_ref(), language),
            cost: above_zero(&option.arrangement_cost),
            interest: above_zero(&option.interest),
            reasons: option.reasons.clone(),
            counterfactual: option.counterfactual.clone(),
            schedule: option
                .schedule
                .iter()
                .map(|part| (due(Some(part)), money(part.amount.as_ref(), language)))
                .collect(),
        }
    }
}

/// The last payment, where it differs from the regular ones.
fn last_amount(option: &QuoteOption, language: Language) -> String {
    let last = option.schedule.last().and_then(|scheduled| scheduled.amount.as_ref());
    let first = option.schedule.first().and_then(|scheduled| scheduled.amount.as_ref());
    money(last.filter(|last| Some(*last) != first), language)
}

#[derive(Template)]
#[template(path = "quote.html")]
struct QuotePage {
    page: Page,
    text: &'static Arranging,
    quote: Quote,
    valid_until: String,
    options: Vec<OptionView>,
    /// Where another wish can be stated.
    again: String,
}

/// The offer.
pub(super) async fn show(
    debtor: Debtor,
    Path(quote_id): Path<String>,
) -> Result<Response, PortalError> {
    let quote = fetch(&debtor, &quote_id).await?;
    let language = debtor.language();
    let text = Arranging::of(language);
    let title = if quote.options.is_empty() { text.options_none } else { text.options_title };
    let form = if quote.kind() == ArrangementKind::Deferral { "deferral" } else { "instalments" };
    let again = format!("/claims/{}/{form}", quote.claim_id);
    let valid_until = quote.valid_until.as_ref().and_then(berlin_day);
    page(&QuotePage {
        page: Page::of_debtor(&debtor, title).back(again.clone()),
        text,
        valid_until: date(valid_until.as_ref(), language),
        options: quote.options.iter().map(|option| OptionView::of(option, language)).collect(),
        again,
        quote,
    })
}

/// The day on which an instant falls in Germany.
pub(super) fn berlin_day(timestamp: &prost_types::Timestamp) -> Option<Date> {
    let instant = kulanz_proto::convert::instant(timestamp).ok()?;
    Some(kulanz_types::berlin_date(instant).into())
}

/// The offer under the debtor's own token.
pub(super) async fn fetch(debtor: &Debtor, quote_id: &str) -> Result<Quote, PortalError> {
    let request = GetQuoteRequest { quote_id: quote_id.to_owned() };
    match debtor.clients().payments().get_quote(debtor.outgoing(request)).await {
        Ok(answer) => answer.into_inner().quote.ok_or(PortalError::NotFound),
        Err(status) if is_about_input(&status) => Err(PortalError::NotFound),
        Err(status) => Err(status.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(rate: &str, months: &str, first_date: &str) -> WishForm {
        WishForm {
            rate: rate.to_owned(),
            months: months.to_owned(),
            first_date: first_date.to_owned(),
        }
    }

    #[test]
    fn a_rate_counts_more_than_a_term() {
        let text = Arranging::of(Language::German);
        let (wish, _) = read(&form("50", "6", ""), ArrangementKind::Instalments, text).unwrap();
        assert!(matches!(wish, Some(Wish::DesiredRate(rate)) if rate.minor_units == 5_000));
    }

    #[test]
    fn nothing_typed_asks_for_a_proposal() {
        let text = Arranging::of(Language::German);
        let read = read(&form("", " ", ""), ArrangementKind::Instalments, text);
        assert_eq!(read, Ok((None, None)));
    }

    #[test]
    fn what_cannot_be_meant_is_sent_back() {
        let text = Arranging::of(Language::German);
        let instalments = ArrangementKind::Instalments;
        assert_eq!(read(&form("0", "", ""), instalments, text), Err(text.bad_rate));
        assert_eq!(read(&form("", "61", ""), instalments, text), Err(text.bad_months));
        assert_eq!(read(&form("", "", ""), ArrangementKind::Deferral, text), Err(text.bad_date));
    }
}
