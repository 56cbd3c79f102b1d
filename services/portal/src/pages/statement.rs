//! The statement of a claim.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kulanz_proto::claims::v1::{
    GetStatementDocumentRequest, GetStatementRequest, Statement, StatementLine,
};

use crate::answer::{Page, page};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, money, percent};
use crate::language::Language;
use crate::texts::Claims;
use crate::visit::Debtor;

struct LineView {
    text: String,
    norm: String,
    amount: String,
    period: String,
    days: i32,
    rate: String,
    formula: String,
}

impl LineView {
    fn of(line: &StatementLine, language: Language) -> Self {
        let (from, to) = (date(line.from.as_ref(), language), date(line.to.as_ref(), language));
        let period = if to.is_empty() || to == from { from } else { format!("{from} – {to}") };
        Self {
            text: line.text.clone(),
            norm: line.norm.clone(),
            amount: money(line.amount.as_ref(), language),
            period,
            days: line.days,
            rate: percent(&line.rate, language),
            formula: line.formula.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "statement.html")]
struct StatementPage {
    page: Page,
    text: &'static Claims,
    creditor: String,
    reference: String,
    case_reference: String,
    as_of: String,
    lines: Vec<LineView>,
    total: String,
    per_day: String,
    provisional_from: String,
    claim_id: String,
}

/// What is owed, line by line.
pub(super) async fn show(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let statement = fetch(&debtor, &claim_id).await?;
    let language = debtor.language();
    let text = Claims::of(language);
    let page_frame =
        Page::of_debtor(&debtor, text.statement_title).back(format!("/claims/{claim_id}"));
    let totals = statement.totals.clone().unwrap_or_default();
    let per_day = statement.interest_per_day.as_ref().filter(|amount| amount.minor_units > 0);
    page(&StatementPage {
        page: page_frame,
        text,
        lines: statement.lines.iter().map(|line| LineView::of(line, language)).collect(),
        total: money(totals.total.as_ref(), language),
        per_day: money(per_day, language),
        as_of: date(statement.as_of.as_ref(), language),
        provisional_from: provisional(&statement, language),
        creditor: statement.creditor_name,
        reference: statement.reference,
        case_reference: statement.case_reference,
        claim_id,
    })
}

fn provisional(statement: &Statement, language: Language) -> String {
    if statement.provisional {
        date(statement.provisional_from.as_ref(), language)
    } else {
        String::new()
    }
}

/// The statement of today as a letter, to be kept.
pub(super) async fn document(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let request = GetStatementDocumentRequest {
        claim_id,
        as_of: None,
        language: debtor.language().code().to_owned(),
    };
    let answer = debtor.clients().claims().get_statement_document(debtor.outgoing(request)).await;
    let document = match answer {
        Ok(answer) => answer.into_inner(),
        Err(status) if is_about_input(&status) => return Err(PortalError::NotFound),
        Err(status) => return Err(status.into()),
    };
    let name: String = document
        .file_name
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "._-".contains(*letter))
        .collect();
    let headers = [
        (CONTENT_TYPE, document.media_type),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, document.content).into_response())
}

/// The statement of today in the visitor's language.
pub(super) async fn fetch(debtor: &Debtor, claim_id: &str) -> Result<Statement, PortalError> {
    let request = GetStatementRequest {
        claim_id: claim_id.to_owned(),
        as_of: None,
        language: debtor.language().code().to_owned(),
        known_at: None,
    };
    match debtor.clients().claims().get_statement(debtor.outgoing(request)).await {
        Ok(answer) => answer.into_inner().statement.ok_or(PortalError::NotFound),
        Err(status) if is_about_input(&status) => Err(PortalError::NotFound),
        Err(status) => Err(status.into()),
    }
}
