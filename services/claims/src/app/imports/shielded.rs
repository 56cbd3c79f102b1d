//! People who, as the creditor says, may not be written to.

use std::collections::BTreeSet;

use kulanz_store::Work;
use kulanz_types::DebtorId;

use crate::app::protections::{self, NewProtection};
use crate::domain::protection::ProtectionKind;
use crate::error::Error;
use crate::store::protection;

/// Shields everyone named, once for each reason that is not known yet; all their claims are silent.
pub async fn protect(
    work: &Work,
    named: Vec<(DebtorId, ProtectionKind)>,
    actor: &str,
) -> Result<(), Error> {
    if named.is_empty() {
        return Ok(());
    }
    let debtors = named.iter().map(|(debtor, _)| debtor.to_string()).collect();
    let lasting = protection::lasting(work, debtors).await?;
    let mut done: BTreeSet<(String, String)> =
        lasting.into_iter().map(|row| (row.debtor_id, row.kind)).collect();
    for (debtor, kind) in named {
        if done.insert((debtor.to_string(), kind.name().to_owned())) {
            protections::protect(work, debtor, NewProtection::new(kind), actor).await?;
        }
    }
    Ok(())
}
