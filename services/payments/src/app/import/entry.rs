//! Books the movements of a file: bank against suspense, and from there to the claim each belongs to.
//! Everything is looked up before and written after, with few statements for the whole file.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use kulanz_store::{Due, StoreError, Work};
use kulanz_types::{BankEntryId, BankStatementId, berlin_date};

use super::Outcome;
use crate::app::booking::{self, Receipt};
use crate::app::books::Books;
use crate::app::entries::{self, return_to_sender};
use crate::app::matching::{END_TO_END, Evidence, Judged, payer_index};
use crate::app::waiting::{SECOND_LOOK, WAITING_ENTRY};
use crate::domain::camt::{Direction, Entry, Movement};
use crate::domain::ledger::{Account, Transfer};
use crate::domain::matching::{Clues, Scored, SuspenseReason, Verdict};
use crate::error::Error;
use crate::store::bank_entry::{self, Details, Model, state};
use crate::store::clue;

/// A movement of the file.
pub struct Piece<'a> {
    /// The row of its statement.
    pub statement: BankStatementId,
    /// Its entry.
    pub entry: &'a Entry,
    /// The movement.
    pub movement: Movement,
    /// What makes it the same one when it comes again.
    pub identity: String,
    /// What may lead to its claim.
    pub clues: Clues,
}

/// Books the movements that were not booked before.
pub async fn book_all(work: &Work, pieces: &[Piece<'_>]) -> Result<Vec<Outcome>, Error> {
    let identities: Vec<String> = pieces.iter().map(|piece| piece.identity.clone()).collect();
    let known = bank_entry::of_identities(work, &identities).await?;
    let mut known: HashMap<String, Model> =
        known.into_iter().map(|row| (row.identity.clone(), row)).collect();
    let fresh = pieces.iter().filter(|piece| !known.contains_key(&piece.identity));
    let clues: Vec<&Clues> = fresh.map(|piece| &piece.clues).collect();
    let evidence = Evidence::gather(work, &clues).await?;
    let mut owners = evidence.debtors()?;
    owners.push(bank_entry::nobody());
    work.prepare_keys(&owners).await?;
    let mut desk = Desk { work, evidence, books: Books::default() };
    let mut outcomes = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let outcome = match known.remove(&piece.identity) {
            Some(row) => Outcome { row, is_duplicate: true },
            None => Outcome { row: desk.book(piece).await?, is_duplicate: false },
        };
        outcomes.push(outcome);
    }
    desk.books.write(work).await?;
    Ok(outcomes)
}

struct Desk<'a> {
    work: &'a Work,
    evidence: Evidence,
    books: Books,
}

impl Desk<'_> {
    async fn book(&mut self, piece: &Piece<'_>) -> Result<Model, Error> {
        let Piece { entry, movement, clues, .. } = piece;
        let mut row = new_row(self.work, piece)?;
        let is_unsplit = movement.is_unsplit_batch;
        let judged = self.evidence.judge(self.work, clues, movement.amount, is_unsplit).await?;
        let is_collection = movement.direction == Direction::Credit || movement.is_return(entry);
        self.books.transfers.extend(bank_transfer(&row, movement, is_collection)?);
        match (movement.direction, is_collection) {
            (Direction::Credit, _) => self.match_credit(&mut row, piece, &judged).await?,
            (Direction::Debit, true) => {
                let claims = suggested(&judged);
                return_to_sender(self.work, &mut self.books, &mut row, &claims).await?;
            }
            (Direction::Debit, false) => row.state = String::from(state::IGNORED),
        }
        row.details = entries::seal(self.work, &mut row, &details(movement)).await?;
        self.books.entries.push(row.clone());
        Ok(row)
    }

    async fn match_credit(
        &mut self,
        row: &mut Model,
        piece: &Piece<'_>,
        judged: &Judged,
    ) -> Result<(), Error> {
        let amount = piece.movement.amount;
        let best = match &judged.verdict {
            Verdict::Matched(best) => *best,
            Verdict::Divide { candidates, .. } => {
                self.wait(row, piece, TimeDelta::zero()).await?;
                return note_waiting(row, TO_BE_DIVIDED, candidates);
            }
            Verdict::Suspense { reason, candidates } => {
                if *reason == SuspenseReason::NothingFound {
                    self.wait(row, piece, SECOND_LOOK).await?;
                }
                return note_waiting(row, reason.name(), candidates);
            }
        };
        if amount.is_zero() {
            return Ok(());
        }
        let claim = best.candidate.claim;
        let parties = judged.parties.get(&claim);
        let parties = *parties.ok_or(Error::Unexpected("a match without its claim"))?;
        let (value_on, bank_entry) = (row.value_on, row.bank_entry_id.as_str());
        let receipt = Receipt { parties, amount, value_on, bank_entry };
        let expected = self.evidence.expectation(claim);
        let payment = booking::receive(self.work, &mut self.books, &receipt, expected).await?;
        row.match_score = i64::from(best.score);
        row.match_reasons = reasons_json(best.reasons())?;
        let rule = entries::rule_name(best.candidate.rule);
        entries::settle(row, state::MATCHED, &parties, Some(payment.to_string()), rule);
        if let Some(payer) = &row.payer_index {
            self.evidence.learn(payer, parties.debtor);
        }
        Ok(())
    }

    /// Sees to an entry by itself: once its claim comes in, or after a pause. A second look is for a claim
    /// that comes in at this very moment and does not see this transaction, nor is seen by it.
    async fn wait(
        &mut self,
        row: &Model,
        piece: &Piece<'_>,
        pause: TimeDelta,
    ) -> Result<(), Error> {
        let clues = &piece.clues;
        let references = clues.creditor_references.iter().map(ToString::to_string);
        let keys = clues.word_keys.iter().map(ToString::to_string);
        let mut found: Vec<String> =
            references.chain(keys).map(|reference| clue::index(self.work, &reference)).collect();
        found.sort_unstable();
        found.dedup();
        if found.is_empty() && !pause.is_zero() {
            return Ok(());
        }
        let (tenant_id, bank_entry_id) = (&row.tenant_id, &row.bank_entry_id);
        self.books.clues.extend(found.into_iter().map(|clue| clue::Model {
            tenant_id: tenant_id.clone(),
            clue,
            bank_entry_id: bank_entry_id.clone(),
        }));
        let due = Due::new(WAITING_ENTRY, bank_entry_id, self.work.now() + pause);
        Ok(self.work.schedule(due).await?)
    }
}

/// Stored reason of an entry that the law divides.
const TO_BE_DIVIDED: &str = "to_be_divided";

fn note_waiting(row: &mut Model, reason: &str, candidates: &[Scored]) -> Result<(), Error> {
    let best = candidates.first();
    row.match_score = best.map_or(0, |best| i64::from(best.score));
    let reasons = best.map(Scored::reasons).unwrap_or_default();
    row.match_reasons = reasons_json([reason].into_iter().chain(reasons))?;
    Ok(())
}

fn new_row(work: &Work, piece: &Piece<'_>) -> Result<Model, Error> {
    let Piece { entry, movement, .. } = piece;
    let today: NaiveDate = berlin_date(work.now());
    let booked_on = entry.booked_on.or(entry.value_on).unwrap_or(today);
    let is_return = movement.direction == Direction::Debit && movement.is_return(entry);
    let returned = if is_return { movement.returned_amount()?.minor_units() } else { 0 };
    let signed = match movement.direction {
        Direction::Credit => movement.amount,
        Direction::Debit => movement.amount.checked_neg()?,
    };
    let transaction = &movement.transaction;
    let reason = || transaction.return_reason.clone().unwrap_or_else(|| "REVERSAL".to_owned());
    let end_to_end = transaction.end_to_end_id.as_ref();
    Ok(Model {
        tenant_id: work.tenant().to_string(),
        bank_entry_id: BankEntryId::generate(work.seeds(), work.now()).to_string(),
        bank_statement_id: piece.statement.to_string(),
        identity: piece.identity.clone(),
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
        payer_index: payer_index(work, &piece.clues),
        end_to_end_index: end_to_end.map(|id| work.blind_index(END_TO_END, id)),
        sealed_for: bank_entry::nobody().to_string(),
        details: Vec::new(),
        overpaid: 0,
        undone_by: None,
        waits_for: None,
    })
}

/// The ledger's bank account moves as the bank says, whatever is known about the money.
fn bank_transfer(
    row: &Model,
    movement: &Movement,
    is_collection: bool,
) -> Result<Option<Transfer>, Error> {
    if movement.amount.is_zero() {
        return Ok(None);
    }
    let other = if is_collection { Account::Suspense } else { Account::Other };
    let pair = match movement.direction {
        Direction::Credit => (Account::Bank, other),
        Direction::Debit => (other, Account::Bank),
    };
    let key = format!("{}:bank", row.bank_entry_id);
    Ok(Some(Transfer::new(key, pair, movement.amount, row.value_on)?))
}

/// The claims that a returned payment most likely belonged to.
fn suggested(judged: &Judged) -> Vec<kulanz_types::ClaimId> {
    match &judged.verdict {
        Verdict::Matched(best) => vec![best.candidate.claim],
        Verdict::Divide { candidates, .. } => {
            candidates.iter().map(|scored| scored.candidate.claim).collect()
        }
        Verdict::Suspense { candidates, .. } => match candidates.as_slice() {
            [only] => vec![only.candidate.claim],
            _ => Vec::new(),
        },
    }
}

fn details(movement: &Movement) -> Details {
    let transaction = &movement.transaction;
    Details {
        name: transaction.counterparty.name.clone().unwrap_or_default(),
        iban: transaction.counterparty.iban.map(|iban| iban.to_string()).unwrap_or_default(),
        text: transaction.remittance_text.concat(),
        references: transaction.structured_references.clone(),
        end_to_end: transaction.end_to_end_id.clone(),
    }
}

/// Reasons as they are stored.
pub fn reasons_json<'a>(reasons: impl IntoIterator<Item = &'a str>) -> Result<String, Error> {
    let reasons: Vec<&str> = reasons.into_iter().collect();
    serde_json::to_string(&reasons)
        .map_err(|_| StoreError::Unreadable { what: "bank_entry.match_reasons" }.into())
}
