//! Erasure: ordered by a call, carried to every other service then and there, and by due work until each
//! has answered.

use kulanz_chassis::{Clients, Violations, outgoing};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::types::v1::RetainedRecord;
use kulanz_proto::{
    experimentation::v1 as experimentation, messaging::v1 as messaging, payments::v1 as payments,
    personas::v1 as personas,
};
use kulanz_store::{Begin, DueItem, Store, WorkFailure};
use kulanz_types::{DebtorId, TenantId};
use tonic::Status;

use super::access::debtor_id;
use super::who::Who;
use super::{Api, begin, convert};
use crate::app::debtors;
use crate::app::erasure::{self, Asked, Order, Retained};
use crate::error::Error;

/// Longest reason.
const LONGEST_REASON: usize = 500;

/// A reason that must be given, and may not be longer than it is read.
pub fn check_reason(reason: &str) -> Result<(), Error> {
    let mut violations = Violations::default();
    violations.require(!reason.trim().is_empty(), "reason", "is required");
    violations.require(
        reason.chars().count() <= LONGEST_REASON,
        "reason",
        "has 500 characters at most",
    );
    Ok(violations.into_result()?)
}

/// Erases a person.
pub async fn erase(
    api: &Api,
    who: Who,
    request: wire::EraseDebtorRequest,
) -> Result<wire::EraseDebtorResponse, Error> {
    let id = debtor_id(&request.debtor_id)?;
    check_reason(&request.reason)?;
    let begun = begin(api, &who, "EraseDebtor", &request.request_id, &request).await?;
    match begun {
        // Kept empty: how far it has come is read anew each time.
        Begin::Replayed(wire::EraseDebtorResponse { .. }) => {}
        Begin::Fresh(work) if request.validate_only => {
            let kept = erasure::foresee(&work, id).await?;
            let debtor = Some(convert::debtor(&debtors::get(&work, id).await?)?);
            drop(work);
            let elsewhere = foresee_letters(api, who.tenant, id, request.request_id).await;
            let retained = kept.into_iter().map(told).chain(elsewhere).collect();
            let pending_services = erasure::OTHERS.map(str::to_owned).to_vec();
            return Ok(wire::EraseDebtorResponse { debtor, retained, pending_services });
        }
        Begin::Fresh(work) => {
            let order = Order { reason: &request.reason, actor: &who.actor };
            erasure::order(&work, id, &order).await?;
            work.finish(wire::EraseDebtorResponse::default()).await?;
        }
    }
    carry_on(&api.store, &api.clients, who.tenant, id).await?;
    let work = api.store.begin(who.tenant).await?;
    let standing = erasure::standing(&work, id).await?;
    Ok(wire::EraseDebtorResponse {
        debtor: Some(convert::debtor(&debtors::get(&work, id).await?)?),
        retained: standing.retained.into_iter().map(told).collect(),
        pending_services: standing.pending,
    })
}

/// What messaging, which alone can tell without erasing, would keep; nothing where it does not answer.
async fn foresee_letters(
    api: &Api,
    tenant: TenantId,
    id: DebtorId,
    request_id: String,
) -> Vec<RetainedRecord> {
    let debtor_id = id.to_string();
    let request = messaging::ErasePersonDataRequest { request_id, debtor_id, validate_only: true };
    let answer = api.clients.messaging().erase_person_data(outgoing(tenant, request)).await;
    answer.map(|answer| answer.into_inner().retained).unwrap_or_default()
}

/// Asks every service that has not erased a person yet; how many still have not.
pub async fn carry_on(
    store: &Store,
    clients: &Clients,
    tenant: TenantId,
    id: DebtorId,
) -> Result<usize, Error> {
    let mut left = 0;
    for asked in erasure::unanswered(store, tenant, id).await? {
        match ask(clients, tenant, id, &asked).await {
            Ok(records) => {
                let kept: Vec<Retained> =
                    records.into_iter().map(|one| kept(&asked.service, one)).collect();
                erasure::answered(store, tenant, id, &asked.service, &kept).await?;
            }
            Err(status) => {
                let (service, code) = (&asked.service, status.code());
                tracing::warn!(service, ?code, "a service has not erased a person yet");
                left += 1;
            }
        }
    }
    Ok(left)
}

/// Does [`erasure::ERASE_PERSON`].
pub async fn run(store: &Store, clients: &Clients, item: &DueItem) -> Result<(), WorkFailure> {
    let id: DebtorId = item.key.parse().map_err(WorkFailure::new)?;
    let left = carry_on(store, clients, item.tenant, id).await.map_err(WorkFailure::passing)?;
    if left > 0 {
        return Err(WorkFailure::passing(format!("{left} services have not erased yet")));
    }
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    Ok(work.commit().await?)
}

async fn ask(
    clients: &Clients,
    tenant: TenantId,
    id: DebtorId,
    asked: &Asked,
) -> Result<Vec<RetainedRecord>, Status> {
    let (request_id, debtor_id) = (asked.request_id.clone(), id.to_string());
    macro_rules! ask {
        ($package:ident) => {{
            #[allow(clippy::needless_update, reason = "not every contract has further fields")]
            let request =
                $package::ErasePersonDataRequest { request_id, debtor_id, ..Default::default() };
            let answer = clients.$package().erase_person_data(outgoing(tenant, request)).await?;
            Ok(answer.into_inner().retained)
        }};
    }
    match asked.service.as_str() {
        "experimentation" => ask!(experimentation),
        "messaging" => ask!(messaging),
        "payments" => ask!(payments),
        "personas" => ask!(personas),
        _ => Err(Status::unimplemented("no such service")),
    }
}

fn kept(service: &str, record: RetainedRecord) -> Retained {
    Retained {
        service: service.to_owned(),
        kind: record.kind,
        norm: record.norm,
        count: record.count,
        until: record.until.and_then(|date| date.try_into().ok()),
    }
}

fn told(kept: Retained) -> RetainedRecord {
    RetainedRecord {
        service: kept.service,
        kind: kept.kind,
        norm: kept.norm,
        count: kept.count,
        until: kept.until.map(Into::into),
    }
}
