//! Books one entry: bank against suspense, and from there to the claim it belongs to.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kulanz_store::{StoreError, Work};
use kulanz_types::{BankEntryId, BankStatementId, DebtorId, berlin_date};

use super::Outcome;
use super::identity::Occurrences;
use crate::app::booking::{self, Receipt};
use crate::app::entries::{self, return_to_sender};
use crate::app::matching::{END_TO_END, Judged, PAYER, judge_movement};
use crate::domain::camt::{Direction, Entry, Movement, Statement, movements};
use crate::domain::ledger::{Account, Transfer};
use crate::domain::matching::{Scored, Verdict};
use crate::error::Error;
use crate::store::bank_entry::{self, Details, Model, state};
use crate::store::ledger;

/// Where an entry stands.
pub struct Place<'a> {
    /// Its statement's row.
    pub id: BankStatementId,
    /// Its statement.
    pub statement: &'a Statement,
    /// How long the tenant's case references are.
    pub lengths: &'a BTreeSet<usize>,
}

/// Books the movements of an entry that were not booked before.
pub async fn book(
    work: &Work,
    place: &Place<'_>,
    entry: &Entry,
    seen: &mut Occurrences,
) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for movement in movements(entry)? {
        let identity = seen.identity(place.statement, entry, &movement);
        if let Some(row) = bank_entry::of_identity(work, &identity).await? {
            outcomes.push(Outcome { row, is_duplicate: true });
            continue;
        }
        let row = book_movement(work, place, (entry, &movement), identity).await?;
        outcomes.push(Outcome { row, is_duplicate: false });
    }
    Ok(outcomes)
}

async fn book_movement(
    work: &Work,
    place: &Place<'_>,
    (entry, movement): (&Entry, &Movement),
    identity: String,
) -> Result<Model, Error> {
    let mut row = new_row(work, place, (entry, movement), identity)?;
    let details = details(movement);
    let judged = judge_movement(work, movement, place.lengths).await?;
    let is_collection = movement.direction == Direction::Credit || movement.is_return(entry);
    post_to_suspense(work, &row, movement, is_collection).await?;
    match (movement.direction, is_collection) {
        (Direction::Credit, _) => match_credit(work, &mut row, movement, &judged).await?,
        (Direction::Debit, true) => {
            return_to_sender(work, &mut row, suggested(&judged)).await?;
        }
        (Direction::Debit, false) => row.state = String::from(state::IGNORED),
    }
    row.details = seal(work, &mut row, &details).await?;
    bank_entry::insert(work, row.clone()).await?;
    Ok(row)
}

fn new_row(
    work: &Work,
    place: &Place<'_>,
    (entry, movement): (&Entry, &Movement),
    identity: String,
) -> Result<Model, Error> {
    let today: NaiveDate = berlin_date(work.now());
    let booked_on = entry.booked_on.or(entry.value_on).unwrap_or(today);
    let is_return = movement.direction == Direction::Debit && movement.is_return(entry);
    let returned = if is_return { movement.returned_amount()?.minor_units() } else { 0 };
    let signed = match movement.direction {
        Direction::Credit => movement.amount,
        Direction::Debit => movement.amount.checked_neg()?,
    };
    let transaction = &movement.transaction;
    let iban = transaction.counterparty.iban.map(|iban| iban.to_string());
    let reason = || transaction.return_reason.clone().unwrap_or_else(|| "REVERSAL".to_owned());
    Ok(Model {
        tenant_id: work.tenant().to_string(),
        bank_entry_id: BankEntryId::generate(work.seeds(), work.now()).to_string(),
        bank_statement_id: place.id.to_string(),
        identity,
        currency: movement.amount.currency().code().to_owned(),
        amount: signed.minor_units(),
        returned_amount: returned,
        return_reason: is_return.then(reason),
        booked_on,
        value_on: entry.value_on.unwrap_or(booked_on),
        state: state::UNMATCHED.to_owned(),
        claim_id: None,
        payment_id: None,
        match_rule: String::new(),
        match_score: 0,
        match_reasons: "[]".to_owned(),
        payer_index: iban.map(|iban| work.blind_index(PAYER, &iban)),
        end_to_end_index: transaction
            .end_to_end_id
            .as_ref()
            .map(|id| work.blind_index(END_TO_END, id)),
        sealed_for: bank_entry::nobody().to_string(),
        details: Vec::new(),
    })
}

/// The ledger's bank account moves as the bank says, whatever is known about the money.
async fn post_to_suspense(
    work: &Work,
    row: &Model,
    movement: &Movement,
    is_collection: bool,
) -> Result<(), Error> {
    if movement.amount.is_zero() {
        return Ok(());
    }
    let other = if is_collection { Account::Suspense } else { Account::Other };
    let pair = match movement.direction {
        Direction::Credit => (Account::Bank, other),
        Direction::Debit => (other, Account::Bank),
    };
    let key = format!("{}:bank", row.bank_entry_id);
    ledger::post(work, &Transfer::new(key, pair, movement.amount, row.value_on)?).await
}

async fn match_credit(
    work: &Work,
    row: &mut Model,
    movement: &Movement,
    judged: &Judged,
) -> Result<(), Error> {
    let best = match &judged.verdict {
        Verdict::Matched(best) => *best,
        Verdict::Suspense { reason, candidates } => {
            let best = candidates.first();
            row.match_score = best.map_or(0, |best| i64::from(best.score));
            let reasons = best.map(Scored::reasons).unwrap_or_default();
            row.match_reasons = reasons_json([reason.name()].into_iter().chain(reasons))?;
            return Ok(());
        }
    };
    if movement.amount.is_zero() {
        return Ok(());
    }
    let claim = best.candidate.claim;
    let found = judged.found.get(&claim);
    let parties = found.ok_or(Error::Unexpected("a match without its claim"))?.parties()?;
    let receipt = Receipt {
        parties,
        amount: movement.amount,
        value_on: row.value_on,
        bank_entry: &row.bank_entry_id,
    };
    let payment = booking::receive(work, &receipt).await?;
    row.match_score = i64::from(best.score);
    row.match_reasons = reasons_json(best.reasons())?;
    let rule = entries::rule_name(best.candidate.rule);
    entries::settle(row, state::MATCHED, &parties, &payment.to_string(), rule);
    Ok(())
}

/// The claim that a returned payment most likely belonged to.
fn suggested(judged: &Judged) -> Option<kulanz_types::ClaimId> {
    match &judged.verdict {
        Verdict::Matched(best) => Some(best.candidate.claim),
        Verdict::Suspense { candidates, .. } => match candidates.as_slice() {
            [only] => Some(only.candidate.claim),
            _ => None,
        },
    }
}

fn details(movement: &Movement) -> Details {
    let transaction = &movement.transaction;
    let references = transaction.structured_references.iter().chain(&transaction.end_to_end_id);
    Details {
        name: transaction.counterparty.name.clone().unwrap_or_default(),
        iban: transaction.counterparty.iban.map(|iban| iban.to_string()).unwrap_or_default(),
        text: transaction.remittance_text.concat(),
        references: references.cloned().collect(),
    }
}

/// Seals under the debtor that the entry was settled for. Money of an erased person still arrives:
/// it is kept under the tenant's own key then.
async fn seal(work: &Work, row: &mut Model, details: &Details) -> Result<Vec<u8>, Error> {
    let debtor: DebtorId = row.sealed_for.parse()?;
    match bank_entry::seal(work, debtor, &row.bank_entry_id, details).await {
        Err(StoreError::KeyDestroyed) => {
            row.sealed_for = bank_entry::nobody().to_string();
            let bare = Details::default();
            Ok(bank_entry::seal(work, bank_entry::nobody(), &row.bank_entry_id, &bare).await?)
        }
        sealed => Ok(sealed?),
    }
}

fn reasons_json<'a>(reasons: impl IntoIterator<Item = &'a str>) -> Result<String, Error> {
    let reasons: Vec<&str> = reasons.into_iter().collect();
    serde_json::to_string(&reasons)
        .map_err(|_| StoreError::Unreadable { what: "bank_entry.match_reasons" }.into())
}
