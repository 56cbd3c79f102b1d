//! Protection: the law or fairness shields a person, and all their claims are silent at once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::{ClaimId, DebtorId, ProtectionId};

use super::change::{Why, locked, locked_open};
use super::holds::{NewHold, claims_of, place, release_of};
use super::{debtors, person};
use crate::domain::protection::ProtectionKind;
use crate::error::Error;
use crate::store::{claim, hold, protection};

/// Column under which file numbers are sealed.
pub const FILE_NUMBER: &str = "protection.file_number";
/// Column under which representatives are sealed.
pub const REPRESENTATIVE: &str = "protection.representative";
/// Due work that ends protections at their time.
pub const END_PROTECTION: &str = "end_protection";

/// A protection to be noted.
pub struct NewProtection<'a> {
    /// Why.
    pub kind: ProtectionKind,
    /// File number of court or adviser; may be empty.
    pub file_number: &'a str,
    /// Who acts for the person; may be empty.
    pub representative: &'a str,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewProtection<'_> {
    /// A protection of which nothing else is known.
    pub const fn new(kind: ProtectionKind) -> Self {
        Self { kind, file_number: "", representative: "", expires_at: None }
    }
}

/// A protection with what was sealed; empty where nothing was said, and once the person's data was erased.
pub struct Shield {
    /// The row.
    pub row: protection::Model,
    /// File number of court or adviser.
    pub file_number: String,
    /// Who acts for the person.
    pub representative: String,
}

/// A protection as whoever may read it sees it.
pub async fn shown(work: &Work, row: protection::Model) -> Result<Shield, Error> {
    let debtor = row.debtor_id.parse()?;
    let id = row.protection_id.as_str();
    let file_number = opened(work, debtor, (FILE_NUMBER, id), row.file_number.as_deref()).await?;
    let representative =
        opened(work, debtor, (REPRESENTATIVE, id), row.representative.as_deref()).await?;
    Ok(Shield { row, file_number, representative })
}

async fn opened(
    work: &Work,
    debtor: DebtorId,
    (column, id): (&'static str, &str),
    sealed: Option<&[u8]>,
) -> Result<String, Error> {
    let Some(sealed) = sealed else { return Ok(String::new()) };
    let opened = work.open(debtor, column, id, sealed).await?;
    Ok(String::from_utf8(opened.unwrap_or_default()).unwrap_or_default())
}

/// Shields a person: every claim that is not closed is silent from now on.
pub async fn protect(
    work: &Work,
    debtor_id: DebtorId,
    new: NewProtection<'_>,
    actor: &str,
) -> Result<protection::Model, Error> {
    debtors::get(work, debtor_id).await?;
    let row = note(work, debtor_id, &new, actor).await?;
    let mut silent = HashSet::new();
    silence_all(work, &row, &mut silent).await?;
    let locked = debtors::locked(work, debtor_id).await?;
    // An import that had the debtor in hand may have added claims meanwhile.
    silence_all(work, &row, &mut silent).await?;
    person::restate(work, &locked.row.debtor_id).await?;
    Ok(row)
}

async fn note(
    work: &Work,
    debtor_id: DebtorId,
    new: &NewProtection<'_>,
    actor: &str,
) -> Result<protection::Model, Error> {
    let id = ProtectionId::generate(work.seeds(), work.now()).to_string();
    let row = protection::Model {
        tenant_id: work.tenant().to_string(),
        debtor_id: debtor_id.to_string(),
        kind: new.kind.name().to_owned(),
        file_number: sealed(work, debtor_id, (FILE_NUMBER, &id), new.file_number).await?,
        representative: sealed(work, debtor_id, (REPRESENTATIVE, &id), new.representative).await?,
        protected_at: work.now(),
        protected_by: actor.to_owned(),
        expires_at: new.expires_at,
        ended_at: None,
        ended_by: None,
        end_reason: None,
        protection_id: id,
    };
    protection::insert(work, row.clone()).await?;
    if let Some(expires_at) = new.expires_at {
        work.schedule(Due::new(END_PROTECTION, &row.protection_id, expires_at)).await?;
    }
    Ok(row)
}

async fn sealed(
    work: &Work,
    debtor: DebtorId,
    (column, id): (&'static str, &str),
    text: &str,
) -> Result<Option<Vec<u8>>, Error> {
    match text {
        "" => Ok(None),
        text => Ok(Some(work.seal(debtor, column, id, text.as_bytes()).await?)),
    }
}

/// Silences every claim of the person that is not `silent` yet.
async fn silence_all(
    work: &Work,
    row: &protection::Model,
    silent: &mut HashSet<ClaimId>,
) -> Result<(), Error> {
    for claim in claim::of_debtors(work, vec![row.debtor_id.clone()]).await? {
        let id = claim.id()?;
        if !claim.state()?.is_closed() && silent.insert(id) {
            silence(work, row, id).await?;
        }
    }
    Ok(())
}

async fn silence(work: &Work, row: &protection::Model, claim_id: ClaimId) -> Result<(), Error> {
    let claim = match locked_open(work, claim_id).await {
        Err(Error::ClaimState { .. }) => return Ok(()),
        other => other?,
    };
    let kind = row.kind()?;
    let hold = NewHold::new(kind.hold(), kind.why()).by(&row.protection_id);
    let context = [row.protection_id.as_str()];
    let why = Why::new(&row.protected_by, "DEBTOR_PROTECTED").by(&context);
    place(work, claim, hold, why).await?;
    Ok(())
}

/// Silences what an import added for people who are shielded already.
pub async fn extend(work: &Work, debtor_ids: Vec<String>) -> Result<(), Error> {
    for row in protection::lasting(work, debtor_ids).await? {
        let held = hold::of_cause(work, &row.protection_id).await?;
        let mut silent = held
            .iter()
            .map(|hold| hold.claim_id.parse())
            .collect::<Result<HashSet<ClaimId>, _>>()?;
        silence_all(work, &row, &mut silent).await?;
    }
    Ok(())
}

/// Ends a protection with a reason; the claims that are no longer silent because of it.
pub async fn end(
    work: &Work,
    id: ProtectionId,
    reason: &str,
    why: Why<'_>,
) -> Result<Vec<ClaimId>, Error> {
    let found = protection::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let claims = claims_of(work, &found.protection_id).await?;
    let mut held = Vec::with_capacity(claims.len());
    for claim_id in &claims {
        held.push(locked(work, *claim_id).await?);
    }
    let row = protection::find_locked(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    if row.ended_at.is_some() {
        return Err(Error::ProtectionEnded(row.protection_id));
    }
    let ended = protection::Model {
        ended_at: Some(work.now()),
        ended_by: Some(why.actor.to_owned()),
        end_reason: Some(reason.to_owned()),
        ..row
    };
    protection::update(work, ended.clone()).await?;
    work.unschedule(END_PROTECTION, &ended.protection_id).await?;
    let context = [ended.protection_id.as_str()];
    for claim in held {
        release_of(work, claim, &ended.protection_id, reason, why.by(&context)).await?;
    }
    person::restate(work, &ended.debtor_id).await?;
    Ok(claims)
}

/// Ends a protection that came to its time.
pub async fn expire(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    let why = Why::new("service:claims", "PROTECTION_EXPIRED");
    match end(&work, item.key.parse()?, "its time is over", why).await {
        Ok(_) | Err(Error::ProtectionEnded(_) | Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(work.commit().await?)
}
