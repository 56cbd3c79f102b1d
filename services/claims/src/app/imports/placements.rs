//! The claims with which a chunk's rows are compared: one question for all of them.

use chrono::NaiveDate;
use kulanz_store::Work;

use crate::domain::intake::{Accepted, Placed, Placements, number};
use crate::domain::lifecycle::ClaimState;
use crate::error::Error;
use crate::store::claim;

/// What left us may be placed again, by whoever it belongs to now.
const LEFT: [ClaimState; 3] = [ClaimState::Withdrawn, ClaimState::Returned, ClaimState::Sold];

/// The claims of these debtors that fell due when one of the rows did.
pub async fn read(
    work: &Work,
    debtors: Vec<String>,
    rows: &[&Accepted],
) -> Result<Placements, Error> {
    let mut placements = Placements::default();
    if debtors.is_empty() {
        return Ok(placements);
    }
    let mut due: Vec<NaiveDate> = rows.iter().map(|row| row.due_date).collect();
    due.sort_unstable();
    due.dedup();
    let left = LEFT.map(ClaimState::name).to_vec();
    for placed in claim::placed(work, debtors, due, left).await? {
        placements.add(of(placed)?);
    }
    Ok(placements)
}

fn of(row: claim::Placed) -> Result<Placed, Error> {
    let (creditor, debtor, reference, principal, due_date, invoice_date, contract_date, subject) =
        row;
    Ok(Placed {
        creditor: creditor.parse()?,
        debtor: debtor.parse()?,
        number: number(&reference),
        reference,
        principal,
        due_date,
        invoice_date,
        contract_date,
        contract_subject: subject,
    })
}
