//! The days of a row.

use chrono::{Months, NaiveDate};

use super::{Code, Problem, Row};
use crate::domain::limitation::{Origin, expires_at_intake};

/// Checks the days of a row against each other and against the business day `today`.
pub(super) fn check(row: &Row, today: NaiveDate, problems: &mut Vec<Problem>) {
    if row.invoice_date.is_some_and(|invoice| invoice > today) {
        problems.push(Problem::new(Code::InvoiceInFuture, "invoice_date", "lies in the future"));
    }
    if let (Some(contract), Some(invoice)) = (row.contract_date, row.invoice_date)
        && contract > invoice
    {
        let message = "lies after the invoice";
        problems.push(Problem::new(Code::ContractAfterInvoice, "contract_date", message));
    }
    title(row, today, problems);
    let Some(due) = row.due_date else { return };
    if due > today {
        problems.push(Problem::new(Code::DueInFuture, "due_date", "not due yet"));
    }
    if row.invoice_date.is_some_and(|invoice| due < invoice) {
        problems.push(Problem::new(Code::DueBeforeInvoice, "due_date", "lies before the invoice"));
    }
    if row.contract_date.is_some_and(|contract| due < contract) {
        let message = "lies before the contract from which it comes";
        problems.push(Problem::new(Code::DueBeforeContract, "due_date", message));
    }
    if row.reminder_date.is_some_and(|reminder| reminder < due) {
        let message = "before the due date: it starts no default (§ 286 Abs. 1 BGB)";
        problems.push(Problem::new(Code::ReminderBeforeDue, "reminder_sent_on", message));
    }
    if row.reminder_date.is_some_and(|reminder| reminder > today) {
        let message = "lies in the future: it starts no default";
        problems.push(Problem::new(Code::ReminderInFuture, "reminder_sent_on", message));
    }
    if row.default_since.is_some_and(|default| default <= due || default > today) {
        let message = "default begins after the due date and not in the future (§ 286 BGB)";
        problems.push(Problem::new(Code::DefaultDateInvalid, "default_since", message));
    }
    // A loan's period depends on when default began, which the creditor's terms decide.
    if !row.consumer_loan {
        let origin = Origin { due, loan_default: None };
        problems.extend(time_bar(expires_at_intake(origin, row.title_final_on), today));
    }
}

fn title(row: &Row, today: NaiveDate, problems: &mut Vec<Problem>) {
    let arose = row.contract_date.or(row.invoice_date).or(row.due_date);
    let Some(title) = row.title_final_on else { return };
    if title > today || arose.is_some_and(|arose| title < arose) {
        let message = "no title becomes final in the future or before there was a claim";
        problems.push(Problem::new(Code::TitleDateInvalid, "title_final_on", message));
    }
}

/// Asking for a barred claim as if it could be enforced is not allowed (§§ 195, 199, 214 BGB).
pub(super) fn time_bar(expires_on: Option<NaiveDate>, today: NaiveDate) -> Option<Problem> {
    let expires_on = expires_on?;
    let soon = expires_on.checked_sub_months(Months::new(2));
    if expires_on < today {
        let message = format!("barred since {expires_on} (§§ 195, 199 BGB)");
        Some(Problem::new(Code::TimeBarred, "due_date", message))
    } else if soon.is_some_and(|soon| soon < today) {
        let message = format!("barred after {expires_on} (§§ 195, 199 BGB)");
        Some(Problem::new(Code::TimeBarNear, "due_date", message))
    } else {
        None
    }
}
