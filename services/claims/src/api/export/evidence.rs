//! What a person was asked to show, and the files that came, to the byte.

use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::timestamp;
use kulanz_proto::types::v1::PersonDataPart;
use kulanz_store::Work;
use kulanz_types::{DebtorId, TenantId};

use super::own::part;
use super::{Copy, Ended};
use crate::api::Api;
use crate::app::evidence::{WANTED, piece, slot_key};
use crate::error::Error;
use crate::store::{challenge, evidence, evidence_slot};

/// Copies both, challenge by challenge.
pub async fn copy(api: &Api, tenant: TenantId, id: DebtorId, copy: &Copy) -> Result<(), Ended> {
    let work = api.store.begin(tenant).await?;
    let challenges = challenge::of_debtor(&work, &id.to_string()).await?;
    drop(work);
    for row in challenges {
        let work = api.store.begin(tenant).await?;
        let asked = asked_for(&work, id, &row.challenge_id).await?;
        let files = evidence::of_challenge(&work, &row.challenge_id).await?;
        drop(work);
        copy.add_all(asked).await?;
        for file in &files {
            bytes(api, tenant, file, copy).await?;
        }
    }
    Ok(())
}

async fn asked_for(
    work: &Work,
    id: DebtorId,
    challenge_id: &str,
) -> Result<Vec<PersonDataPart>, Error> {
    let mut parts = Vec::new();
    for row in evidence_slot::of_challenge(work, challenge_id).await? {
        let key = slot_key(challenge_id, &row.slot);
        let wanted = work.open(id, WANTED, &key, &row.wanted).await?.unwrap_or_default();
        let slot = wire::EvidenceSlot {
            wanted: String::from_utf8_lossy(&wanted).into_owned(),
            requested_at: Some(timestamp(row.requested_at)),
            wanted_by: row.wanted_by.map(Into::into),
            slot: row.slot,
            files: Vec::new(),
        };
        parts.push(part("evidence_slot", &key, &slot, "kulanz", row.requested_at)?);
    }
    Ok(parts)
}

/// A file in pieces, as `GetEvidence` tells it; the record `evidence` says what it is.
async fn bytes(
    api: &Api,
    tenant: TenantId,
    file: &evidence::Model,
    copy: &Copy,
) -> Result<(), Ended> {
    for number in 0.. {
        let work = api.store.begin(tenant).await?;
        let chunk = piece(&work, file, number).await?;
        drop(work);
        let Some(chunk) = chunk else { break };
        let record_id = format!("{}/{number}", file.evidence_id);
        let message = wire::GetEvidenceResponse { file: None, chunk };
        let source = if file.uploaded_by.starts_with("debtor:") { "debtor" } else { "kulanz" };
        copy.add(part("evidence_piece", &record_id, &message, source, file.uploaded_at)?).await?;
    }
    Ok(())
}
