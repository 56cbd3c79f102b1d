//! Takes in a bank statement: the whole file is read first, then booked in one transaction.

mod entry;
mod identity;

use std::collections::BTreeSet;

use kulanz_chassis::Caller;
use kulanz_store::{Begin, Work};
use kulanz_types::{BankStatementId, Currency, Iban, Money, TenantId};
use prost::Message;

use super::claims::collection_account;
use super::matching::reference_lengths;
use super::{Desk, Write};
use crate::domain::camt::{self, CamtFile, ClosingCheck, Statement, movements};
use crate::domain::matching::clues;
use crate::error::Error;
use crate::store::bank_entry::{Model as EntryRow, state};
use crate::store::{bank_statement, ledger};
use entry::Piece;
use identity::Occurrences;

/// A file as it came.
pub struct StatementFile {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of them, hexadecimal.
    pub hash: String,
    /// Name of the file or system.
    pub source: String,
}

/// What became of an entry of the file.
pub struct Outcome {
    /// The entry as stored.
    pub row: EntryRow,
    /// Whether it was there before this file.
    pub is_duplicate: bool,
}

/// What became of a file.
pub struct Imported {
    /// The first statement of the file.
    pub statement: BankStatementId,
    /// What became of its booked entries, in file order.
    pub outcomes: Vec<Outcome>,
    /// Entries that are announced and not booked: they come again when they are.
    pub announced: usize,
    /// Sum booked to claims less returns.
    pub matched_amount: Money,
}

impl Imported {
    /// How many new entries have this stored state.
    pub fn count(&self, state: &str) -> usize {
        let fresh = self.outcomes.iter().filter(|outcome| !outcome.is_duplicate);
        fresh.filter(|outcome| outcome.row.state == state).count()
    }

    /// How many entries were there before.
    pub fn duplicates(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.is_duplicate).count()
    }
}

/// Imports a file; the same file again changes nothing.
pub async fn import<Request: Message, Reply: Message + Default>(
    desk: &Desk,
    write: Write<'_, Request>,
    file: StatementFile,
    reply: impl FnOnce(&Imported) -> Result<Reply, Error>,
) -> Result<Reply, Error> {
    let parsed = camt::read(&file.bytes)?;
    check_closing(&parsed)?;
    if let Some(earlier) = desk.earlier_answer(&write).await? {
        return Ok(earlier);
    }
    check_account(desk, write.tenant, &parsed).await?;
    let work = match desk.begin(&write).await? {
        Begin::Replayed(earlier) => return Ok(earlier),
        Begin::Fresh(work) => work,
    };
    let imported = book_file(&work, &parsed, &file, write.caller).await?;
    let reply = reply(&imported)?;
    tracing::info!(
        entries = imported.outcomes.len(),
        matched = imported.count(state::MATCHED),
        unmatched = imported.count(state::UNMATCHED),
        duplicates = imported.duplicates(),
        "bank statement taken in"
    );
    Ok(work.finish(reply).await?)
}

/// A statement whose entries do not explain its balances is incomplete and is not booked.
fn check_closing(file: &CamtFile) -> Result<(), Error> {
    for statement in &file.statements {
        match statement.closing_check()? {
            ClosingCheck::Closes | ClosingCheck::NotStated => {}
            ClosingCheck::Differs { .. } | ClosingCheck::OtherCurrency => {
                return Err(Error::StatementDoesNotClose { statement: statement.id.clone() });
            }
        }
    }
    Ok(())
}

async fn check_account(desk: &Desk, tenant: TenantId, file: &CamtFile) -> Result<(), Error> {
    let own: Iban = collection_account(&desk.clients, tenant).await?.iban;
    match file.statements.iter().find(|statement| statement.account != own) {
        Some(foreign) => Err(Error::StatementAccount { statement: foreign.id.clone() }),
        None => Ok(()),
    }
}

async fn book_file(
    work: &Work,
    parsed: &CamtFile,
    file: &StatementFile,
    caller: &Caller,
) -> Result<Imported, Error> {
    let currency = parsed.statements.first().map_or(Currency::EUR, |first| first.currency);
    // One import at a time: a second one of the same file waits and then finds its entries known.
    ledger::take_head(work, currency).await?;
    let mut ids = Vec::with_capacity(parsed.statements.len());
    for statement in &parsed.statements {
        ids.push(statement_id(work, parsed, statement, file, caller).await?);
    }
    let statement = *ids.first().ok_or(Error::Unexpected("a file without statements was read"))?;
    let lengths = reference_lengths(work).await?;
    let pieces = pieces(parsed, &ids, &lengths)?;
    let outcomes = entry::book_all(work, &pieces).await?;
    let entries = parsed.statements.iter().flat_map(|statement| &statement.entries);
    let announced = entries.filter(|entry| !entry.is_booked()).count();
    let matched_amount = matched_amount(&outcomes, currency)?;
    Ok(Imported { statement, outcomes, announced, matched_amount })
}

/// The movements of all booked entries in file order.
fn pieces<'a>(
    parsed: &'a CamtFile,
    ids: &[BankStatementId],
    lengths: &BTreeSet<usize>,
) -> Result<Vec<Piece<'a>>, Error> {
    let mut seen = Occurrences::default();
    let mut pieces = Vec::new();
    for (statement, id) in parsed.statements.iter().zip(ids) {
        for entry in statement.entries.iter().filter(|entry| entry.is_booked()) {
            for movement in movements(entry)? {
                let identity = seen.identity(statement, entry, &movement);
                let clues = clues(&movement, lengths);
                pieces.push(Piece { statement: *id, entry, movement, identity, clues });
            }
        }
    }
    Ok(pieces)
}

fn matched_amount(outcomes: &[Outcome], currency: Currency) -> Result<Money, Error> {
    let booked = outcomes.iter().filter(|outcome| {
        let is_booked = [state::MATCHED, state::RETURNED].contains(&outcome.row.state.as_str());
        !outcome.is_duplicate && is_booked && outcome.row.currency == currency.code()
    });
    let signed = booked.map(|outcome| match outcome.row.state.as_str() {
        state::RETURNED => -outcome.row.returned_amount,
        _ => outcome.row.amount,
    });
    Ok(Money::sum(currency, signed.map(|cents| Money::new(currency, cents)))?)
}

/// The statement's row; the one that is there where the bank sends a statement again.
async fn statement_id(
    work: &Work,
    parsed: &CamtFile,
    statement: &Statement,
    file: &StatementFile,
    caller: &Caller,
) -> Result<BankStatementId, Error> {
    let iban = statement.account.to_string();
    if let Some(known) = bank_statement::find(work, &iban, &statement.id).await? {
        return Ok(known.bank_statement_id.parse()?);
    }
    let id = BankStatementId::generate(work.seeds(), work.now());
    let row = bank_statement::Model {
        tenant_id: work.tenant().to_string(),
        bank_statement_id: id.to_string(),
        iban,
        statement_reference: statement.id.clone(),
        message_id: parsed.message_id.clone(),
        currency: statement.currency.code().to_owned(),
        source: file.source.clone(),
        file_hash: file.hash.clone(),
        imported_at: work.now(),
        imported_by: caller.actor(),
    };
    bank_statement::insert(work, row).await?;
    Ok(id)
}
