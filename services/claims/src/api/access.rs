//! Access links and what a debtor does behind them.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use kulanz_chassis::{DebtorScope, Grant, Violations};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::open_access_request::SecondFactor as WireFactor;
use kulanz_proto::convert::{instant, timestamp};
use kulanz_store::Begin;
use kulanz_types::{AccessLinkId, ClaimId, DebtorId, TenantId};

use super::claims::claim_id;
use super::who::{SELF_SERVICE, Who, purpose as purpose_of};
use super::{Api, begin, id};
use crate::app::access::{self, NewLink, Opened, Opening};
use crate::app::{portal, tenants};
use crate::domain::access::SecondFactor;
use crate::error::Error;
use crate::store::access_link;

/// How long a link works that names no end.
const DEFAULT_DAYS: u64 = 14;
/// How long a link may work.
const LONGEST_DAYS: u64 = 60;
/// How long a session lasts.
const SESSION: TimeDelta = TimeDelta::minutes(15);
/// The pages that a visit may name.
const LONGEST_PAGE: usize = 40;

/// The debtor behind a text.
pub fn debtor_id(text: &str) -> Result<DebtorId, Error> {
    id(text)
}

/// Makes a link.
pub async fn create(
    api: &Api,
    who: Who,
    request: wire::CreateAccessLinkRequest,
) -> Result<wire::CreateAccessLinkResponse, Error> {
    let new = new_link(api, &request)?;
    let begun = begin(api, &who, "CreateAccessLink", &request.request_id, &request).await?;
    let reply: wire::CreateAccessLinkResponse = match begun {
        Begin::Replayed(reply) => reply,
        Begin::Fresh(work) => {
            let look_up = |link| api.access_key.look_up(&api.access_key.token(who.tenant, link));
            let row = access::create(&work, new, look_up).await?;
            work.finish(wire::CreateAccessLinkResponse { link: Some(message(&row)?) }).await?
        }
    };
    with_token(api, who.tenant, reply).await
}

/// The token is added to the answer and never kept with it.
async fn with_token(
    api: &Api,
    tenant: TenantId,
    mut reply: wire::CreateAccessLinkResponse,
) -> Result<wire::CreateAccessLinkResponse, Error> {
    let work = api.store.begin(tenant).await?;
    let base = match tenants::get(&work).await {
        Ok((_, profile)) => profile.portal_base_url,
        Err(Error::NotFound(_)) => String::new(),
        Err(error) => return Err(error),
    };
    if let Some(link) = &mut reply.link {
        let id: AccessLinkId = link.access_link_id.parse()?;
        link.token = api.access_key.text(&api.access_key.token(tenant, id));
        link.url = format!("{base}/l/{}", link.token);
    }
    Ok(reply)
}

fn new_link(api: &Api, request: &wire::CreateAccessLinkRequest) -> Result<NewLink, Error> {
    let debtor_id = debtor_id(&request.debtor_id)?;
    let claim_ids =
        request.claim_ids.iter().map(|id| claim_id(id)).collect::<Result<Vec<ClaimId>, _>>()?;
    let now = api.store.clock().now();
    let mut violations = Violations::default();
    let purpose = wire::AccessPurpose::try_from(request.purpose);
    violations.require(purpose.is_ok(), "purpose", "is unknown");
    let expires_at = match &request.expires_at {
        None => days_from(now, DEFAULT_DAYS),
        Some(at) => violations.parse("expires_at", instant(at)).unwrap_or(now),
    };
    violations.require(
        expires_at > now && expires_at <= days_from(now, LONGEST_DAYS),
        "expires_at",
        "must lie within the next 60 days",
    );
    violations.into_result()?;
    let purpose = match purpose {
        Ok(wire::AccessPurpose::Preferences) => wire::AccessPurpose::Preferences,
        _ => wire::AccessPurpose::SelfService,
    };
    Ok(NewLink { debtor_id, claim_ids, purpose: purpose.into(), expires_at })
}

fn days_from(now: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    now.checked_add_days(Days::new(days)).unwrap_or(now)
}

fn message(row: &access_link::Model) -> Result<wire::AccessLink, Error> {
    Ok(wire::AccessLink {
        access_link_id: row.link_id.clone(),
        debtor_id: row.debtor_id.clone(),
        claim_ids: serde_json::from_str(&row.claim_ids)?,
        purpose: i32::try_from(row.purpose).unwrap_or_default(),
        token: String::new(),
        url: String::new(),
        expires_at: Some(timestamp(row.expires_at)),
        revoked: row.revoked_at.is_some(),
    })
}

/// Opens a link with its second factor. The tenant is found from the token's signature alone.
pub async fn open(
    api: &Api,
    request: wire::OpenAccessRequest,
) -> Result<wire::OpenAccessResponse, Error> {
    let factor = factor(request.second_factor)?;
    let token = api.access_key.verify(&request.token).ok_or(Error::LinkInvalid)?;
    let work = api.store.begin(token.tenant).await?;
    let opening = access::open(&work, &api.access_key.look_up(&token), &factor).await?;
    let agency_name = match tenants::get(&work).await {
        Ok((_, profile)) => profile.agency_name,
        Err(Error::NotFound(_)) => String::new(),
        Err(error) => return Err(error),
    };
    let now = work.now();
    work.commit().await?;
    match opening {
        Opening::Refused(error) => Err(error),
        Opening::Granted(opened) => session(api, token.tenant, *opened, agency_name, now),
    }
}

fn factor(given: Option<WireFactor>) -> Result<SecondFactor, Error> {
    match given {
        Some(WireFactor::BirthDate(date)) => NaiveDate::try_from(date)
            .map(SecondFactor::BirthDate)
            .map_err(|error| Error::field("birth_date", error.to_string())),
        Some(WireFactor::Postcode(postcode)) if !postcode.trim().is_empty() => {
            Ok(SecondFactor::Postcode(postcode))
        }
        _ => Err(Error::field("second_factor", "is required")),
    }
}

fn session(
    api: &Api,
    tenant: TenantId,
    opened: Opened,
    agency_name: String,
    now: DateTime<Utc>,
) -> Result<wire::OpenAccessResponse, Error> {
    let debtor_id: DebtorId = opened.link.debtor_id.parse()?;
    let number = i32::try_from(opened.link.purpose).unwrap_or_default();
    let purpose = wire::AccessPurpose::try_from(number).unwrap_or_default();
    let name = if purpose == wire::AccessPurpose::Preferences {
        DebtorScope::PREFERENCES
    } else {
        SELF_SERVICE
    };
    let scope = DebtorScope { debtor_id, purpose: purpose_of(name, &opened.link.link_id) };
    let session_token = api.issuer.mint(&Grant::debtor(tenant, scope, SESSION))?;
    let profile = opened.profile;
    let company = profile.is_company();
    Ok(wire::OpenAccessResponse {
        session_token,
        expires_at: Some(timestamp(now + SESSION)),
        debtor_id: opened.link.debtor_id,
        claim_ids: opened.claim_ids,
        given_name: if company { String::new() } else { profile.given_name },
        family_name: if company { profile.company_name } else { profile.family_name },
        salutation: profile.salutation,
        language: profile.language,
        purpose: purpose.into(),
        agency_name,
    })
}

/// Ends a link.
pub async fn revoke(
    api: &Api,
    who: Who,
    request: wire::RevokeAccessRequest,
) -> Result<wire::RevokeAccessResponse, Error> {
    let id: AccessLinkId = id(&request.access_link_id)?;
    let begun = begin(api, &who, "RevokeAccess", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let row = access::revoke(&work, id).await?;
    let link = Some(message(&row)?);
    Ok(work.finish(wire::RevokeAccessResponse { link }).await?)
}

/// Notes that a debtor looked at a page.
pub async fn visit(
    api: &Api,
    who: Who,
    request: wire::RecordPortalVisitRequest,
) -> Result<wire::RecordPortalVisitResponse, Error> {
    let debtor = who.debtor().ok_or_else(|| Error::not_found("session"))?;
    let claim = match request.claim_id.as_str() {
        "" => None,
        text => Some(claim_id(text)?),
    };
    let page = request.page.as_str();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let mut violations = Violations::default();
    violations.require(
        !page.is_empty() && page.len() <= LONGEST_PAGE && page.bytes().all(plain),
        "page",
        "must be a name in lower case",
    );
    violations.into_result()?;
    let begun = begin(api, &who, "RecordPortalVisit", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let visit_count = portal::visit(&work, debtor, page, claim).await?;
    Ok(work.finish(wire::RecordPortalVisitResponse { visit_count }).await?)
}
