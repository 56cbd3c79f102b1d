//! The audit log as it is read.

use kulanz_chassis::{Streamed, status};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::timestamp;
use kulanz_store::AuditRecord;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::Api;
use super::who::Who;
use crate::error::Error;

/// Records that are read at a time.
const PAGE: u64 = 500;

type Answer = Result<wire::ListAuditRecordsResponse, Status>;

/// Sends the sealed records of the caller's tenant, oldest first. What is committed by now is sealed
/// first.
pub async fn list(
    api: &Api,
    who: Who,
    request: wire::ListAuditRecordsRequest,
) -> Result<Streamed<wire::ListAuditRecordsResponse>, Error> {
    if request.after < 0 {
        return Err(Error::field("after", "is a sequence, or 0 to begin at the first"));
    }
    api.store.seal_audit(who.tenant).await?;
    let (sender, receiver) = mpsc::channel(64);
    tokio::spawn(send(api.clone(), who, request, sender));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

async fn send(api: Api, who: Who, request: wire::ListAuditRecordsRequest, sender: Sender<Answer>) {
    let mut after = request.after;
    let subject = Some(request.subject_id.as_str()).filter(|subject| !subject.is_empty());
    loop {
        let records = match page(&api, &who, after, subject).await {
            Ok(records) => records,
            Err(error) => return drop(sender.send(Err(status(error))).await),
        };
        let Some(last) = records.last() else { return };
        after = last.sequence;
        for record in records {
            let record = Some(message(record));
            let sent = sender.send(Ok(wire::ListAuditRecordsResponse { record })).await;
            if sent.is_err() {
                return;
            }
        }
    }
}

async fn page(
    api: &Api,
    who: &Who,
    after: i64,
    subject: Option<&str>,
) -> Result<Vec<AuditRecord>, Error> {
    let work = api.store.begin(who.tenant).await?;
    Ok(work.audit_records(after, subject, PAGE).await?)
}

/// A record on the wire.
pub fn message(record: AuditRecord) -> wire::AuditRecord {
    wire::AuditRecord {
        sequence: record.sequence,
        at: Some(timestamp(record.at)),
        actor: record.actor,
        action: record.action,
        subject_id: record.subject_id,
        facts: record.facts.into_iter().collect(),
        hash: record.hash,
        previous_hash: record.previous_hash,
    }
}
