//! What a row must not claim although each of its cells is well-formed. claims checks the same
//! against its own clock and database; a fault found here is found before anything is sent.

use chrono::{Datelike, Months, NaiveDate};
use kulanz_types::Money;

use super::field::Field;
use super::problem::{Problem, ProblemCode};
use super::record::ImportRecord;

const OLDEST_AGE_YEARS: u32 = 120;

/// Everything implausible about `record`; `today` is the business day, where it is known.
pub(super) fn problems_of(record: &ImportRecord, today: Option<NaiveDate>) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(amount(record));
    problems.extend(parties(record));
    problems.extend(told(record));
    problems.extend(dates(record));
    problems.extend(minority(record));
    if let Some(today) = today {
        problems.extend(calendar(record, today));
    }
    problems
}

fn amount(record: &ImportRecord) -> Option<Problem> {
    let amount = record.amount;
    if amount.is_zero() {
        let reason = "nothing is owed";
        return Some(Problem::of(Field::Amount, ProblemCode::AmountZero, reason));
    }
    amount.is_negative().then(|| {
        let reason = format!("the creditor owes, not the customer: {amount}");
        Problem::of(Field::Amount, ProblemCode::AmountNegative, reason)
    })
}

fn parties(record: &ImportRecord) -> Option<Problem> {
    let debtor = &record.debtor;
    if debtor.last_name.is_empty() && debtor.company.is_empty() {
        let reason = "neither a surname nor a company: there is no debtor";
        return Some(Problem::of(Field::LastName, ProblemCode::DebtorNameMissing, reason));
    }
    (record.consumer && !debtor.company.is_empty()).then(|| {
        let reason = "a company that is marked as a consumer (§§ 13, 14 BGB): interest rate and \
                      duties to inform depend on it, so it must not be guessed";
        Problem::of(Field::Consumer, ProblemCode::ConsumerContradiction, reason)
    })
}

/// What has to be told in the first message, or the claim could never be asked for.
fn told(record: &ImportRecord) -> Vec<Problem> {
    let mut problems = Vec::new();
    let facts = [
        (Field::Subject, record.subject.is_empty()),
        (Field::ContractDate, record.contract_date.is_none()),
    ];
    for (field, _) in facts.into_iter().filter(|(_, missing)| *missing && record.consumer) {
        let reason = "a consumer must be told what was agreed and when (§ 13a Abs. 1 Nr. 2 RDG)";
        problems.push(Problem::of(field, ProblemCode::ContractFactsMissing, reason));
    }
    let costs = record.creditor_costs.is_some_and(Money::is_positive);
    if costs && record.creditor_costs_reason.is_empty() {
        let reason = "costs are charged without saying what for (§ 13a Abs. 1 Nr. 5 RDG)";
        let problem =
            Problem::of(Field::CreditorCostsReason, ProblemCode::CostsWithoutReason, reason);
        problems.push(problem);
    }
    problems
}

fn dates(record: &ImportRecord) -> Vec<Problem> {
    let mut problems = Vec::new();
    if record.due_date < record.invoice_date {
        let reason =
            format!("due on {}, before the invoice of {}", record.due_date, record.invoice_date);
        problems.push(Problem::of(Field::DueDate, ProblemCode::DueBeforeInvoice, reason));
    }
    if let Some(contract) = record.contract_date.filter(|day| record.due_date < *day) {
        let reason = format!("due on {}, before the contract of {contract}", record.due_date);
        problems.push(Problem::of(Field::DueDate, ProblemCode::DueBeforeContract, reason));
    }
    if let Some(reminder) = record.reminder_date.filter(|reminder| *reminder < record.due_date) {
        let reason = format!(
            "the reminder of {reminder} was sent before the claim fell due on {} and puts nobody \
             in default (§ 286 Abs. 1 BGB); it is not used",
            record.due_date
        );
        problems.push(Problem::of(Field::ReminderDate, ProblemCode::ReminderBeforeDue, reason));
    }
    problems
}

/// A minor's contract needs the consent of the parents (§§ 106 to 108 BGB), which no file shows.
fn minority(record: &ImportRecord) -> Option<Problem> {
    let birth_date = record.debtor.birth_date?;
    let contract = record.contract_date.unwrap_or(record.invoice_date);
    let of_age = birth_date.checked_add_months(Months::new(18 * 12))?;
    if contract < birth_date || contract >= of_age {
        return None;
    }
    let reason = "the customer was a minor when the contract was made (§§ 106 to 108 BGB): the \
                  creditor must show the parents' consent";
    Some(Problem::of(Field::BirthDate, ProblemCode::MinorAtContract, reason))
}

fn calendar(record: &ImportRecord, today: NaiveDate) -> Vec<Problem> {
    let mut problems = Vec::new();
    if record.due_date > today {
        let reason = format!("{} is still to come: nothing is overdue", record.due_date);
        problems.push(Problem::of(Field::DueDate, ProblemCode::DueInFuture, reason));
    } else if ordinary(record) && today.year() > last_year_to_sue(record.due_date) {
        let reason = format!(
            "due on {}: barred by limitation since the end of {} (§§ 195, 199 BGB)",
            record.due_date,
            last_year_to_sue(record.due_date)
        );
        problems.push(Problem::of(Field::DueDate, ProblemCode::TimeBarred, reason));
    }
    let oldest = today.checked_sub_months(Months::new(OLDEST_AGE_YEARS * 12));
    let implausible =
        |birth: &NaiveDate| *birth > today || oldest.is_some_and(|oldest| *birth < oldest);
    if record.debtor.birth_date.as_ref().is_some_and(implausible) {
        let reason = "in the future or more than 120 years ago; it is not used";
        problems.push(Problem::of(Field::BirthDate, ProblemCode::BirthDateImplausible, reason));
    }
    problems
}

/// Whether the ordinary period is all that counts: a title or a consumer loan has another (§ 197 Abs. 1
/// Nr. 3, § 497 Abs. 3 BGB), which claims computes.
fn ordinary(record: &ImportRecord) -> bool {
    record.title_final_on.is_none() && !record.consumer_loan
}

/// Three years from the end of the year in which the claim fell due.
fn last_year_to_sue(due_date: NaiveDate) -> i32 {
    due_date.year() + 3
}
