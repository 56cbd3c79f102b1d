//! The sample: an invented agency, its creditor, and a few hundred claims.

use anyhow::Context;
use kulanz_chassis::{Constellation, Grant, Role, Settings};
use kulanz_proto::claims::v1::{
    CollectionAccount, CreateCreditorRequest, CreateTenantRequest, Creditor, DayCount,
    InterestSettings, Tenant,
};
use kulanz_proto::types::v1::PostalAddress;
use kulanz_types::{CreditorId, Seeds, TenantId, berlin_date};
use serde::Deserialize;

use crate::import::{ImportRun, Outcome, ReportWriter, Source};
use crate::session::{Session, request_id};
use crate::state::DevState;
use crate::terminal;

const TENANT: &str = include_str!("../../../sample/tenant.toml");
const CREDITOR: &str = include_str!("../../../sample/creditor.toml");
const PORTFOLIO: &[u8] = include_bytes!("../../../sample/portfolio.csv");
const MAPPING: &str = include_str!("../../../sample/mappings/erp-german.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantFile {
    agency_name: String,
    register_number: String,
    supervisory_authority: String,
    contact_email: String,
    contact_phone: String,
    privacy_url: String,
    /// Stands in the file for readers; the portal of this run may be elsewhere.
    #[serde(rename = "portal_base_url")]
    _portal_base_url: String,
    locale: String,
    time_zone: String,
    address: AddressFile,
    collection_account: AccountFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressFile {
    street: String,
    postcode: String,
    city: String,
    country_code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountFile {
    holder: String,
    iban: String,
    bic: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditorFile {
    name: String,
    external_ref: String,
    industry: String,
    contact_email: String,
    deducts_input_vat: bool,
    address: AddressFile,
    interest: InterestFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InterestFile {
    day_count: String,
    contractual_rate: String,
}

/// Makes tenant and creditor where they are missing, and imports the portfolio: a second time that
/// changes nothing.
pub(super) async fn load(
    constellation: &Constellation,
    settings: &Settings,
    seeds: &Seeds,
    state: &mut DevState,
) -> anyhow::Result<Outcome> {
    let tenant = match state.tenant {
        Some(tenant) => tenant,
        None => create_tenant(constellation, settings, seeds).await.context("make the tenant")?,
    };
    state.tenant = Some(tenant);
    let session = session(constellation, tenant)?;
    let creditor = match state.creditor {
        Some(creditor) => creditor,
        None => create_creditor(&session, seeds).await.context("make the creditor")?,
    };
    state.creditor = Some(creditor);
    state.save(settings)?;
    let file = settings.auth.keys.with_file_name("sample-portfolio.csv");
    std::fs::write(&file, PORTFOLIO).with_context(|| format!("write {}", file.display()))?;
    let today = berlin_date(constellation.clock().now());
    let source = Source::open(&file, MAPPING, Some(today))?;
    let run = ImportRun { source: &source, creditor, dry_run: false, names_debtors: true };
    let progress = terminal::bar(source.row_count(), "importing");
    let report = ReportWriter::new(std::io::sink())?;
    Ok(run.send(session.clients.claims(), session.token(), report, &progress).await?)
}

/// A session with everything that a person at the terminal may want to try.
pub(crate) fn session(constellation: &Constellation, tenant: TenantId) -> anyhow::Result<Session> {
    let roles = [Role::Admin, Role::Operator, Role::Agent, Role::Analyst, Role::Integration];
    // Long, because virtual time moves in weeks.
    let grant = Grant::user("dev", Some(tenant), &roles, chrono::Duration::days(3_650));
    let token = constellation.issuer(kulanz_chassis::auth::OPERATOR)?.mint(&grant)?;
    Ok(Session::new(constellation.clients()?, token))
}

/// Makes the agency of the sample.
pub(crate) async fn create_tenant(
    constellation: &Constellation,
    settings: &Settings,
    seeds: &Seeds,
) -> anyhow::Result<TenantId> {
    let file: TenantFile = toml::from_str(TENANT)?;
    let grant = Grant::user("dev", None, &[Role::Operator], chrono::Duration::hours(1));
    let token = constellation.issuer(kulanz_chassis::auth::OPERATOR)?.mint(&grant)?;
    let session = Session::new(constellation.clients()?, token);
    let tenant = Tenant {
        agency_name: file.agency_name,
        address: Some(address(file.address)),
        register_number: file.register_number,
        supervisory_authority: file.supervisory_authority,
        contact_email: file.contact_email,
        contact_phone: file.contact_phone,
        collection_account: Some(CollectionAccount {
            holder: file.collection_account.holder,
            iban: file.collection_account.iban,
            bic: file.collection_account.bic,
        }),
        portal_base_url: settings.portal.base_url.clone(),
        locale: file.locale,
        time_zone: file.time_zone,
        privacy_url: file.privacy_url,
        ..Tenant::default()
    };
    let request = CreateTenantRequest {
        request_id: request_id(seeds),
        tenant: Some(tenant),
        validate_only: false,
    };
    let answer = session.clients.claims().create_tenant(session.request(request)).await?;
    let tenant = answer.into_inner().tenant.context("claims named no tenant")?;
    Ok(tenant.tenant_id.parse()?)
}

/// Makes its creditor.
pub(crate) async fn create_creditor(
    session: &Session,
    seeds: &Seeds,
) -> anyhow::Result<CreditorId> {
    let file: CreditorFile = toml::from_str(CREDITOR)?;
    let day_count = match file.interest.day_count.as_str() {
        "act_act" => DayCount::ActAct,
        _ => DayCount::Act365,
    };
    let creditor = Creditor {
        name: file.name,
        address: Some(address(file.address)),
        external_ref: file.external_ref,
        interest: Some(InterestSettings {
            day_count: day_count.into(),
            contractual_rate: file.interest.contractual_rate,
            ..InterestSettings::default()
        }),
        deducts_input_vat: file.deducts_input_vat,
        industry: file.industry,
        contact_email: file.contact_email,
        ..Creditor::default()
    };
    let request = CreateCreditorRequest {
        request_id: request_id(seeds),
        creditor: Some(creditor),
        validate_only: false,
    };
    let answer = session.clients.claims().create_creditor(session.request(request)).await?;
    let creditor = answer.into_inner().creditor.context("claims named no creditor")?;
    Ok(creditor.creditor_id.parse()?)
}

fn address(file: AddressFile) -> PostalAddress {
    PostalAddress {
        street: file.street,
        supplement: String::new(),
        postcode: file.postcode,
        city: file.city,
        country_code: file.country_code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Mapping;

    #[test]
    fn the_sample_files_can_be_read() {
        toml::from_str::<TenantFile>(TENANT).unwrap();
        toml::from_str::<CreditorFile>(CREDITOR).unwrap();
        Mapping::parse(MAPPING).unwrap();
        assert!(PORTFOLIO.len() > 10_000);
    }
}
