//! What a claim was paid beyond what was owed on it stays the payer's: it is owed back to them and not to
//! the creditor (§ 812 Abs. 1 BGB), from the moment at which claims tells the balance.

use kulanz_store::Work;
use kulanz_types::{ClaimId, berlin_date};

use crate::domain::ledger::{Account, Transfer};
use crate::error::Error;
use crate::store::claim_fact::{self, Model};
use crate::store::{ledger, money, payment, receivable};

/// Moves what the claim has too much to what is owed back to payers, or back again once the claim has less;
/// `balance` is what claims tells under this version, below zero where it was overpaid.
pub async fn settle(
    work: &Work,
    before: &Model,
    (claim, balance): (ClaimId, i64),
    version: i64,
) -> Result<(), Error> {
    if balance >= 0 && before.refundable == 0 {
        return Ok(());
    }
    let Some(receivable) = receivable::find(work, claim).await? else { return Ok(()) };
    let parties = receivable.parties()?;
    ledger::take_head(work, parties.currency).await?;
    // A credit of the creditor may exceed the claim too; back goes what was paid here, and no more.
    let paid = payment::received_for(work, claim).await?;
    let excess = balance.min(0).saturating_neg().min(paid);
    let moved = money(excess - before.refundable, &receivable.currency)?;
    if moved.is_zero() {
        return Ok(());
    }
    let (collected, refunds) =
        (Account::CreditorPayable(parties.creditor), Account::RefundsPayable);
    let (accounts, amount) = if moved.is_positive() {
        ((collected, refunds), moved)
    } else {
        ((refunds, collected), moved.checked_neg()?)
    };
    let key = format!("{claim}:excess:{version}");
    let transfer = Transfer::new(key, accounts, amount, berlin_date(work.now()))?;
    ledger::post(work, &transfer.for_claim(claim)).await?;
    Ok(claim_fact::note_refundable(work, claim, excess).await?)
}
