//! How to reach the agency, and what it must tell about itself.

use askama::Template;
use axum::response::Response;
use kulanz_proto::claims::v1::{GetTenantRequest, Tenant};

use crate::answer::{Page, page};
use crate::error::PortalError;
use crate::texts::Services;
use crate::visit::Debtor;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    page: Page,
    text: &'static Services,
    tenant: Tenant,
    address: Vec<String>,
}

/// Name, address, register, supervision (§ 13a RDG, § 5 DDG).
pub(super) async fn show(debtor: Debtor) -> Result<Response, PortalError> {
    let request = debtor.outgoing(GetTenantRequest {});
    let answer = debtor.clients().claims().get_tenant(request).await?;
    let tenant = answer.into_inner().tenant.unwrap_or_default();
    let text = Services::of(debtor.language());
    let address = address_lines(&tenant);
    let frame = Page::of_debtor(&debtor, text.help_title).back("/overview");
    page(&HelpPage { page: frame, text, tenant, address })
}

fn address_lines(tenant: &Tenant) -> Vec<String> {
    let address = tenant.address.clone().unwrap_or_default();
    let town = format!("{} {}", address.postcode, address.city).trim().to_owned();
    [address.street, address.supplement, town].into_iter().filter(|line| !line.is_empty()).collect()
}
