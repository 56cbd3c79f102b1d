//! Everything that is held about a person, record by record, with field names as in the contract.

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::DebtorId;
use serde_json::{Value, json};

use super::outside::{policy_class, wire_channel, wire_state};
use crate::domain::catalogue::{Channel, Salutation};
use crate::error::Error;
use crate::store::contacts::{self, Known, preference};
use crate::store::messages::{self, Message, receipt};
use crate::store::{claims, inbox, people};

/// A record about a person.
pub struct Record {
    /// What it is: `contact_point`, `message`, `receipt` and so on.
    pub kind: &'static str,
    /// Its own id, or that of what it belongs to.
    pub id: String,
    /// Everything held, as a JSON object.
    pub json: Value,
    /// Who supplied it: `creditor`, `debtor`, `provider`, `kulanz`.
    pub source: &'static str,
    /// When it came to be held.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Everything held about the person. After erasure what stays is told too: it holds nothing readable.
pub async fn export(work: &Work, debtor: DebtorId) -> Result<Vec<Record>, Error> {
    let mut records = Vec::new();
    records.extend(person(work, debtor).await?);
    let wishes = preference::load(work, debtor).await?;
    for known in contacts::known(work, debtor).await? {
        records.push(contact_point(known, &wishes.consented));
    }
    records.extend(preferences(work, debtor).await?);
    for (claim, mark) in claims::of_debtor(work, debtor).await? {
        let json = json!({
            "claim_id": claim,
            "notified_at": mark.notified_at,
            "paid_at": mark.paid_at,
            "arranged": mark.arranged,
            "promised_on": mark.promised_on,
        });
        let recorded_at = mark.notified_at.or(mark.paid_at);
        records.push(Record { kind: "claim_mark", id: claim, json, source: "kulanz", recorded_at });
    }
    for sent in messages::all_of_debtor(work, debtor).await? {
        let receipts = receipt::of_message(work, sent.id).await?;
        records.push(message(work, &sent).await?);
        records.extend(receipts.into_iter().map(receipt));
    }
    records.extend(inbox_entries(work, debtor).await?);
    Ok(records)
}

async fn person(work: &Work, debtor: DebtorId) -> Result<Option<Record>, Error> {
    let Some((person, updated_at)) = people::known(work, debtor).await? else { return Ok(None) };
    let json = json!({
        "debtor_id": debtor.to_string(),
        "company": person.company,
        "language": person.language.code(),
        "form_of_address": person.salutation.map(Salutation::level),
        "persona_probabilities": person.personas,
        "propensity_30d": person.propensity,
        "opted_out": person.opted_out,
        "portal_seen": person.portal_seen,
        "paused_until": person.paused_until,
        "agency_paused_until": person.agency_paused_until,
        "protected": person.protected,
        "erased": person.erased,
    });
    let (id, recorded_at) = (debtor.to_string(), Some(updated_at));
    Ok(Some(Record { kind: "person", id, json, source: "kulanz", recorded_at }))
}

fn contact_point(known: Known, consented: &[Channel]) -> Record {
    let suppressed = known.suppressed.map(|(reason, _)| reason.name());
    let since = known.suppressed.map(|(_, since)| since);
    let consented: Vec<_> = consented
        .iter()
        .filter(|channel| contacts::PointKind::of(**channel) == Some(known.kind))
        .map(|channel| wire_channel(*channel).as_str_name())
        .collect();
    let json = json!({
        "kind": known.kind.name(),
        "value": known.value,
        "state": known.state,
        "consented_channels": consented,
        "suppressed": suppressed,
        "suppressed_since": since,
        "rank": known.rank,
    });
    let recorded_at = Some(known.updated_at);
    // Claims owns what creditors supplied, and this is its copy.
    Record { kind: "contact_point", id: known.id, json, source: "creditor", recorded_at }
}

async fn preferences(work: &Work, debtor: DebtorId) -> Result<Option<Record>, Error> {
    let Some((wishes, stated_at)) = preference::stated(work, debtor).await? else {
        return Ok(None);
    };
    let names = |channels: &[Channel]| -> Vec<&str> {
        channels.iter().map(|channel| wire_channel(*channel).as_str_name()).collect()
    };
    let json = json!({
        "debtor_id": debtor.to_string(),
        "preferred_channels": names(&wishes.preferred),
        "refused_channels": names(&wishes.refused),
        "from_hour": wishes.from_hour,
        "until_hour": wishes.until_hour,
        "paused_until": wishes.paused_until,
        "consented_channels": names(&wishes.consented),
    });
    let (id, recorded_at) = (debtor.to_string(), Some(stated_at));
    Ok(Some(Record { kind: "contact_preferences", id, json, source: "debtor", recorded_at }))
}

async fn message(work: &Work, message: &Message) -> Result<Record, Error> {
    let body = messages::body(work, message).await?;
    let part = |read: fn(&messages::Body) -> &String| body.as_ref().map(read);
    let blocks = message.blocks.iter().map(|block| format!("{}@{}", block.key, block.version));
    let levels = message.treatment.levels().map(|level| (level.factor, level.level));
    let json = json!({
        "message_id": message.id.to_string(),
        "debtor_id": message.debtor.to_string(),
        "claim_ids": message.claims.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "channel": wire_channel(message.treatment.channel).as_str_name(),
        "state": wire_state(message.state).as_str_name(),
        "state_reason": message.state_reason,
        "subject": part(|body| &body.subject),
        "body": part(|body| &body.text),
        "address": part(|body| &body.address),
        "recipient": part(|body| &body.recipient),
        "decision_id": message.decision.map(|id| id.to_string()),
        "levels": levels.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "facts": message.facts,
        "scheduled_at": message.scheduled_at,
        "sent_at": message.sent_at,
        "authenticity_code": message.code,
        "policy_class": policy_class(message.class).as_str_name(),
        "block_ids": blocks.collect::<Vec<_>>(),
        "evidence_hash": message.evidence,
        "create_time": message.created_at,
        "language": message.language.code(),
    });
    let recorded_at = Some(message.created_at);
    Ok(Record { kind: "message", id: message.id.to_string(), json, source: "kulanz", recorded_at })
}

fn receipt(row: receipt::Model) -> Record {
    let json = json!({
        "message_id": row.message_id,
        "kind": row.kind,
        "provider_code": row.provider_code,
        "occurred_at": row.occurred_at,
    });
    let recorded_at = Some(row.recorded_at);
    Record { kind: "receipt", id: row.message_id, json, source: "provider", recorded_at }
}

/// What the inbox received: the message as it was handed over.
async fn inbox_entries(work: &Work, debtor: DebtorId) -> Result<Vec<Record>, Error> {
    let entries = inbox::of_debtor(work, debtor).await?;
    let record = |entry: inbox::Entry| {
        let json = json!({
            "message_id": entry.message,
            "channel": wire_channel(entry.channel).as_str_name(),
            "subject": entry.body.subject,
            "body": entry.body.text,
            "html": entry.body.html,
            "address": entry.body.address,
            "recipient": entry.body.recipient,
        });
        let recorded_at = Some(entry.received_at);
        Record { kind: "inbox_entry", id: entry.message, json, source: "kulanz", recorded_at }
    };
    Ok(entries.into_iter().map(record).collect())
}
