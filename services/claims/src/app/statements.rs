//! Statements of what is owed, and who looked at them.

use chrono::NaiveDate;
use kulanz_bus::publish;
use kulanz_proto::events::v1::StatementViewed;
use kulanz_store::Work;
use kulanz_types::ClaimId;

use super::today;
use crate::domain::statement::{Explained, Statement, statement};
use crate::error::Error;
use crate::store::{claim, creditor, entry};

/// A statement with the claim that it is about.
pub struct View {
    /// The claim.
    pub claim: claim::Model,
    /// Its creditor's name.
    pub creditor_name: String,
    /// The statement.
    pub statement: Statement,
}

/// The statement of a claim as of a day, today if none is given.
pub async fn get(work: &Work, id: ClaimId, as_of: Option<NaiveDate>) -> Result<View, Error> {
    let claim = claim::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let as_of = as_of.unwrap_or_else(|| today(work));
    if as_of < claim.invoice_date.unwrap_or(claim.due_date) {
        return Err(Error::field("as_of", "lies before the claim existed"));
    }
    let currency = claim.currency()?;
    let entries = entry::of_claim(work, &claim.claim_id)
        .await?
        .iter()
        .map(|row| row.explained(currency))
        .collect::<Result<Vec<Explained>, _>>()?;
    let statement = statement(currency, &claim.terms()?, &entries, as_of)?;
    let names = creditor::names(work, vec![claim.creditor_id.clone()]).await?;
    let creditor_name = names.into_values().next().unwrap_or_default();
    Ok(View { claim, creditor_name, statement })
}

/// Notes that the debtor looked at the statement of a claim.
pub async fn viewed(work: &Work, id: ClaimId) -> Result<(), Error> {
    let Some(mut claim) = claim::find_locked(work, id).await? else { return Ok(()) };
    claim.views += 1;
    claim.version += 1;
    claim::update(work, &claim).await?;
    let event = StatementViewed {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        view_count: claim.views,
    };
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    Ok(())
}
