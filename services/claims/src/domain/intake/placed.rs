//! Claims that were placed before: by the creditor under another number, or by another creditor.

use std::collections::HashMap;

use chrono::NaiveDate;
use kulanz_types::{CreditorId, DebtorId};

use super::{Accepted, Code, Problem};

/// What is compared of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Whose claim it is.
    pub creditor: CreditorId,
    /// Who owes.
    pub debtor: DebtorId,
    /// The creditor's invoice number.
    pub reference: String,
    /// The same without case and punctuation: `RE-2026/17` is `re202617`.
    pub number: String,
    /// The amount of the invoice in minor units.
    pub principal: i64,
    /// When it fell due.
    pub due_date: NaiveDate,
    /// When it was invoiced.
    pub invoice_date: Option<NaiveDate>,
    /// When the contract was made.
    pub contract_date: Option<NaiveDate>,
    /// What was delivered or agreed.
    pub contract_subject: String,
}

impl Placed {
    /// What a claim of this row would be.
    pub fn of(row: &Accepted, creditor: CreditorId, debtor: DebtorId) -> Self {
        Self {
            creditor,
            debtor,
            reference: row.reference.clone(),
            number: number(&row.reference),
            principal: row.principal.minor_units(),
            due_date: row.due_date,
            invoice_date: row.invoice_date,
            contract_date: row.contract_date,
            contract_subject: row.contract_subject.clone(),
        }
    }

    fn key(&self) -> Key {
        (self.debtor, self.principal, self.due_date)
    }

    fn same_contract(&self, other: &Self) -> bool {
        self.invoice_date == other.invoice_date
            && self.contract_date == other.contract_date
            && self.contract_subject.trim() == other.contract_subject.trim()
    }
}

/// An invoice number as two placements of it agree.
pub fn number(reference: &str) -> String {
    let letters = reference.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// One debtor, one amount, one due date.
type Key = (DebtorId, i64, NaiveDate);

/// The claims of debtors by what two placements of one claim have in common.
#[derive(Debug, Default)]
pub struct Placements(HashMap<Key, Vec<Placed>>);

impl Placements {
    /// Notes a claim.
    pub fn add(&mut self, placed: Placed) {
        self.0.entry(placed.key()).or_default().push(placed);
    }

    /// What another claim of the same debtor, amount and due date says against this one. The same number
    /// or the same contract with another creditor is the same claim; the rest is for a person to look at. Of several that
    /// are alike, the first by its number is named.
    pub fn against(&self, row: &Placed) -> Option<Problem> {
        let like = self.0.get(&row.key())?;
        let found = like.iter().filter_map(|other| {
            let (same_number, same_contract) = (other.number == row.number, other.same_contract(row));
            let (code, message) = match (other.creditor == row.creditor, same_number, same_contract) {
                (true, true, _) => (
                    Code::DuplicateClaim,
                    format!("placed before as {}: debtor, amount and due date agree", other.reference),
                ),
                (true, false, true) => (
                    Code::DuplicateSuspected,
                    format!("{} has the same debtor, contract, amount and dates", other.reference),
                ),
                (true, false, false) => return None,
                (false, true, _) | (false, _, true) => (
                    Code::DoublePlacement,
                    "another creditor has placed this claim: it is owed once".to_owned(),
                ),
                (false, false, false) => (
                    Code::DoublePlacementSuspected,
                    "another creditor has placed a claim of this debtor with the same amount and due \
                     date"
                        .to_owned(),
                ),
            };
            Some((Problem::new(code, "claim_reference", message), &other.reference))
        });
        let found = found.min_by_key(|(problem, like)| (!problem.rejects(), problem.code, *like));
        found.map(|(problem, _)| problem)
    }
}
