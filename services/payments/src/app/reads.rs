//! Reads of arrangements, payments and the ledger.

use chrono::NaiveDate;
use kulanz_chassis::Caller;
use kulanz_types::{ArrangementId, ClaimId, Currency, PaymentId, TenantId};

use super::{Desk, may_see};
use crate::domain::ledger::TrialBalance;
use crate::error::Error;
use crate::store::arrangement::{self, Stored};
use crate::store::{ledger, payment};

/// Which arrangement is meant.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// The one of this id.
    Arrangement(ArrangementId),
    /// The one in force for this claim.
    Running(ClaimId),
}

/// An arrangement.
pub async fn find_arrangement(
    desk: &Desk,
    tenant: TenantId,
    caller: &Caller,
    which: Which,
) -> Result<Stored, Error> {
    let work = desk.read(tenant).await?;
    let (found, resource) = match which {
        Which::Arrangement(id) => (arrangement::find(&work, id).await?, id.to_string()),
        Which::Running(claim) => (arrangement::running(&work, claim).await?, claim.to_string()),
    };
    let stored = found.ok_or_else(|| Error::not_found(&resource))?;
    may_see(caller, &stored.row.debtor_id, resource)?;
    Ok(stored)
}

/// A payment.
pub async fn find_payment(
    desk: &Desk,
    tenant: TenantId,
    caller: &Caller,
    id: PaymentId,
) -> Result<payment::Model, Error> {
    let work = desk.read(tenant).await?;
    let row = payment::find(&work, id).await?.ok_or_else(|| Error::not_found(id))?;
    may_see(caller, &row.debtor_id, id)?;
    Ok(row)
}

/// The sums of all accounts.
pub async fn trial_balance(
    desk: &Desk,
    tenant: TenantId,
    (currency, as_of): (Currency, Option<NaiveDate>),
) -> Result<TrialBalance, Error> {
    let work = desk.read(tenant).await?;
    ledger::trial_balance(&work, currency, as_of).await
}
