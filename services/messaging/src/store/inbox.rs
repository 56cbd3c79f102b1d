//! Table `inbox_entry`: what the development inbox received.

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::{DebtorId, MessageId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};

use super::messages::Body;
use crate::domain::catalogue::Channel;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox_entry")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    pub debtor_id: String,
    pub channel: String,
    pub sealed: Vec<u8>,
    pub received_at: DateTimeUtc,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

const SEALED: &str = "inbox_entry.sealed";

/// A received message as the inbox page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message.
    pub message: String,
    /// By which way it came.
    pub channel: Channel,
    /// When.
    pub received_at: DateTime<Utc>,
    /// What was received.
    pub body: Body,
}

/// Receives a message; the second time it changes nothing.
pub async fn receive(
    work: &Work,
    message: MessageId,
    debtor: DebtorId,
    channel: Channel,
    body: &Body,
) -> Result<(), Error> {
    let id = message.to_string();
    let row = ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        message_id: Set(id.clone()),
        debtor_id: Set(debtor.to_string()),
        channel: Set(channel.level().to_owned()),
        sealed: Set(work.seal_json(debtor, SEALED, &id, body).await?),
        received_at: Set(work.now()),
    };
    let columns = [Column::TenantId, Column::MessageId];
    let conflict = OnConflict::columns(columns).do_nothing().to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

/// The newest entries of this tenant.
pub async fn newest(work: &Work, limit: u64) -> Result<Vec<Entry>, Error> {
    let rows = work
        .own::<Entity>()
        .order_by_desc(Column::ReceivedAt)
        .order_by_desc(Column::MessageId)
        .limit(limit)
        .all(work.db())
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.extend(entry(work, row).await?);
    }
    Ok(entries)
}

/// One entry of this tenant.
pub async fn find(work: &Work, message: MessageId) -> Result<Option<Entry>, Error> {
    let key = (work.tenant().to_string(), message.to_string());
    match Entity::find_by_id(key).one(work.db()).await? {
        Some(row) => entry(work, row).await,
        None => Ok(None),
    }
}

/// What the inbox received for a person, oldest first.
pub async fn of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<Entry>, Error> {
    let found = work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .order_by_asc(Column::MessageId);
    let mut entries = Vec::new();
    for row in found.all(work.db()).await? {
        entries.extend(entry(work, row).await?);
    }
    Ok(entries)
}

/// Forgets what the inbox received for a person.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
}

/// The messages that were received after `after` and until `until`, oldest first.
pub async fn received(
    work: &Work,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(MessageId, DateTime<Utc>)>, Error> {
    let rows: Vec<(String, DateTime<Utc>)> = work
        .own::<Entity>()
        .select_only()
        .columns([Column::MessageId, Column::ReceivedAt])
        .filter(Column::ReceivedAt.gt(after))
        .filter(Column::ReceivedAt.lte(until))
        .order_by_asc(Column::ReceivedAt)
        .order_by_asc(Column::MessageId)
        .into_tuple()
        .all(work.db())
        .await?;
    let read = |(id, at): (String, DateTime<Utc>)| Ok((id.parse()?, at));
    let read = rows.into_iter().map(read).collect::<Result<_, kulanz_types::IdError>>();
    read.map_err(|_| Error::Row("inbox_entry.message_id"))
}

/// How many messages this tenant's inbox holds.
pub async fn count(work: &Work) -> Result<u64, Error> {
    let own = work.own::<Entity>();
    Ok(own.count(work.db()).await?)
}

async fn entry(work: &Work, row: Model) -> Result<Option<Entry>, Error> {
    let debtor = row.debtor_id.parse().map_err(|_| Error::Row("inbox_entry.debtor_id"))?;
    let channel = Channel::parse(&row.channel).ok_or(Error::Row("inbox_entry.channel"))?;
    let body = work.open_json(debtor, SEALED, &row.message_id, &row.sealed).await?;
    Ok(body.map(|body| Entry {
        message: row.message_id,
        channel,
        received_at: row.received_at,
        body,
    }))
}
