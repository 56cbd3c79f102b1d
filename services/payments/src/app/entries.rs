//! Entries that wait for a person, and what a person or a rule decides about them.

use kulanz_chassis::PageRequest;
use kulanz_store::{Begin, Work};
use kulanz_types::{BankEntryId, ClaimId, Money, TenantId};
use prost::Message;

use super::booking::{self, Receipt};
use super::{Desk, Write};
use crate::domain::ledger::{Account, Transfer};
use crate::domain::matching::MatchRule;
use crate::error::Error;
use crate::store::bank_entry::{self, Details, Model, state};
use crate::store::receivable::{self, Parties};
use crate::store::{currency, ledger, money, payment};

/// The contract's name of matching by a person.
pub const BY_HAND: &str = "BY_HAND";

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
    let details = bank_entry::open(&work, &row).await?;
    if row.amount > 0 {
        receive(&work, &mut row, &parties).await?;
    } else if !return_to_sender(&work, &mut row, Some(claim)).await? {
        return Err(Error::NothingToReturn { bank_entry_id: id.to_string() });
    }
    row.match_rule = String::from(BY_HAND);
    row.details =
        bank_entry::seal(&work, row.sealed_for.parse()?, &row.bank_entry_id, &details).await?;
    bank_entry::save(&work, &row).await?;
    Ok(work.finish(reply(&row, &details)?).await?)
}

async fn receive(work: &Work, row: &mut Model, parties: &Parties) -> Result<(), Error> {
    let amount = money(row.amount, &row.currency)?;
    let (parties, value_on, bank_entry) = (*parties, row.value_on, row.bank_entry_id.as_str());
    let receipt = Receipt { parties, amount, value_on, bank_entry };
    let payment = booking::receive(work, &receipt).await?;
    settle(row, state::MATCHED, &parties, &payment.to_string(), BY_HAND);
    Ok(())
}

/// Finds the payment that an entry brings back and takes it back; whether there was one. What the
/// bank charged beyond it is booked as such.
pub async fn return_to_sender(
    work: &Work,
    row: &mut Model,
    claim: Option<ClaimId>,
) -> Result<bool, Error> {
    let paid = money(row.returned_amount, &row.currency)?;
    let Some(original) = original_of(work, row, claim, paid).await? else { return Ok(false) };
    let reason = row.return_reason.clone().unwrap_or_else(|| "REVERSAL".to_owned());
    let amount = booking::reverse(work, &original, &reason).await?;
    let gone = money(row.amount, &row.currency)?.checked_neg()?;
    let charges = gone.checked_sub(amount)?;
    if charges.is_positive() {
        let accounts = (Account::BankCharges, Account::Suspense);
        let key = format!("{}:charges", row.bank_entry_id);
        ledger::post(work, &Transfer::new(key, accounts, charges, row.value_on)?).await?;
    }
    let parties = Parties {
        claim: original.claim_id.parse()?,
        debtor: original.debtor_id.parse()?,
        creditor: original.creditor_id.parse()?,
        currency: amount.currency(),
    };
    settle(row, state::RETURNED, &parties, &original.payment_id, "RETURN");
    Ok(true)
}

/// The payment of the same end-to-end id, else of the claim named, else from the same account; a
/// guess among several is none.
async fn original_of(
    work: &Work,
    row: &Model,
    claim: Option<ClaimId>,
    amount: Money,
) -> Result<Option<payment::Model>, Error> {
    if let Some(index) = &row.end_to_end_index {
        let entries = bank_entry::of_end_to_end(work, index).await?;
        let mut payments = payment::of_entries(work, &entries, amount).await?;
        if payments.len() == 1 {
            return Ok(payments.pop());
        }
    }
    if let Some(claim) = claim {
        return Ok(payment::latest_of_claim(work, claim, amount).await?);
    }
    let Some(index) = &row.payer_index else { return Ok(None) };
    let entries = bank_entry::of_payer(work, index).await?;
    let mut payments = payment::of_entries(work, &entries, amount).await?;
    Ok(if payments.len() == 1 { payments.pop() } else { None })
}

/// Notes on an entry where it went; from now on it is that debtor's data.
pub fn settle(row: &mut Model, state: &str, parties: &Parties, payment: &str, rule: &str) {
    row.state = String::from(state);
    row.claim_id = Some(parties.claim.to_string());
    row.payment_id = Some(payment.to_owned());
    row.sealed_for = parties.debtor.to_string();
    row.match_rule = String::from(rule);
}
