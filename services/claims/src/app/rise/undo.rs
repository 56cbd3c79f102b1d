use chrono::NaiveDate;
use kulanz_law::Rule;
use kulanz_store::Work;

use crate::app::account::{Draft, book};
use crate::app::change::{Cause, Why, follow};
use crate::app::charged::{Cost, among};
use crate::domain::account::{Entry, EntryKind};
use crate::domain::rise::{UNPAID_UNTIL, answered};
use crate::error::Error;
use crate::store::{claim, contact, entry};

/// Takes a rise back where news of a payment come late: credited by the last day of the two weeks it paid what the
/// first demand asked for, and the case was a simple one (VV 2300 note 2).
pub async fn weigh(work: &Work, mut claim: claim::Model) -> Result<claim::Model, Error> {
    if claim.closure()?.is_some() {
        return Ok(claim);
    }
    let rows = entry::told(work, &claim.claim_id).await?;
    let mut rise = among(claim.currency()?, &rows)?;
    rise.retain(|cost| cost.inputs.contains_key(UNPAID_UNTIL));
    let last_days = rise.iter().filter_map(|cost| cost.inputs.get(UNPAID_UNTIL)?.parse().ok());
    let Some(until) = last_days.max() else { return Ok(claim) };
    let sent_on = contact::demand(work, &claim.claim_id).await?.map(|demand| demand.sent_on);
    if !was_paid(&claim, &rows, &rise, (sent_on, until))? {
        return Ok(claim);
    }
    let why = Why::new("service:claims", "PAID_ON_FIRST_DEMAND");
    for cost in &rise {
        let row = rows.iter().find(|row| row.entry_id == cost.entry_id);
        let date = row.map_or(until, |row| row.value_date);
        let kind = EntryKind::Correction(cost.entry_id.parse()?);
        let draft = Draft::new(kind, cost.subject, date, cost.amount, why.actor);
        book(work, &mut claim, draft.norm(Rule::TwoWeeks.norm())).await?;
    }
    follow(work, claim, why, Some(Cause::Correction)).await
}

/// Whether the first demand was paid by the last day, what the rise added left out.
fn was_paid(
    claim: &claim::Model,
    rows: &[entry::Told],
    rise: &[Cost],
    (sent_on, until): (Option<NaiveDate>, NaiveDate),
) -> Result<bool, Error> {
    let currency = claim.currency()?;
    let counts = |row: &&entry::Told| rise.iter().all(|cost| cost.entry_id != row.entry_id);
    let entries = rows.iter().filter(counts).map(|row| row.entry(currency));
    let entries = entries.collect::<Result<Vec<Entry>, _>>()?;
    Ok(answered(currency, &claim.terms()?, &entries, sent_on, until)?)
}
