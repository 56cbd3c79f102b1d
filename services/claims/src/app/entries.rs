//! The account as it is kept.

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::ClaimId;

use super::account::with_hashes;
use super::statements::words;
use crate::error::Error;
use crate::store::{claim, entry};

/// An entry with the words of its note.
pub struct View {
    /// The entry.
    pub row: entry::Model,
    /// Its note; empty for none, and once the person's data is erased.
    pub note: String,
}

/// Entries of a claim in the order of their chain, after the one numbered `after`, as far as they were
/// booked by `known_at`. The claim comes with them.
pub async fn list(
    work: &Work,
    id: ClaimId,
    known_at: Option<DateTime<Utc>>,
    after: i64,
    limit: u64,
) -> Result<(claim::Model, Vec<entry::Model>), Error> {
    let claim = claim::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    if known_at.is_some_and(|known_at| known_at < claim.created_at) {
        return Err(Error::BeforeClaim("known_at"));
    }
    let mut rows = entry::of_claim(work, &claim.claim_id, after, Some(limit)).await?;
    if rows.iter().any(|row| row.hash.is_empty()) {
        let all = entry::of_claim(work, &claim.claim_id, 0, None).await?;
        let all = with_hashes(&claim.currency, all);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        rows = all.into_iter().filter(|row| row.sequence > after).take(wanted).collect();
    }
    let known = |row: &entry::Model| known_at.is_none_or(|known_at| row.booked_at <= known_at);
    Ok((claim, rows.into_iter().take_while(known).collect()))
}

/// An entry with the words of its note.
pub async fn view(work: &Work, claim: &claim::Model, row: entry::Model) -> Result<View, Error> {
    let note = match &row.note {
        Some(sealed) => words(work, claim.debtor()?, &row.entry_id, sealed).await?,
        None => String::new(),
    };
    Ok(View { row, note })
}
