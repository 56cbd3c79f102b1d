//! Messages that were sent because of a decision.

use std::collections::HashMap;

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use crate::domain::attribution::Sent;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    pub decision_id: String,
    pub debtor_id: String,
    pub sent_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Notes a message once.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert_once(row, [Column::TenantId, Column::MessageId]).await
}

impl From<Model> for Sent {
    fn from(row: Model) -> Self {
        let Model { sent_at, message_id, decision_id, .. } = row;
        Self { sent_at, message_id, decision_id }
    }
}

/// The debtor's messages.
pub async fn of_debtor(work: &Work, debtor_id: &str) -> Result<Vec<Sent>, StoreError> {
    let rows = work.own::<Entity>().filter(Column::DebtorId.eq(debtor_id)).all(work.db()).await?;
    Ok(rows.into_iter().map(Sent::from).collect())
}

/// The messages of each of these debtors.
pub async fn of_debtors(
    work: &Work,
    debtor_ids: &[String],
) -> Result<HashMap<String, Vec<Sent>>, StoreError> {
    let mut found: HashMap<String, Vec<Sent>> = HashMap::new();
    let among = work.among(Column::DebtorId, debtor_ids);
    for row in work.own::<Entity>().filter(among).all(work.db()).await? {
        found.entry(row.debtor_id.clone()).or_default().push(Sent::from(row));
    }
    Ok(found)
}

/// A place in the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub sent_at: DateTimeUtc,
    pub message_id: String,
}

impl From<DateTimeUtc> for Cursor {
    /// Before the first message of an instant.
    fn from(sent_at: DateTimeUtc) -> Self {
        Self { sent_at, message_id: String::new() }
    }
}

/// Messages after a place in the order of time.
pub async fn since(work: &Work, cursor: &Cursor, limit: u64) -> Result<Vec<Model>, StoreError> {
    let same = Condition::all()
        .add(Column::SentAt.eq(cursor.sent_at))
        .add(Column::MessageId.gt(cursor.message_id.as_str()));
    let query = work
        .own::<Entity>()
        .filter(Condition::any().add(Column::SentAt.gt(cursor.sent_at)).add(same))
        .order_by_asc(Column::SentAt)
        .order_by_asc(Column::MessageId)
        .limit(limit);
    Ok(query.all(work.db()).await?)
}

/// Decisions that led to a message, after `cursor` in the order of their ids, each with when it was first
/// carried out.
pub async fn carried_out(
    work: &Work,
    cursor: &str,
    limit: u64,
) -> Result<Vec<(String, DateTimeUtc)>, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::DecisionId)
        .column_as(Column::SentAt.min(), "sent_at")
        .filter(Column::DecisionId.gt(cursor))
        .group_by(Column::DecisionId)
        .order_by_asc(Column::DecisionId)
        .limit(limit);
    Ok(query.into_tuple().all(work.db()).await?)
}
