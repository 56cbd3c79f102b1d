//! How claims can be paid today: a transfer with structured reference, ready to be scanned.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use kulanz_chassis::Caller;
use kulanz_types::{ClaimId, CreditorReference, Currency, Money, TenantId, epc};

use super::claims::{CollectionAccount, Owed, collection_account, owed};
use super::{Desk, may_see};
use crate::domain::reference;
use crate::error::Error;

/// A transfer that pays one claim.
pub struct Transfer {
    /// The claim.
    pub claim: ClaimId,
    /// What is open today.
    pub amount: Money,
    /// Where to.
    pub account: CollectionAccount,
    /// The claim's reference.
    pub reference: CreditorReference,
    /// Content of the QR code; empty for currencies other than euro.
    pub epc_payload: String,
}

/// The options for claims of one debtor in the order asked; claims with nothing open have none.
pub async fn list(
    desk: &Desk,
    tenant: TenantId,
    caller: &Caller,
    claims: &[ClaimId],
) -> Result<Vec<Transfer>, Error> {
    let asked = claims.iter().map(|claim| owed(&desk.clients, tenant, *claim));
    let debts = try_join_all(asked).await?;
    for debt in &debts {
        may_see(caller, &debt.parties.debtor.to_string(), debt.parties.claim)?;
    }
    let debtors: BTreeSet<_> = debts.iter().map(|debt| debt.parties.debtor).collect();
    if debtors.len() > 1 {
        return Err(Error::field("claim_ids", "must all be claims of one debtor"));
    }
    let account = collection_account(&desk.clients, tenant).await?;
    let open = debts.iter().filter(|debt| debt.total.is_positive());
    open.map(|debt| transfer(debt, &account)).collect()
}

/// The structured reference of a claim.
pub fn payment_reference(case_reference: &str) -> Result<CreditorReference, Error> {
    reference::creditor_reference(case_reference)
        .map_err(|_| Error::Unexpected("a case reference does not fit into a creditor reference"))
}

fn transfer(debt: &Owed, account: &CollectionAccount) -> Result<Transfer, Error> {
    let reference = payment_reference(&debt.case_reference)?;
    let epc_payload = match debt.total.currency() {
        Currency::EUR => epc_payload(debt.total, account, &reference)?,
        _ => String::new(),
    };
    let (claim, amount) = (debt.parties.claim, debt.total);
    Ok(Transfer { claim, amount, account: account.clone(), reference, epc_payload })
}

fn epc_payload(
    amount: Money,
    account: &CollectionAccount,
    reference: &CreditorReference,
) -> Result<String, Error> {
    let bic = Some(account.bic.as_str()).filter(|bic| !bic.is_empty());
    let (holder, iban) = (account.holder.as_str(), account.iban);
    let transfer = epc::CreditTransfer {
        version: epc::Version::V002,
        holder,
        iban,
        bic,
        amount: Some(amount),
        remittance: epc::Remittance::Reference(reference),
    };
    epc::payload(&transfer).map_err(|_| Error::CollectionAccountMissing)
}
