//! What this service holds about a person (Art. 15 GDPR), and its end (Art. 17 GDPR).

use futures::{StreamExt as _, stream};
use kulanz_chassis::{Answer, Caller, Streamed, answer, parse_field, status};
use kulanz_proto::convert::timestamp;
use kulanz_proto::payments::v1;
use kulanz_proto::types::v1::{PersonDataPart, RetainedRecord};
use kulanz_store::Begin;
use kulanz_types::DebtorId;
use tonic::{Request, Response};

use super::write;
use crate::app::Desk;
use crate::app::people::{self, Record, Retained};
use crate::error::Error;

pub async fn export(
    desk: &Desk,
    request: Request<v1::ExportPersonDataRequest>,
) -> Answer<Streamed<v1::ExportPersonDataResponse>> {
    let caller = Caller::of(&request)?;
    let debtor = debtor_id(&request.get_ref().debtor_id).map_err(status)?;
    let records = people::export(desk, caller.tenant()?, debtor).await.map_err(status)?;
    let parts = records.into_iter().map(|record| Ok(part(record)));
    Ok(Response::new(stream::iter(parts).boxed()))
}

pub async fn erase(
    desk: &Desk,
    request: Request<v1::ErasePersonDataRequest>,
) -> Answer<v1::ErasePersonDataResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let debtor = debtor_id(&request.debtor_id).map_err(status)?;
    let write = write(&caller, "ErasePersonData", (&request.request_id, &request))?;
    let erased = async {
        let work = match desk.begin(&write).await? {
            Begin::Replayed(earlier) => return Ok(earlier),
            Begin::Fresh(work) => work,
        };
        let retained = people::erase(&work, debtor).await?;
        let retained = retained.into_iter().map(retained_record).collect();
        Ok::<_, Error>(work.finish(v1::ErasePersonDataResponse { retained }).await?)
    };
    answer(erased.await)
}

fn debtor_id(text: &str) -> Result<DebtorId, Error> {
    parse_field("debtor_id", text).map_err(Error::Invalid)
}

fn part(record: Record) -> v1::ExportPersonDataResponse {
    let part = PersonDataPart {
        service: crate::NAME.to_owned(),
        kind: record.kind.to_owned(),
        record_id: record.id,
        json: record.json.to_string(),
        source: record.source.to_owned(),
        recorded_at: record.recorded_at.map(timestamp),
    };
    v1::ExportPersonDataResponse { part: Some(part) }
}

fn retained_record(retained: Retained) -> RetainedRecord {
    RetainedRecord {
        service: crate::NAME.to_owned(),
        kind: retained.kind.to_owned(),
        norm: retained.norm.to_owned(),
        count: i64::try_from(retained.count).unwrap_or(i64::MAX),
        until: retained.until.map(Into::into),
    }
}
