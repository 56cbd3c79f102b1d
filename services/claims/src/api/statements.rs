//! Statements in the reader's language.

use chrono::NaiveDate;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::optional;

use super::claims::claim_id;
use super::who::Who;
use super::{Api, convert};
use crate::app::statements::{self, View};
use crate::app::told;
use crate::domain::statement::{Line, LineKind};
use crate::error::Error;

/// The statement of a claim as of a day. A debtor's look at it is noted.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetStatementRequest,
) -> Result<wire::GetStatementResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let as_of: Option<NaiveDate> =
        optional(request.as_of).map_err(|error| Error::field("as_of", error.to_string()))?;
    let english = match request.language.as_str() {
        "" | "de" => false,
        "en" => true,
        _ => return Err(Error::field("language", "must be `de` or `en`")),
    };
    let work = api.store.begin(who.tenant).await?;
    let view = statements::get(&work, claim_id, as_of).await?;
    who.may_see(&view.claim.debtor_id, claim_id)?;
    if who.debtor().is_some() {
        statements::viewed(&work, claim_id).await?;
    }
    let statement = Some(message(&view, english)?);
    work.commit().await?;
    Ok(wire::GetStatementResponse { statement })
}

fn message(view: &View, english: bool) -> Result<wire::Statement, Error> {
    let (claim, statement) = (&view.claim, &view.statement);
    Ok(wire::Statement {
        claim_id: claim.claim_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        creditor_name: view.creditor_name.clone(),
        debtor_id: claim.debtor_id.clone(),
        reference: claim.reference.clone(),
        case_reference: claim.case_reference.clone(),
        as_of: Some(statement.as_of.into()),
        lines: statement.lines.iter().map(|one| line(one, &claim.reference, english)).collect(),
        totals: Some(told::balance(&statement.totals)),
        provisional: statement.provisional_from.is_some(),
        provisional_from: statement.provisional_from.map(Into::into),
        interest_per_day: Some(statement.interest_per_day.into()),
        contract: Some(convert::contract(claim)),
        invoice_date: claim.invoice_date.map(Into::into),
        due_date: Some(claim.due_date.into()),
        state: told::claim_state(claim.state()?).into(),
        language: if english { "en" } else { "de" }.to_owned(),
        ..wire::Statement::default()
    })
}

fn line(line: &Line, reference: &str, english: bool) -> wire::StatementLine {
    wire::StatementLine {
        kind: kind(line.kind).into(),
        text: text(line, reference, english),
        norm: line.norm.clone(),
        amount: Some(line.amount.into()),
        from: Some(line.from.into()),
        to: line.to.map(Into::into),
        days: i32::try_from(line.days).unwrap_or(i32::MAX),
        rate: line.rate.clone(),
        formula: line.formula.clone(),
        ..wire::StatementLine::default()
    }
}

fn kind(kind: LineKind) -> wire::StatementLineKind {
    match kind {
        LineKind::Principal => wire::StatementLineKind::Principal,
        LineKind::Interest => wire::StatementLineKind::Interest,
        LineKind::Cost => wire::StatementLineKind::Cost,
        LineKind::Payment => wire::StatementLineKind::Payment,
        LineKind::Reversal => wire::StatementLineKind::Reversal,
        LineKind::Credit | LineKind::Waiver => wire::StatementLineKind::Credit,
    }
}

fn text(line: &Line, reference: &str, english: bool) -> String {
    if english { in_english(line, reference) } else { in_german(line, reference) }
}

fn in_german(line: &Line, reference: &str) -> String {
    let percent = line.rate.replace('.', ",");
    match line.kind {
        LineKind::Principal => format!("Hauptforderung, Rechnung {reference}"),
        LineKind::Interest => format!("Verzugszinsen, {percent} % im Jahr, {} Tage", line.days),
        LineKind::Cost if line.norm.contains("7002") => "Auslagenpauschale".to_owned(),
        LineKind::Cost if line.norm.contains("7008") => "Umsatzsteuer auf die Kosten".to_owned(),
        LineKind::Cost if line.norm.contains("RDG") => "Inkassokosten".to_owned(),
        LineKind::Cost => "Kosten des Gläubigers".to_owned(),
        LineKind::Payment => "Ihre Zahlung".to_owned(),
        LineKind::Reversal => "Rückgabe der Zahlung durch die Bank".to_owned(),
        LineKind::Credit => "Gutschrift".to_owned(),
        LineKind::Waiver => "Zinsen während der Überweisung: erlassen".to_owned(),
    }
}

fn in_english(line: &Line, reference: &str) -> String {
    match line.kind {
        LineKind::Principal => format!("Main claim, invoice {reference}"),
        LineKind::Interest => {
            format!("Default interest, {} % a year, {} days", line.rate, line.days)
        }
        LineKind::Cost if line.norm.contains("7002") => "Expenses, flat sum".to_owned(),
        LineKind::Cost if line.norm.contains("7008") => "VAT on the costs".to_owned(),
        LineKind::Cost if line.norm.contains("RDG") => "Collection costs".to_owned(),
        LineKind::Cost => "The creditor's costs".to_owned(),
        LineKind::Payment => "Your payment".to_owned(),
        LineKind::Reversal => "Payment returned by the bank".to_owned(),
        LineKind::Credit => "Credit".to_owned(),
        LineKind::Waiver => "Interest while the transfer was on its way: not charged".to_owned(),
    }
}
