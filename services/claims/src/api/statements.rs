//! Statements in the reader's language.

use std::fmt::{Display, Write as _};

use kulanz_chassis::Violations;
use kulanz_letter::LetterError;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{instant, optional};

use super::claims::claim_id;
use super::who::Who;
use super::{Api, convert};
use crate::app::documents::{self, Draft};
use crate::app::statements::{self, Instant, View};
use crate::app::told;
use crate::domain::language::Language;
use crate::domain::statement::{Line, LineKind};
use crate::error::Error;

/// The statement of a claim. A debtor's look at it is noted.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetStatementRequest,
) -> Result<wire::GetStatementResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    let as_of = violations.parse("as_of", optional(request.as_of)).flatten();
    let known_at =
        request.known_at.as_ref().and_then(|at| violations.parse("known_at", instant(at)));
    let language = language(&request.language, &mut violations);
    violations.into_result()?;
    let work = api.store.begin(who.tenant).await?;
    let view = statements::get(&work, claim_id, Instant { as_of, known_at }).await?;
    who.may_see(&view.claim.debtor_id, claim_id)?;
    if who.debtor().is_some() {
        statements::viewed(&work, claim_id).await?;
    }
    let statement = Some(message(view, language)?);
    work.commit().await?;
    Ok(wire::GetStatementResponse { statement })
}

/// The statement of a claim as a letter. Letters are set on threads of their own, a few at a time: the
/// rest wait, so that many calls at once take time and not memory.
pub async fn document(
    api: &Api,
    who: Who,
    request: wire::GetStatementDocumentRequest,
) -> Result<wire::GetStatementDocumentResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    let as_of = violations.parse("as_of", optional(request.as_of)).flatten();
    let language = language(&request.language, &mut violations);
    violations.into_result()?;
    let work = api.store.begin(who.tenant).await?;
    let instant = Instant { as_of, known_at: None };
    let Draft { debtor_id, file_name, letter } =
        documents::statement(&work, claim_id, instant, language).await?;
    who.may_see(&debtor_id, claim_id)?;
    if who.debtor().is_some() {
        statements::viewed(&work, claim_id).await?;
    }
    let created = work.now();
    work.commit().await?;
    let _turn = api.letters.acquire().await.map_err(|_| LetterError::Stopped)?;
    let set = tokio::task::spawn_blocking(move || kulanz_letter::pdf(&letter, created)).await;
    let content = set.map_err(|_| LetterError::Stopped)??;
    Ok(wire::GetStatementDocumentResponse {
        media_type: "application/pdf".to_owned(),
        file_name,
        content,
    })
}

/// The language of a request.
pub fn language(tag: &str, violations: &mut Violations) -> Language {
    let language = Language::of_tag(tag);
    violations.require(language.is_some(), "language", "must be `de` or `en`");
    language.unwrap_or_default()
}

fn message(view: View, language: Language) -> Result<wire::Statement, Error> {
    let plain_text = view.statement.plain_text(language, &view.occasion()?);
    let View { claim, creditor_name, statement, account_hash } = view;
    let conventions = statement.conventions(language);
    let line = |one| line(one, &claim.reference, language);
    Ok(wire::Statement {
        claim_id: claim.claim_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        creditor_name,
        debtor_id: claim.debtor_id.clone(),
        reference: claim.reference.clone(),
        case_reference: claim.case_reference.clone(),
        as_of: Some(statement.as_of.into()),
        lines: statement.lines.into_iter().map(line).collect(),
        totals: Some(told::balance(&statement.totals)),
        provisional: statement.provisional_from.is_some(),
        provisional_from: statement.provisional_from.map(Into::into),
        interest_per_day: Some(statement.interest_per_day.into()),
        contract: Some(convert::contract(&claim)),
        invoice_date: claim.invoice_date.map(Into::into),
        due_date: Some(claim.due_date.into()),
        state: told::claim_state(claim.state()?).into(),
        language: language.tag().to_owned(),
        plain_text,
        account_hash,
        conventions,
    })
}

fn line(line: Line, reference: &str, language: Language) -> wire::StatementLine {
    wire::StatementLine {
        kind: kind(line.kind).into(),
        text: written(line.text(language, reference)),
        formula: written(line.formula(language)),
        norm: line.norm,
        amount: Some(line.amount.into()),
        from: Some(line.from.into()),
        to: line.to.map(Into::into),
        days: i32::try_from(line.days).unwrap_or(i32::MAX),
        rate: line.rate,
        rule_version: line.rule_version,
        inputs: line.inputs,
        entry_id: line.entry.map(|entry| entry.to_string()).unwrap_or_default(),
    }
}

/// Room for most texts at once: there are hundreds of them.
fn written(text: impl Display) -> String {
    let mut out = String::with_capacity(64);
    // A text takes whatever is written.
    let _ = write!(out, "{text}");
    out
}

fn kind(kind: LineKind) -> wire::StatementLineKind {
    match kind {
        LineKind::Principal => wire::StatementLineKind::Principal,
        LineKind::Interest => wire::StatementLineKind::Interest,
        LineKind::Cost => wire::StatementLineKind::Cost,
        LineKind::Payment => wire::StatementLineKind::Payment,
        LineKind::Reversal => wire::StatementLineKind::Reversal,
        LineKind::Correction => wire::StatementLineKind::Correction,
        LineKind::Credit | LineKind::Waiver => wire::StatementLineKind::Credit,
    }
}
