//! What this service holds about a person (Art. 15 GDPR), and its end (Art. 17 GDPR).

use futures::{StreamExt as _, stream};
use kulanz_chassis::{Streamed, parse_field};
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::types::v1::PersonDataPart;
use kulanz_store::Begin;
use kulanz_types::TenantId;

use super::Server;
use crate::app::people::{self, Record};
use crate::error::Error;

const ERASE: &str = "kulanz.experimentation.v1.ExperimentationService/ErasePersonData";

impl Server {
    pub(super) async fn export(
        &self,
        tenant: TenantId,
        request: &pb::ExportPersonDataRequest,
    ) -> Result<Streamed<pb::ExportPersonDataResponse>, Error> {
        let debtor = parse_field("debtor_id", &request.debtor_id).map_err(Error::Invalid)?;
        let records = people::export(&self.store, tenant, debtor).await?;
        let responses = records.into_iter().map(|record| Ok(response(record)));
        Ok(stream::iter(responses).boxed())
    }

    pub(super) async fn erase(
        &self,
        tenant: TenantId,
        request: pb::ErasePersonDataRequest,
    ) -> Result<pb::ErasePersonDataResponse, Error> {
        let begun = self.store.begin_write(tenant, ERASE, &request.request_id, &request).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let debtor = parse_field("debtor_id", &request.debtor_id).map_err(Error::Invalid)?;
        people::erase(&work, debtor).await?;
        Ok(work.finish(pb::ErasePersonDataResponse::default()).await?)
    }
}

fn response(record: Record) -> pb::ExportPersonDataResponse {
    let part = PersonDataPart {
        service: "experimentation".to_owned(),
        kind: record.kind.to_owned(),
        record_id: record.id,
        json: record.json,
        source: "kulanz".to_owned(),
        recorded_at: Some(timestamp(record.recorded_at)),
    };
    pb::ExportPersonDataResponse { part: Some(part) }
}
