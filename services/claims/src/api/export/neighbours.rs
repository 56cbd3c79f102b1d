use kulanz_chassis::{Clients, outgoing};
use kulanz_proto::{
    experimentation::v1 as experimentation, messaging::v1 as messaging, payments::v1 as payments,
    personas::v1 as personas,
};
use kulanz_types::{DebtorId, TenantId};
use tonic::Status;

use super::{Copy, Ended};
use crate::error::Error;

/// Copies what every other service holds, under our own identity.
pub async fn copy(
    clients: &Clients,
    tenant: TenantId,
    id: DebtorId,
    copy: &Copy,
) -> Result<(), Ended> {
    macro_rules! take {
        ($package:ident) => {{
            let request = $package::ExportPersonDataRequest { debtor_id: id.to_string() };
            let answer = clients.$package().export_person_data(outgoing(tenant, request)).await;
            let mut parts = answer.map_err(unreachable(stringify!($package)))?.into_inner();
            while let Some(response) =
                parts.message().await.map_err(unreachable(stringify!($package)))?
            {
                if let Some(part) = response.part {
                    copy.add(part).await?;
                }
            }
        }};
    }
    take!(personas);
    take!(experimentation);
    take!(messaging);
    take!(payments);
    Ok(())
}

/// A service that does not give its part leaves the copy incomplete.
fn unreachable(service: &'static str) -> impl Fn(Status) -> Error {
    move |status| {
        tracing::warn!(service, code = ?status.code(), "a copy of a person's data is incomplete");
        Error::ServiceAway(service)
    }
}
