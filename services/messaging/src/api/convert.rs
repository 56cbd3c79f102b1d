//! Between the contract's values and our own.

use std::collections::BTreeMap;

use kulanz_chassis::parse_field;
use kulanz_proto::convert::timestamp;
use kulanz_proto::messaging::v1 as proto;
use kulanz_proto::types::v1::Channel as WireChannel;

use crate::app::outside::{own_channel, policy_class, wire_channel, wire_state};
use crate::domain::blocks::Language;
use crate::domain::catalogue::{Channel, Motive, Offer, Salutation, Slot, Tone, Treatment};
use crate::domain::lint::{Finding, Severity};
use crate::domain::message::{MessageClass, MessageState};
use crate::error::Error;
use crate::store::blocks::TenantBlock;
use crate::store::contacts::preference::Preferences;
use crate::store::messages::{Body, Message};

/// An id of a request.
pub fn id<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    parse_field(field, text).map_err(Error::Invalid)
}

/// A channel of a request; nothing when it is not stated.
pub fn channel(field: &str, wire: i32) -> Result<Option<Channel>, Error> {
    let unknown = || Error::field(field, "is no channel that carries messages");
    match WireChannel::try_from(wire).map_err(|_| unknown())? {
        WireChannel::Unspecified => Ok(None),
        stated => own_channel(stated).map(Some).ok_or_else(unknown),
    }
}

/// A class of a request; an outreach when it is not stated.
pub fn message_class(wire: proto::PolicyClass) -> MessageClass {
    match wire {
        proto::PolicyClass::FirstNotice => MessageClass::FirstNotice,
        proto::PolicyClass::Outreach | proto::PolicyClass::Unspecified => MessageClass::Outreach,
        proto::PolicyClass::Answer => MessageClass::Answer,
        proto::PolicyClass::Legal => MessageClass::Legal,
    }
}

/// Our states behind one of the contract's.
pub fn states(field: &str, wire: &[i32]) -> Result<Vec<MessageState>, Error> {
    let mut states = Vec::new();
    for one in wire {
        let asked = proto::MessageState::try_from(*one)
            .map_err(|_| Error::field(field, "is no state of a message"))?;
        states.extend(MessageState::ALL.into_iter().filter(|state| wire_state(*state) == asked));
    }
    Ok(states)
}

/// A message as the contract shows it.
pub fn message(message: &Message, body: Option<Body>) -> proto::Message {
    let (subject, text) = body.map(|body| (body.subject, body.text)).unwrap_or_default();
    let blocks = message.blocks.iter().map(|block| format!("{}@{}", block.key, block.version));
    proto::Message {
        message_id: message.id.to_string(),
        debtor_id: message.debtor.to_string(),
        claim_ids: message.claims.iter().map(ToString::to_string).collect(),
        channel: wire_channel(message.treatment.channel).into(),
        state: wire_state(message.state).into(),
        state_reason: message.state_reason.clone(),
        subject,
        body: text,
        decision_id: message.decision.map(|id| id.to_string()).unwrap_or_default(),
        scheduled_at: Some(timestamp(message.scheduled_at)),
        sent_at: message.sent_at.map(timestamp),
        authenticity_code: message.code.clone().unwrap_or_default(),
        policy_class: policy_class(message.class).into(),
        block_ids: blocks.collect(),
        evidence_hash: message.evidence.clone(),
        create_time: Some(timestamp(message.created_at)),
        language: message.language.code().to_owned(),
    }
}

/// Preferences as the contract shows them.
pub fn preferences(debtor_id: String, wishes: &Preferences) -> proto::ContactPreferences {
    let wire = |channels: &[Channel]| -> Vec<i32> {
        channels.iter().map(|channel| wire_channel(*channel).into()).collect()
    };
    let hour = |hour: Option<u32>| hour.and_then(|hour| i32::try_from(hour).ok());
    proto::ContactPreferences {
        debtor_id,
        preferred_channels: wire(&wishes.preferred),
        refused_channels: wire(&wishes.refused),
        from_hour: hour(wishes.from_hour),
        until_hour: hour(wishes.until_hour),
        paused_until: wishes.paused_until.map(Into::into),
        consented_channels: wire(&wishes.consented),
    }
}

/// A treatment from a channel and stated levels; what is not stated is plain.
pub fn treatment(
    channel: Option<Channel>,
    levels: &BTreeMap<String, String>,
) -> Result<Treatment, Error> {
    Ok(Treatment {
        channel: channel.unwrap_or(Channel::Email),
        tone: level(levels, Tone::FACTOR, Tone::parse)?.unwrap_or(Tone::Plain),
        motive: level(levels, Motive::FACTOR, Motive::parse)?.unwrap_or(Motive::Plain),
        slot: level(levels, Slot::FACTOR, Slot::parse)?.unwrap_or(Slot::EarlyWeekMorning),
        offer: level(levels, Offer::FACTOR, Offer::parse)?.unwrap_or(Offer::Choice),
        salutation: level(levels, Salutation::FACTOR, Salutation::parse)?
            .unwrap_or(Salutation::Sie),
    })
}

fn level<T>(
    levels: &BTreeMap<String, String>,
    factor: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(stated) = levels.get(factor) else { return Ok(None) };
    parse(stated)
        .map(Some)
        .ok_or_else(|| Error::field(format!("levels[{factor}]"), "is not in the catalogue"))
}

/// Findings as the contract shows them; places are counted in characters of `text`.
pub fn findings(text: &str, findings: Vec<Finding>) -> Vec<proto::LintFinding> {
    let lower = text.to_lowercase();
    findings
        .into_iter()
        .map(|finding| {
            let (start, end) = place(&lower, &finding.excerpt.to_lowercase());
            let severity = match finding.severity {
                Severity::Blocking => proto::LintSeverity::Error,
                Severity::Advice => proto::LintSeverity::Warning,
            };
            proto::LintFinding {
                rule_id: finding.rule.to_owned(),
                severity: severity.into(),
                message: finding.hint.to_owned(),
                start,
                end,
            }
        })
        .collect()
}

/// Where an excerpt stands, in characters; the whole text when it is a figure.
fn place(text: &str, excerpt: &str) -> (i32, i32) {
    let count = |text: &str| i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
    match text.find(excerpt).filter(|_| !excerpt.is_empty()) {
        Some(byte) => {
            let start = count(&text[..byte]);
            (start, start + count(excerpt))
        }
        None => (0, count(text)),
    }
}

/// A tenant's block as the contract shows it.
pub fn block(block: &TenantBlock) -> proto::Block {
    let state = if block.approved { proto::BlockState::Approved } else { proto::BlockState::Draft };
    let channels = block.channels.iter().filter_map(|channel| Channel::parse(channel));
    proto::Block {
        block_id: block.id.to_string(),
        slot: block.slot.clone(),
        channels: channels.map(|channel| wire_channel(channel).into()).collect(),
        language: block.language.clone(),
        levels: block.levels.clone(),
        text: block.body.clone(),
        version: i32::try_from(block.version).unwrap_or(i32::MAX),
        state: state.into(),
        approved_by: block.approved_by.clone(),
        approved_at: block.approved_at.map(timestamp),
        etag: crate::app::blocks::etag(block),
    }
}

/// The language of a request; `None` when it is not stated.
pub fn language(tag: &str) -> Option<Language> {
    (!tag.is_empty()).then(|| Language::of(tag))
}
