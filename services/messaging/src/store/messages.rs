//! Messages and their receipts.

pub mod receipt;
pub mod row;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::{DebtorId, MessageId};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use crate::domain::answer::{READER, REPRESENTATIVE};
use crate::domain::blocks::Language;
use crate::domain::catalogue::{Slot, Treatment};
use crate::domain::compose::{BlockUse, Topic};
use crate::domain::message::{MessageClass, MessageState};
use crate::error::Error;
use kulanz_types::{ClaimId, DecisionId};

use super::contacts::PointKind;
use row::{Column, Entity, Model};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, fixed for life.
    pub id: MessageId,
    /// To whom.
    pub debtor: DebtorId,
    /// About which claims.
    pub claims: Vec<ClaimId>,
    /// Why.
    pub class: MessageClass,
    /// What about, for answers.
    pub topic: Option<Topic>,
    /// How.
    pub treatment: Treatment,
    /// Language of the text.
    pub language: Language,
    /// Where it stands.
    pub state: MessageState,
    /// Why it stands there.
    pub state_reason: String,
    /// The decision that caused it.
    pub decision: Option<DecisionId>,
    /// What caused it, unique within the tenant: a message is made once per cause.
    pub cause: String,
    /// Values for its text that name nobody, such as a promised day.
    pub facts: BTreeMap<String, String>,
    /// Blocks used, once composed.
    pub blocks: Vec<BlockUse>,
    /// SHA-256 of what was handed over, hexadecimal.
    pub evidence: String,
    /// Authenticity code, once composed.
    pub code: Option<String>,
    /// When it is due.
    pub scheduled_at: DateTime<Utc>,
    /// When it was handed over.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Message {
    /// Whether whoever acts for the person reads it.
    pub fn is_for_a_representative(&self) -> bool {
        self.facts.get(READER).is_some_and(|reader| reader == REPRESENTATIVE)
    }
}

/// What was composed, as kept sealed in the message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Body {
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML; empty for pointers.
    pub html: String,
    /// Address it goes to.
    pub address: String,
    /// Name of the recipient.
    pub recipient: String,
    /// Name of the sender.
    pub sender: String,
}

const SEALED: &str = "message.sealed";

/// Adds a message; `false` when its cause made one before.
pub async fn insert(work: &Work, message: &Message) -> Result<bool, Error> {
    let conflict = sea_orm::sea_query::OnConflict::columns([Column::TenantId, Column::Cause])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(message.to_row(work)?)
        .on_conflict(conflict)
        .exec_without_returning(work.db())
        .await?;
    Ok(inserted > 0)
}

/// Keeps a message that was read before; fails with [`Error::MessageState`] when another
/// transaction changed it since.
pub async fn update(work: &Work, message: &mut Message) -> Result<(), Error> {
    let read = message.version;
    message.version += 1;
    let changed = Entity::update_many()
        .set(message.to_row(work)?)
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::MessageId.eq(message.id.to_string()))
        .filter(Column::Version.eq(read))
        .exec(work.db())
        .await?;
    if changed.rows_affected == 1 {
        Ok(())
    } else {
        Err(Error::MessageState(message.id.to_string()))
    }
}

/// Keeps the composed body, sealed, and by which address it goes.
pub async fn set_body(work: &Work, message: &Message, body: &Body) -> Result<(), Error> {
    let id = message.id.to_string();
    let sealed = work.seal_json(message.debtor, SEALED, &id, body).await?;
    let kind = PointKind::of(message.treatment.channel);
    let address = kind.map_or_else(String::new, |kind| kind.blind(work, &body.address));
    Entity::update_many()
        .col_expr(Column::Sealed, Expr::value(sealed))
        .col_expr(Column::AddressIndex, Expr::value(address))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::MessageId.eq(id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// The composed body; `None` before composition and after the person was erased.
pub async fn body(work: &Work, message: &Message) -> Result<Option<Body>, Error> {
    let key = (work.tenant().to_string(), message.id.to_string());
    let Some(row) = Entity::find_by_id(key).one(work.db()).await? else { return Ok(None) };
    let Some(sealed) = row.sealed else { return Ok(None) };
    Ok(work.open_json(message.debtor, SEALED, &row.message_id, &sealed).await?)
}

/// The blind index of the address to which the message was handed over; empty where there was none.
pub async fn address_index(work: &Work, id: MessageId) -> Result<String, Error> {
    let key = (work.tenant().to_string(), id.to_string());
    let found = Entity::find_by_id(key).one(work.db()).await?;
    Ok(found.map(|row| row.address_index).unwrap_or_default())
}

/// How often in a row a message to this address did not arrive.
pub async fn failed_in_a_row(work: &Work, address_index: &str) -> Result<usize, Error> {
    let rows = work
        .own::<Entity>()
        .filter(Column::AddressIndex.eq(address_index))
        .order_by_desc(Column::MessageId)
        .all(work.db())
        .await?;
    let failed = |row: &Model| row.state == MessageState::Failed.name();
    let told = rows.iter().filter(|row| failed(row) || row.state == MessageState::Delivered.name());
    Ok(told.take_while(|row| failed(row)).count())
}

/// A message of this tenant.
pub async fn find(work: &Work, id: MessageId) -> Result<Option<Message>, Error> {
    let key = (work.tenant().to_string(), id.to_string());
    Entity::find_by_id(key).one(work.db()).await?.map(Message::from_row).transpose()
}

/// The message with this authenticity code.
pub async fn find_by_code(work: &Work, code: &str) -> Result<Option<Message>, Error> {
    let found = work.own::<Entity>().filter(Column::Code.eq(code));
    found.one(work.db()).await?.map(Message::from_row).transpose()
}

/// A person's messages in some states, oldest first.
pub async fn of_debtor(
    work: &Work,
    debtor: DebtorId,
    states: &[MessageState],
) -> Result<Vec<Message>, Error> {
    let found = work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .filter(Column::State.is_in(states.iter().map(|state| state.name())))
        .order_by_asc(Column::MessageId);
    found.all(work.db()).await?.into_iter().map(Message::from_row).collect()
}

/// All messages of a person, oldest first.
pub async fn all_of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<Message>, Error> {
    of_debtor(work, debtor, &MessageState::ALL).await
}

/// Takes away everything about a message that tells of its person. Whether it stays: what was, or may
/// have been, handed over leaves its id, its claims, when, how, and the hash of what was said.
pub async fn strip(work: &Work, message: Message) -> Result<bool, Error> {
    let key = (work.tenant().to_string(), message.id.to_string());
    let attempted = message.state == MessageState::Attempted;
    if message.sent_at.is_none() && !attempted {
        Entity::delete_by_id(key).exec(work.db()).await?;
        return Ok(false);
    }
    let treatment = Treatment::plain(message.treatment.channel, Slot::EarlyWeekMorning);
    let mut proof = Message {
        state: if attempted { MessageState::Unknown } else { message.state },
        state_reason: String::new(),
        topic: None,
        treatment,
        decision: None,
        cause: format!("erased:{}", message.id),
        facts: BTreeMap::new(),
        blocks: Vec::new(),
        code: None,
        sent_at: Some(message.sent_at.unwrap_or(work.now())),
        ..message
    };
    update(work, &mut proof).await?;
    Entity::update_many()
        .col_expr(Column::Sealed, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::AddressIndex, Expr::value(""))
        .filter(Column::TenantId.eq(key.0))
        .filter(Column::MessageId.eq(key.1))
        .exec(work.db())
        .await?;
    Ok(true)
}

/// Whether another first notice about a claim of this one was, or may have been, handed over since this
/// one was made.
pub async fn was_told_since(work: &Work, message: &Message) -> Result<bool, Error> {
    if message.class != MessageClass::FirstNotice {
        return Ok(false);
    }
    let told = MessageState::ALL.into_iter().filter(|state| state.may_have_arrived());
    let told = of_debtor(work, message.debtor, &told.collect::<Vec<_>>()).await?;
    Ok(told.iter().any(|other| {
        other.id != message.id
            && other.class == MessageClass::FirstNotice
            && other.sent_at.is_none_or(|at| at >= message.created_at)
            && other.claims.iter().any(|claim| message.claims.contains(claim))
    }))
}

/// Instants of those of a person's messages that count against her budget: made or planned.
pub fn contacts(messages: &[Message]) -> Vec<DateTime<Utc>> {
    let goes_out =
        |state: MessageState| state.may_have_arrived() || state == MessageState::Scheduled;
    let counted =
        messages.iter().filter(|message| goes_out(message.state) && message.class.counts());
    counted.map(|message| message.sent_at.unwrap_or(message.scheduled_at)).collect()
}

/// Which messages a list asks for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only to this person.
    pub debtor: Option<DebtorId>,
    /// Only about this claim.
    pub claim: Option<ClaimId>,
    /// Only in one of these states; empty for all.
    pub states: Vec<MessageState>,
}

/// Messages, newest first, before the one with the id `before`.
pub async fn list(
    work: &Work,
    filter: &Filter,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<Message>, Error> {
    let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
    let claim = filter.claim.map(|claim| Column::ClaimIds.contains(claim.to_string()));
    let condition = Condition::all()
        .add_option(filter.debtor.map(|debtor| Column::DebtorId.eq(debtor.to_string())))
        .add_option(claim)
        .add_option((!states.is_empty()).then(|| Column::State.is_in(states)))
        .add_option(before.map(|id| Column::MessageId.lt(id)));
    let found =
        work.own::<Entity>().filter(condition).order_by_desc(Column::MessageId).limit(limit);
    found.all(work.db()).await?.into_iter().map(Message::from_row).collect()
}

impl Model {
    /// The ids of its claims.
    fn claims(&self) -> Result<Vec<ClaimId>, Error> {
        super::from_text("message.claim_ids", &self.claim_ids)
    }
}
