//! What people book on an account: further costs, credits, and the taking back of either.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{FlatSumFacts, flat_sum};
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money};

use super::account::{Draft, balance, book};
use super::change::{Cause, Why, follow, locked, locked_open};
use super::charged::{charged, sum};
use super::{agreement, pursuit, today};
use crate::domain::account::{EntryKind, Subject};
use crate::error::Error;
use crate::store::{claim, entry};

/// What shows a cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// The number of a receipt or file; empty for none.
    pub evidence: &'a str,
    /// The number of a bailiff's fee in the schedule of the `GvKostG`; empty for none.
    pub schedule_number: &'a str,
}

/// A cost or credit to be booked.
pub struct New<'a> {
    /// What it is.
    pub subject: Subject,
    /// How much.
    pub amount: Money,
    /// From which day it counts; none for today.
    pub value_date: Option<NaiveDate>,
    /// Why, in words for the debtor.
    pub reason: &'a str,
    /// What shows it.
    pub shown: Shown<'a>,
}

/// An entry with its claim.
pub type Booked = (entry::Model, claim::Model);

/// Charges a claim with a cost. Costs are damage of default: none counts before it (§ 280 Abs. 2, § 286
/// BGB).
pub async fn book_cost(
    work: &Work,
    id: ClaimId,
    new: New<'_>,
    actor: &str,
) -> Result<Booked, Error> {
    let mut claim = locked_open(work, id).await?;
    let value_date = value_date(work, &claim, &new)?;
    if !claim.terms()?.in_default_on(value_date) {
        return Err(Error::Forbidden("the debtor was not in default"));
    }
    let draft = Draft::new(EntryKind::Cost, new.subject, value_date, new.amount, actor);
    let draft = draft.note(new.reason).shown_by(new.shown.evidence);
    let entry = match new.subject {
        Subject::FlatSum => book_flat_sum(work, &mut claim, draft).await?,
        Subject::ArrangementFee => agreement::book_fee(work, &mut claim, draft, value_date).await?,
        subject => {
            let about = (subject, value_date);
            pursuit::book_cost(work, &mut claim, draft, about, new.shown.schedule_number).await?
        }
    };
    let why = Why::new(actor, "COST_BOOKED");
    Ok((entry, follow(work, claim, why, Some(Cause::Cost)).await?))
}

/// The flat sum of 40 EUR, once, and only as far as it goes beyond the costs of legal pursuit, on which it
/// is credited (§ 288 Abs. 5 BGB).
async fn book_flat_sum(
    work: &Work,
    claim: &mut claim::Model,
    draft: Draft<'_>,
) -> Result<entry::Model, Error> {
    let terms = claim.terms()?;
    let Some(start) = terms.default_start else {
        return Err(Error::Forbidden("the debtor is not in default"));
    };
    let arose = claim.contract_date.or(claim.invoice_date).unwrap_or(claim.due_date);
    let facts = FlatSumFacts { consumer: terms.consumer, arose, default_from: start.first_day };
    let (currency, costs) = (claim.currency()?, charged(work, claim).await?);
    let pursuit = sum(currency, &costs, Subject::is_pursuit)?;
    let lawful = flat_sum(&facts, pursuit)?;
    if draft.amount() != lawful.flat.amount {
        return Err(Error::field("amount", "the flat sum is 40.00 EUR"));
    }
    if sum(currency, &costs, |subject| subject == Subject::FlatSum)?.is_positive() {
        return Err(Error::Forbidden("the flat sum is owed once"));
    }
    let together = lawful.flat.amount.checked_add(lawful.further_costs.amount)?;
    let above = together.checked_sub(pursuit)?;
    if !above.is_positive() {
        return Err(Error::Forbidden("the flat sum is credited on the costs of legal pursuit"));
    }
    let (flat, costs) = (lawful.flat.amount.to_decimal(), pursuit.to_decimal());
    let inputs = BTreeMap::from([("pursuit_costs", costs.clone())]);
    let formula = if pursuit.is_zero() { flat } else { format!("{flat} − {costs}") };
    let draft = draft.amounting_to(above).worked_out(&lawful.flat.version, inputs, &formula);
    book(work, claim, draft).await
}

/// Credits a claim with something that is no payment.
pub async fn book_credit(
    work: &Work,
    id: ClaimId,
    new: New<'_>,
    actor: &str,
) -> Result<Booked, Error> {
    let mut claim = locked_open(work, id).await?;
    let value_date = value_date(work, &claim, &new)?;
    if value_date < claim.due_date {
        return Err(Error::field("value_date", "lies before there was anything to credit"));
    }
    if new.amount.minor_units() > balance(&claim, today(work))?.total.minor_units() {
        return Err(Error::field("amount", "is more than what is open"));
    }
    let draft = Draft::new(EntryKind::Credit, new.subject, value_date, new.amount, actor);
    let entry = book(work, &mut claim, draft.note(new.reason)).await?;
    let why = Why::new(actor, "CREDIT_BOOKED");
    Ok((entry, follow(work, claim, why, Some(Cause::Credit)).await?))
}

fn value_date(work: &Work, claim: &claim::Model, new: &New<'_>) -> Result<NaiveDate, Error> {
    if new.amount.currency() != claim.currency()? {
        return Err(Error::field("amount", "is in another currency than the claim"));
    }
    let today = today(work);
    let value_date = new.value_date.unwrap_or(today);
    if value_date > today {
        return Err(Error::field("value_date", "lies in the future"));
    }
    Ok(value_date)
}

/// Takes an earlier cost or credit back by a new entry that counts from the same day. A claim that is
/// settled may open again by it; one that was given up stays so.
pub async fn reverse(
    work: &Work,
    id: ClaimId,
    entry_id: &str,
    reason: &str,
    actor: &str,
) -> Result<Booked, Error> {
    let mut claim = locked(work, id).await?;
    if claim.closure()?.is_some() {
        return Err(Error::ClaimState { state: claim.state()?, claim_id: claim.claim_id });
    }
    let rows = entry::of_claim(work, &claim.claim_id, 0, None).await?;
    let row = rows.iter().find(|row| row.entry_id == entry_id);
    let row = row.ok_or_else(|| Error::not_found(entry_id))?;
    if !matches!(row.entry_kind()?, EntryKind::Cost | EntryKind::Credit) {
        return Err(Error::EntryNotReversible(entry_id.to_owned()));
    }
    let kind = EntryKind::Correction(row.entry_id.parse()?);
    if entry::is_booked(work, &claim.claim_id, "correction", Some(entry_id)).await? {
        return Err(Error::EntryReversed(entry_id.to_owned()));
    }
    let amount = Money::new(claim.currency()?, row.amount);
    let subject = row.entry_subject()?;
    let draft = Draft::new(kind, subject, row.value_date, amount, actor);
    let entry = book(work, &mut claim, draft.norm(&row.norm).note(reason)).await?;
    claim.settled &= subject != Subject::Settlement;
    let why = Why::new(actor, "ENTRY_REVERSED");
    Ok((entry, follow(work, claim, why, Some(Cause::Correction)).await?))
}
