use chrono::{DateTime, Utc};
use kulanz_proto::convert::timestamp;
use kulanz_proto::types::v1::PersonDataPart;
use kulanz_types::{DebtorId, TenantId};
use prost::{Message, Name};

use super::{Copy, Ended, json};
use crate::api::{Api, account, audit, convert};
use crate::app::{claims, debtors};
use crate::error::Error;
use crate::store::person_rows::{self, SECTIONS};
use crate::store::{claim, entry};

/// Audit records that are read at a time.
const PAGE: u64 = 200;

/// Copies what claims holds. Nothing is held open while the reader takes its time.
pub async fn copy(api: &Api, tenant: TenantId, id: DebtorId, copy: &Copy) -> Result<(), Ended> {
    let work = api.store.begin(tenant).await?;
    let view = debtors::get(&work, id).await?;
    let owed = claim::of_debtors(&work, vec![id.to_string()]).await?;
    let mut debtor = convert::debtor(&view)?;
    debtor.provenance = convert::provenance(&view);
    drop(work);
    copy.add(part("debtor", &debtor.debtor_id, &debtor, "creditor", view.row.created_at)?).await?;
    let mut subjects = vec![id.to_string()];
    for claim in owed {
        subjects.push(claim.claim_id.clone());
        let work = api.store.begin(tenant).await?;
        let parts = of_claim(&work, claim).await?;
        drop(work);
        copy.add_all(parts).await?;
    }
    for section in SECTIONS {
        let work = api.store.begin(tenant).await?;
        let rows = person_rows::rows(&work, section, id).await?;
        drop(work);
        for row in rows {
            let part = PersonDataPart {
                service: "claims".to_owned(),
                kind: section.kind.to_owned(),
                record_id: row.id,
                json: row.json,
                source: section.source.to_owned(),
                recorded_at: row.recorded_at.map(timestamp),
            };
            copy.add(part).await?;
        }
    }
    audit_records(api, tenant, subjects, copy).await
}

/// A claim with its history, and each entry of its account.
async fn of_claim(
    work: &kulanz_store::Work,
    row: claim::Model,
) -> Result<Vec<PersonDataPart>, Error> {
    let (id, created_at, claimed) = (row.claim_id.clone(), row.created_at, row.clone());
    let claim = convert::claim(&claims::view(work, row).await?)?;
    let mut parts = vec![part("claim", &id, &claim, "creditor", created_at)?];
    for row in entry::of_claim(work, &id, 0, None).await? {
        let source = if row.kind == "principal" { "creditor" } else { "kulanz" };
        let booked_at = row.booked_at;
        let entry = account::message(work, &claimed, row).await?;
        parts.push(part("entry", &entry.entry_id, &entry, source, booked_at)?);
    }
    Ok(parts)
}

/// What the audit log says about the person and their claims.
async fn audit_records(
    api: &Api,
    tenant: TenantId,
    subjects: Vec<String>,
    copy: &Copy,
) -> Result<(), Ended> {
    api.store.seal_audit(tenant).await?;
    for subject in subjects {
        let mut after = 0;
        loop {
            let work = api.store.begin(tenant).await?;
            let records = work.audit_records(after, Some(&subject), PAGE).await?;
            drop(work);
            let Some(last) = records.last() else { break };
            after = last.sequence;
            for record in records {
                let (id, at) = (record.sequence.to_string(), record.at);
                let record = audit::message(record);
                copy.add(part("audit_record", &id, &record, "kulanz", at)?).await?;
            }
        }
    }
    Ok(())
}

/// A record that is told as a message of the contract.
pub fn part<M: Message + Name>(
    kind: &str,
    id: &str,
    message: &M,
    source: &str,
    recorded_at: DateTime<Utc>,
) -> Result<PersonDataPart, Error> {
    Ok(PersonDataPart {
        service: "claims".to_owned(),
        kind: kind.to_owned(),
        record_id: id.to_owned(),
        json: json::of_message(message)?,
        source: source.to_owned(),
        recorded_at: Some(timestamp(recorded_at)),
    })
}
