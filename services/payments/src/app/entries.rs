//! Entries that wait for a person, and what a person or a rule decides about them.

use kulanz_chassis::PageRequest;
use kulanz_store::{Begin, StoreError, Work};
use kulanz_types::{BankEntryId, ClaimId, Money, TenantId};
use prost::Message;

use super::booking::{self, Receipt};
use super::books::Books;
use super::{Desk, Write};
use crate::domain::ledger::{Account, Transfer};
use crate::domain::matching::MatchRule;
use crate::error::Error;
use crate::store::bank_entry::{self, Details, Model, Origin, state};
use crate::store::receivable::{self, Parties};
use crate::store::{clue, currency, ledger, money, payment};

/// The contract's name of matching by a person.
pub const BY_HAND: &str = "BY_HAND";
/// The contract's name of a payment divided by law.
pub const DIVIDED: &str = "DIVIDED";

/// The contract's name of a rule.
pub const fn rule_name(rule: MatchRule) -> &'static str {
    match rule {
        MatchRule::StructuredReference => "REFERENCE",
        MatchRule::EndToEndId => "END_TO_END_ID",
        MatchRule::ReferenceInText => "REMITTANCE_TEXT",
        MatchRule::AccountAndAmount => "AMOUNT_AND_PAYER",
        MatchRule::AccountOnly => "PAYER",
    }
}

/// A page of entries that wait, with their personal part.
pub async fn waiting(
    desk: &Desk,
    tenant: TenantId,
    page: &PageRequest,
) -> Result<(Vec<(Model, Details)>, String), Error> {
    let work = desk.read(tenant).await?;
    let rows = bank_entry::unmatched(&work, page.cursor(), page.limit() + 1).await?;
    let (rows, next) = page.finish(rows, |row| row.bank_entry_id.clone());
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let details = bank_entry::open(&work, &row).await?;
        entries.push((row, details));
    }
    Ok((entries, next))
}

/// A person says which claim an entry belongs to.
pub async fn match_by_hand<Request: Message, Reply: Message + Default>(
    desk: &Desk,
    write: Write<'_, Request>,
    (id, claim): (BankEntryId, ClaimId),
    reply: impl FnOnce(&Model, &Details) -> Result<Reply, Error>,
) -> Result<Reply, Error> {
    let work = match desk.begin(&write).await? {
        Begin::Replayed(earlier) => return Ok(earlier),
        Begin::Fresh(work) => work,
    };
    let known = bank_entry::find(&work, id).await?.ok_or_else(|| Error::not_found(id))?;
    // The end of the ledger before the entry, as an import does: two transactions that settle entries at
    // once follow one another, and the later one sees which payments went back.
    ledger::take_head(&work, currency(&known.currency)?).await?;
    let mut row = bank_entry::take(&work, id).await?.ok_or_else(|| Error::not_found(id))?;
    if row.state != state::UNMATCHED || row.amount == 0 {
        return Err(Error::EntryState { bank_entry_id: id.to_string() });
    }
    let receivable = receivable::find(&work, claim).await?;
    let parties = receivable.ok_or_else(|| Error::not_found(claim))?.parties()?;
    if parties.currency.code() != row.currency {
        return Err(Error::field("claim_id", "is not in the currency of the entry"));
    }
    let mut books = Books::default();
    let details = bank_entry::open(&work, &row).await?;
    if row.amount > 0 {
        receive(&work, &mut books, &mut row, &parties).await?;
    } else if !return_to_sender(&work, &mut books, &mut row, &[claim]).await? {
        return Err(Error::NothingToReturn { bank_entry_id: id.to_string() });
    }
    row.match_rule = String::from(BY_HAND);
    keep_settled(&work, &mut row, &details).await?;
    books.write(&work).await?;
    Ok(work.finish(reply(&row, &details)?).await?)
}

async fn receive(
    work: &Work,
    books: &mut Books,
    row: &mut Model,
    parties: &Parties,
) -> Result<(), Error> {
    let amount = money(row.amount, &row.currency)?;
    let (value_on, bank_entry) = (row.value_on, row.bank_entry_id.as_str());
    let receipt = Receipt { parties: *parties, amount, value_on, bank_entry };
    let payment = booking::receive(work, books, &receipt, None).await?;
    settle(row, state::MATCHED, parties, Some(payment.to_string()), BY_HAND);
    Ok(())
}

/// Keeps an entry that was waiting and is settled now: it is that debtor's data, and nothing leads to it
/// any more.
pub async fn keep_settled(work: &Work, row: &mut Model, details: &Details) -> Result<(), Error> {
    row.waits_for = None;
    row.details = seal(work, row, details).await?;
    bank_entry::save(work, row).await?;
    Ok(clue::forget(work, &row.bank_entry_id).await?)
}

/// Seals under the debtor that the entry was settled for. Money of an erased person still arrives: what
/// names them is not kept, and nothing leads from their account to the entry.
pub async fn seal(work: &Work, row: &mut Model, details: &Details) -> Result<Vec<u8>, Error> {
    let debtor = row.sealed_for.parse()?;
    match bank_entry::seal(work, debtor, &row.bank_entry_id, details).await {
        Err(StoreError::KeyDestroyed) => {
            row.sealed_for = bank_entry::nobody().to_string();
            (row.payer_index, row.end_to_end_index) = (None, None);
            let bare = Details::default();
            Ok(bank_entry::seal(work, bank_entry::nobody(), &row.bank_entry_id, &bare).await?)
        }
        sealed => Ok(sealed?),
    }
}

/// Finds the entry whose money comes back and takes all that it was booked to back; whether there was one.
/// What the bank charged beyond it is booked as such.
pub async fn return_to_sender(
    work: &Work,
    books: &mut Books,
    row: &mut Model,
    claims: &[ClaimId],
) -> Result<bool, Error> {
    // What was booked just now may be what comes back.
    books.write(work).await?;
    let paid = money(row.returned_amount, &row.currency)?;
    let Some(mut original) = original_of(work, row, claims, paid).await? else { return Ok(false) };
    let reason = row.return_reason.clone().unwrap_or_else(|| "REVERSAL".to_owned());
    for payment in payment::of_entry(work, &original.bank_entry_id).await? {
        booking::reverse(work, &payment, &reason).await?;
    }
    let charges = money(row.amount, &row.currency)?.checked_neg()?.checked_sub(paid)?;
    let given_back = [
        (Account::RefundsPayable, money(original.overpaid, &row.currency)?, "refund"),
        (Account::BankCharges, charges, "charges"),
    ];
    for (account, amount, what) in given_back.into_iter().filter(|(_, one, _)| one.is_positive()) {
        let key = format!("{}:{what}", row.bank_entry_id);
        books.transfers.push(Transfer::new(
            key,
            (account, Account::Suspense),
            amount,
            row.value_on,
        )?);
    }
    original.undone_by = Some(row.bank_entry_id.clone());
    bank_entry::save(work, &original).await?;
    let claim: ClaimId = original.claim_id.as_deref().unwrap_or_default().parse()?;
    let receivable = receivable::find(work, claim).await?.ok_or_else(|| Error::not_found(claim))?;
    settle(row, state::RETURNED, &receivable.parties()?, original.payment_id.clone(), "RETURN");
    Ok(true)
}

/// The entry of the same end-to-end id, else the latest of the claim named, or the one of which the claims
/// named had their shares, else the one from the same account; a guess among several is none.
async fn original_of(
    work: &Work,
    row: &Model,
    claims: &[ClaimId],
    amount: Money,
) -> Result<Option<Model>, Error> {
    let only = |mut found: Vec<Model>| if found.len() == 1 { found.pop() } else { None };
    if let Some(index) = &row.end_to_end_index {
        let found = bank_entry::returnable(work, Origin::EndToEnd(index), amount).await?;
        if let Some(original) = only(found) {
            return Ok(Some(original));
        }
    }
    if !claims.is_empty() {
        let named: Vec<String> = claims.iter().map(ToString::to_string).collect();
        let found = bank_entry::returnable(work, Origin::Claims(&named), amount).await?;
        if claims.len() == 1 {
            return Ok(found.into_iter().next());
        }
        if let Some(original) = only(found) {
            return Ok(Some(original));
        }
    }
    let Some(index) = &row.payer_index else { return Ok(None) };
    Ok(only(bank_entry::returnable(work, Origin::Payer(index), amount).await?))
}

/// Notes on an entry where it went; from now on it is that debtor's data.
pub fn settle(
    row: &mut Model,
    state: &str,
    parties: &Parties,
    payment: Option<String>,
    rule: &str,
) {
    row.state = String::from(state);
    row.claim_id = Some(parties.claim.to_string());
    row.payment_id = payment;
    row.sealed_for = parties.debtor.to_string();
    row.match_rule = String::from(rule);
}
