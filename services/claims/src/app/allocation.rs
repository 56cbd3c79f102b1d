//! Which claims of one debtor towards one creditor a payment covers (§ 366 BGB).

use chrono::NaiveDate;
use kulanz_law::{Designation, Distribution, OpenClaim, allocate_across};
use kulanz_store::Work;
use kulanz_types::{ClaimId, CreditorId, DebtorId, Money};

use crate::domain::account::{Entry, replay};
use crate::error::Error;
use crate::store::{claim, debtor, entry, limitation_fact};

/// A payment that nobody has divided yet.
pub struct Payment {
    /// Who pays.
    pub debtor: DebtorId,
    /// To whom.
    pub creditor: CreditorId,
    /// How much.
    pub amount: Money,
    /// From which day it counts.
    pub value_date: NaiveDate,
    /// The claims that the debtor named, in that order.
    pub designated: Vec<ClaimId>,
}

/// Divides a payment over what is open on its value date. Closed claims take no part.
pub async fn preview(work: &Work, payment: &Payment) -> Result<Distribution<ClaimId>, Error> {
    let debtor = debtor::find(work, payment.debtor).await?;
    debtor.ok_or_else(|| Error::not_found(payment.debtor))?;
    let creditor = payment.creditor.to_string();
    let mut claims = claim::of_debtors(work, vec![payment.debtor.to_string()]).await?;
    claims.retain(|claim| claim.creditor_id == creditor);
    let mut open = Vec::with_capacity(claims.len());
    let titled = limitation_fact::titled(work, ids_of(&claims)).await?;
    let facts = entry::facts(work, ids_of(&claims)).await?;
    for claim in &claims {
        if !claim.state()?.is_closed() && claim.currency()? == payment.amount.currency() {
            let own = facts.iter().filter(|fact| fact.claim_id == claim.claim_id);
            let titled = titled.contains(&claim.claim_id);
            open.push(open_claim((claim, titled), own, payment)?);
        }
    }
    let named = Designation { claims: payment.designated.clone(), order: None };
    if named.claims.iter().any(|id| open.iter().all(|claim| claim.id != *id)) {
        return Err(Error::field(
            "designated_claim_ids",
            "names a claim that is closed, of another creditor or in another currency",
        ));
    }
    let said = Some(&named).filter(|named| !named.claims.is_empty());
    Ok(allocate_across(payment.amount, payment.value_date, said, &open)?)
}

fn ids_of(claims: &[claim::Model]) -> Vec<String> {
    claims.iter().map(|claim| claim.claim_id.clone()).collect()
}

/// What of a claim a payment of that day finds open. A claim that is not due yet is there all the same:
/// it comes last.
fn open_claim<'a>(
    (claim, titled): (&claim::Model, bool),
    facts: impl Iterator<Item = &'a entry::Fact>,
    payment: &Payment,
) -> Result<OpenClaim<ClaimId, CreditorId>, Error> {
    let (currency, terms) = (claim.currency()?, claim.terms()?);
    let entries = facts.map(|fact| fact.entry(currency)).collect::<Result<Vec<Entry>, _>>()?;
    let day = payment.value_date.max(claim.due_date);
    let replayed = replay(currency, &terms, &entries, day)?;
    Ok(OpenClaim {
        id: claim.id()?,
        creditor: payment.creditor,
        open: replayed.snapshot.open_for_payment(&terms, payment.value_date)?,
        rule: terms.allocation,
        arose: claim.contract_date.or(claim.invoice_date).unwrap_or(claim.due_date),
        due: claim.due_date,
        secured: claim.secured,
        titled,
        rate: terms.rate.on(payment.value_date)?,
    })
}
