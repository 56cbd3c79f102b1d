//! What this service holds about a person (Art. 15 GDPR), and its end (Art. 17 GDPR).

use futures::{StreamExt as _, stream};
use kulanz_chassis::{Answer, Caller, Streamed, answer};
use kulanz_proto::convert::timestamp;
use kulanz_proto::messaging::v1 as proto;
use kulanz_proto::types::v1::{PersonDataPart, RetainedRecord};
use kulanz_store::Begin;
use kulanz_types::TenantId;
use tonic::Request;

use super::convert::id;
use crate::app::Messaging;
use crate::app::erasure::{self, Retained};
use crate::app::person_data::{self, Record};
use crate::error::Error;

const SERVICE: &str = "messaging";

pub(super) async fn export(
    service: &Messaging,
    request: Request<proto::ExportPersonDataRequest>,
) -> Answer<Streamed<proto::ExportPersonDataResponse>> {
    let tenant = Caller::of(&request)?.tenant()?;
    answer(exported(service, tenant, request.get_ref()).await)
}

async fn exported(
    service: &Messaging,
    tenant: TenantId,
    request: &proto::ExportPersonDataRequest,
) -> Result<Streamed<proto::ExportPersonDataResponse>, Error> {
    let debtor = id("debtor_id", &request.debtor_id)?;
    let work = service.store.begin(tenant).await?;
    let records = person_data::export(&work, debtor).await?;
    Ok(stream::iter(records.into_iter().map(|record| Ok(response(record)))).boxed())
}

fn response(record: Record) -> proto::ExportPersonDataResponse {
    let part = PersonDataPart {
        service: SERVICE.to_owned(),
        kind: record.kind.to_owned(),
        record_id: record.id,
        json: record.json.to_string(),
        source: record.source.to_owned(),
        recorded_at: record.recorded_at.map(timestamp),
    };
    proto::ExportPersonDataResponse { part: Some(part) }
}

pub(super) async fn erase(
    service: &Messaging,
    request: Request<proto::ErasePersonDataRequest>,
) -> Answer<proto::ErasePersonDataResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    answer(erased(service, tenant, &request.into_inner()).await)
}

async fn erased(
    service: &Messaging,
    tenant: TenantId,
    request: &proto::ErasePersonDataRequest,
) -> Result<proto::ErasePersonDataResponse, Error> {
    let debtor = id("debtor_id", &request.debtor_id)?;
    let begun = service.store.begin_write(tenant, "ErasePersonData", &request.request_id, request);
    let work = match begun.await? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let retained = erasure::erase(&work, debtor).await?;
    let retained = retained.into_iter().map(wire).collect();
    let reply = proto::ErasePersonDataResponse { retained };
    if request.validate_only {
        return Ok(reply);
    }
    Ok(work.finish(reply).await?)
}

fn wire(retained: Retained) -> RetainedRecord {
    RetainedRecord {
        service: SERVICE.to_owned(),
        kind: retained.kind.to_owned(),
        norm: retained.norm.to_owned(),
        count: i64::try_from(retained.count).unwrap_or(i64::MAX),
        until: retained.until.map(Into::into),
    }
}
