//! Statements as letters to print or keep.

use kulanz_letter::Letter;
use kulanz_store::Work;
use kulanz_types::ClaimId;

use super::statements::{self, Instant};
use super::{debtors, tenants};
use crate::domain::agency::TenantProfile;
use crate::domain::language::Language;
use crate::domain::statement::Correspondents;
use crate::error::Error;

/// A letter before it is set.
pub struct Draft {
    /// Whose letter it is.
    pub debtor_id: String,
    /// A name for the file.
    pub file_name: String,
    /// What it says.
    pub letter: Letter,
}

/// The statement of a claim as a letter to its debtor.
pub async fn statement(
    work: &Work,
    id: ClaimId,
    instant: Instant,
    language: Language,
) -> Result<Draft, Error> {
    let view = statements::get(work, id, instant).await?;
    let debtor = debtors::get(work, view.claim.debtor()?).await?;
    let debtor = debtor.profile.ok_or(kulanz_store::StoreError::KeyDestroyed)?;
    let agency = match tenants::get(work).await {
        Ok((_, profile)) => profile,
        Err(Error::NotFound(_)) => TenantProfile::default(),
        Err(error) => return Err(error),
    };
    let claim = &view.claim;
    let occasion = view.occasion()?;
    let between = Correspondents { agency: &agency, debtor: &debtor, occasion: &occasion };
    let identifier = format!("{} {} {}", claim.claim_id, view.statement.as_of, view.account_hash);
    let letter = view.statement.letter(identifier, language, &between)?;
    let name = language.choose("Forderungsaufstellung", "Statement");
    let file_name = format!("{name}_{}_{}.pdf", claim.case_reference, view.statement.as_of);
    Ok(Draft { debtor_id: claim.debtor_id.clone(), file_name, letter })
}
