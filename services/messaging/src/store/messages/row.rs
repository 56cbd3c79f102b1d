//! Table `message`.

use kulanz_store::Work;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;
use std::collections::BTreeMap;

use super::super::{from_text, to_text};
use super::Message;
use crate::domain::blocks::Language;
use crate::domain::catalogue::Treatment;
use crate::domain::compose::Topic;
use crate::domain::message::{MessageClass, MessageState};
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    pub debtor_id: String,
    pub claim_ids: String,
    pub channel: String,
    pub class: String,
    pub topic: String,
    pub state: String,
    pub state_reason: String,
    pub treatment: String,
    pub language: String,
    pub decision_id: Option<String>,
    pub cause: String,
    pub facts: String,
    pub sealed: Option<Vec<u8>>,
    pub blocks: String,
    pub evidence_hash: String,
    pub code: Option<String>,
    pub scheduled_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub version: i64,
    pub address_index: String,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Message {
    /// The row, without the sealed body.
    pub(super) fn to_row(&self, work: &Work) -> Result<ActiveModel, Error> {
        let levels: BTreeMap<&str, &str> =
            self.treatment.levels().into_iter().map(|level| (level.factor, level.level)).collect();
        Ok(ActiveModel {
            tenant_id: Set(work.tenant().to_string()),
            message_id: Set(self.id.to_string()),
            debtor_id: Set(self.debtor.to_string()),
            claim_ids: Set(to_text("message.claim_ids", &self.claims)?),
            channel: Set(self.treatment.channel.level().to_owned()),
            class: Set(self.class.name().to_owned()),
            topic: Set(self.topic.map_or("", Topic::name).to_owned()),
            state: Set(self.state.name().to_owned()),
            state_reason: Set(self.state_reason.clone()),
            treatment: Set(to_text("message.treatment", &levels)?),
            language: Set(self.language.code().to_owned()),
            decision_id: Set(self.decision.map(|decision| decision.to_string())),
            cause: Set(self.cause.clone()),
            facts: Set(to_text("message.facts", &self.facts)?),
            sealed: NotSet,
            blocks: Set(to_text("message.blocks", &self.blocks)?),
            evidence_hash: Set(self.evidence.clone()),
            code: Set(self.code.clone()),
            scheduled_at: Set(self.scheduled_at),
            sent_at: Set(self.sent_at),
            created_at: Set(self.created_at),
            version: Set(self.version),
            address_index: NotSet,
        })
    }

    /// The message of a row.
    pub(super) fn from_row(row: Model) -> Result<Self, Error> {
        let levels: BTreeMap<String, String> = from_text("message.treatment", &row.treatment)?;
        let pairs = levels.iter().map(|(factor, level)| (factor.as_str(), level.as_str()));
        Ok(Self {
            id: row.message_id.parse().map_err(|_| Error::Row("message.message_id"))?,
            debtor: row.debtor_id.parse().map_err(|_| Error::Row("message.debtor_id"))?,
            claims: row.claims()?,
            class: MessageClass::parse(&row.class).ok_or(Error::Row("message.class"))?,
            topic: Topic::parse(&row.topic),
            treatment: Treatment::from_levels(pairs).ok_or(Error::Row("message.treatment"))?,
            language: Language::of(&row.language),
            state: MessageState::parse(&row.state).ok_or(Error::Row("message.state"))?,
            state_reason: row.state_reason,
            decision: row
                .decision_id
                .map(|id| id.parse().map_err(|_| Error::Row("message.decision_id")))
                .transpose()?,
            cause: row.cause,
            facts: from_text("message.facts", &row.facts)?,
            blocks: from_text("message.blocks", &row.blocks)?,
            evidence: row.evidence_hash,
            code: row.code,
            scheduled_at: row.scheduled_at,
            sent_at: row.sent_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
