//! Access links: made for a debtor, opened with a second factor.

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::{AccessLinkId, ClaimId, DebtorId};

use super::debtors;
use crate::domain::access::{MAX_ATTEMPTS, SecondFactor};
use crate::domain::person::Profile;
use crate::error::Error;
use crate::store::{access_link, claim, debtor};

/// A link to be made.
pub struct NewLink {
    /// Whose pages.
    pub debtor_id: DebtorId,
    /// Which claims; empty for all of the debtor's.
    pub claim_ids: Vec<ClaimId>,
    /// What for, by the number of the contract's enum.
    pub purpose: i32,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link; `hash` gives the look-up value of a link's token.
pub async fn create(
    work: &Work,
    new: NewLink,
    hash: impl Fn(AccessLinkId) -> String,
) -> Result<access_link::Model, Error> {
    let debtor = debtor::find(work, new.debtor_id).await?;
    let debtor = debtor.ok_or_else(|| Error::not_found(new.debtor_id))?;
    if debtor.state == "erased" {
        return Err(kulanz_store::StoreError::KeyDestroyed.into());
    }
    work.about(new.debtor_id);
    let claim_ids: Vec<String> = new.claim_ids.iter().map(ToString::to_string).collect();
    let claims = claim::find_many(work, claim_ids.clone()).await?;
    let own = |id: &String| {
        claims.iter().any(|row| row.claim_id == *id && row.debtor_id == new.debtor_id.to_string())
    };
    if let Some(foreign) = claim_ids.iter().find(|id| !own(id)) {
        return Err(Error::not_found(foreign));
    }
    let link_id = AccessLinkId::generate(work.seeds(), work.now());
    let row = access_link::Model {
        tenant_id: work.tenant().to_string(),
        link_id: link_id.to_string(),
        debtor_id: new.debtor_id.to_string(),
        claim_ids: serde_json::to_string(&claim_ids)?,
        purpose: new.purpose.into(),
        token_hash: hash(link_id),
        expires_at: new.expires_at,
        failures: 0,
        openings: 0,
        revoked_at: None,
        created_at: work.now(),
    };
    access_link::insert(work, row.clone()).await?;
    Ok(row)
}

/// Whoever opened a link.
pub struct Opened {
    /// The link.
    pub link: access_link::Model,
    /// The debtor.
    pub profile: Profile,
    /// The claims that the session may show.
    pub claim_ids: Vec<String>,
}

/// What a second factor led to. A wrong one is counted: the caller commits in either case.
pub enum Opening {
    /// It was right.
    Granted(Box<Opened>),
    /// It was not, or the link cannot be opened.
    Refused(Error),
}

/// Opens a link with its second factor.
pub async fn open(work: &Work, token_hash: &str, factor: &SecondFactor) -> Result<Opening, Error> {
    let Some(mut link) = access_link::by_token(work, token_hash).await? else {
        return Ok(Opening::Refused(Error::LinkInvalid));
    };
    if let Some(error) = closed(&link, work.now()) {
        return Ok(Opening::Refused(error));
    }
    let debtor_id: DebtorId = link.debtor_id.parse()?;
    let view = debtors::get(work, debtor_id).await?;
    let Some(profile) = view.profile else { return Ok(Opening::Refused(Error::LinkInvalid)) };
    if !factor.fits(&profile) {
        link.failures += 1;
        access_link::update(work, link).await?;
        return Ok(Opening::Refused(Error::SecondFactorWrong));
    }
    link.failures = 0;
    link.openings += 1;
    access_link::update(work, link.clone()).await?;
    let claim_ids = shown(work, &link).await?;
    Ok(Opening::Granted(Box::new(Opened { link, profile, claim_ids })))
}

/// Why a link cannot be opened whatever the factor.
fn closed(link: &access_link::Model, now: DateTime<Utc>) -> Option<Error> {
    if link.revoked_at.is_some() {
        return Some(Error::LinkInvalid);
    }
    if link.expires_at <= now {
        return Some(Error::LinkExpired);
    }
    (link.failures >= i64::from(MAX_ATTEMPTS)).then_some(Error::LinkLocked)
}

async fn shown(work: &Work, link: &access_link::Model) -> Result<Vec<String>, Error> {
    let named: Vec<String> = serde_json::from_str(&link.claim_ids)?;
    if !named.is_empty() {
        return Ok(named);
    }
    let claims = claim::of_debtors(work, vec![link.debtor_id.clone()]).await?;
    Ok(claims.into_iter().map(|claim| claim.claim_id).collect())
}

/// Ends a link at once; a repetition changes nothing.
pub async fn revoke(work: &Work, id: AccessLinkId) -> Result<access_link::Model, Error> {
    let mut link = access_link::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    if link.revoked_at.is_none() {
        work.about(&link.debtor_id);
        link.revoked_at = Some(work.now());
        access_link::update(work, link.clone()).await?;
    }
    Ok(link)
}
