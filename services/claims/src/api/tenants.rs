//! Tenant calls.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::timestamp;
use kulanz_store::{Begin, StoreError};
use kulanz_types::{Iban, TenantId};

use super::who::Who;
use super::{Api, begin, convert, finish};
use crate::app::tenants;
use crate::domain::agency::{CollectionAccount, TenantProfile};
use crate::error::Error;
use crate::store::tenant;

/// Makes a tenant. Its id is the operator's, or follows from the request id.
pub async fn create(
    api: &Api,
    actor: &str,
    request: wire::CreateTenantRequest,
) -> Result<wire::CreateTenantResponse, Error> {
    let given = request.tenant.clone().unwrap_or_default();
    let mut violations = Violations::default();
    violations.require(request.tenant.is_some(), "tenant", "is required");
    let tenant = match given.tenant_id.as_str() {
        "" => None,
        text => violations.parse("tenant.tenant_id", text.parse::<TenantId>()),
    };
    let profile = profile(given, &mut violations);
    violations.into_result()?;
    let tenant = match tenant {
        Some(tenant) => tenant,
        None => uuid::Uuid::try_parse(&request.request_id)
            .map(TenantId::from_uuid)
            .map_err(|_| StoreError::RequestIdInvalid)?,
    };
    let begun = api
        .store
        .begin_write::<wire::CreateTenantResponse>(
            tenant,
            "CreateTenant",
            &request.request_id,
            &request,
        )
        .await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    work.by(actor);
    let row = tenants::create(&work, &profile).await?;
    let reply = wire::CreateTenantResponse { tenant: Some(message(&row, &profile)) };
    finish(work, request.validate_only, reply).await
}

/// Reads the caller's tenant.
pub async fn get(
    api: &Api,
    who: Who,
    _request: wire::GetTenantRequest,
) -> Result<wire::GetTenantResponse, Error> {
    let work = api.store.begin(who.tenant).await?;
    let (row, profile) = tenants::get(&work).await?;
    Ok(wire::GetTenantResponse { tenant: Some(message(&row, &profile)) })
}

/// Changes the caller's tenant.
pub async fn update(
    api: &Api,
    who: Who,
    request: wire::UpdateTenantRequest,
) -> Result<wire::UpdateTenantResponse, Error> {
    let given = request.tenant.clone().unwrap_or_default();
    let begun = begin(api, &who, "UpdateTenant", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let (row, known) = tenants::get(&work).await?;
    if given.etag != row.version.to_string() {
        return Err(Error::EtagMismatch(row.tenant_id));
    }
    let mut merged = message(&row, &known);
    let paths = request.update_mask.clone().unwrap_or_default().paths;
    let mut violations = Violations::default();
    for path in &paths {
        take(&mut merged, &given, path, &mut violations);
    }
    let profile = profile(merged, &mut violations);
    violations.into_result()?;
    let row = tenants::update(&work, row, &profile).await?;
    let reply = wire::UpdateTenantResponse { tenant: Some(message(&row, &profile)) };
    finish(work, request.validate_only, reply).await
}

fn take(into: &mut wire::Tenant, from: &wire::Tenant, path: &str, violations: &mut Violations) {
    match path {
        "agency_name" => into.agency_name.clone_from(&from.agency_name),
        "address" => into.address.clone_from(&from.address),
        "register_number" => into.register_number.clone_from(&from.register_number),
        "supervisory_authority" => {
            into.supervisory_authority.clone_from(&from.supervisory_authority);
        }
        "contact_email" => into.contact_email.clone_from(&from.contact_email),
        "contact_phone" => into.contact_phone.clone_from(&from.contact_phone),
        "collection_account" => into.collection_account.clone_from(&from.collection_account),
        "portal_base_url" => into.portal_base_url.clone_from(&from.portal_base_url),
        "locale" => into.locale.clone_from(&from.locale),
        "time_zone" => into.time_zone.clone_from(&from.time_zone),
        "privacy_url" => into.privacy_url.clone_from(&from.privacy_url),
        _ => drop(violations.add("update_mask", format!("`{path}` cannot be changed"))),
    }
}

fn profile(tenant: wire::Tenant, violations: &mut Violations) -> TenantProfile {
    violations.require(!tenant.agency_name.trim().is_empty(), "tenant.agency_name", "is required");
    let url = tenant.portal_base_url;
    let plain = url.is_empty() || url.starts_with("https://") || url.starts_with("http://");
    violations.require(
        plain && !url.ends_with('/'),
        "tenant.portal_base_url",
        "must be an http(s) address without a trailing slash",
    );
    TenantProfile {
        agency_name: tenant.agency_name,
        address: tenant.address.map(convert::address_of).unwrap_or_default(),
        register_number: tenant.register_number,
        supervisory_authority: tenant.supervisory_authority,
        contact_email: tenant.contact_email,
        contact_phone: tenant.contact_phone,
        account: account(tenant.collection_account.unwrap_or_default(), violations),
        portal_base_url: url,
        locale: tenant.locale,
        time_zone: tenant.time_zone,
        privacy_url: tenant.privacy_url,
    }
}

fn account(given: wire::CollectionAccount, violations: &mut Violations) -> CollectionAccount {
    let iban = match given.iban.as_str() {
        "" => String::new(),
        text => violations
            .parse("tenant.collection_account.iban", text.parse::<Iban>())
            .map(|iban| iban.to_string())
            .unwrap_or_default(),
    };
    violations.require(
        given.holder.chars().count() <= 70,
        "tenant.collection_account.holder",
        "has 70 characters at most",
    );
    CollectionAccount { holder: given.holder, iban, bic: given.bic }
}

fn message(row: &tenant::Model, profile: &TenantProfile) -> wire::Tenant {
    wire::Tenant {
        tenant_id: row.tenant_id.clone(),
        agency_name: profile.agency_name.clone(),
        address: Some(convert::address(&profile.address)),
        register_number: profile.register_number.clone(),
        supervisory_authority: profile.supervisory_authority.clone(),
        contact_email: profile.contact_email.clone(),
        contact_phone: profile.contact_phone.clone(),
        collection_account: Some(wire::CollectionAccount {
            holder: profile.account.holder.clone(),
            iban: profile.account.iban.clone(),
            bic: profile.account.bic.clone(),
        }),
        portal_base_url: profile.portal_base_url.clone(),
        locale: profile.locale.clone(),
        time_zone: profile.time_zone.clone(),
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.created_at)),
        privacy_url: profile.privacy_url.clone(),
    }
}
