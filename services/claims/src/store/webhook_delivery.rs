//! Messages to creditors' systems.

use chrono::{DateTime, Utc};
use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, QuerySelect, UpdateMany};

/// Waiting to be tried, or tried again.
pub const PENDING: &str = "pending";
/// Accepted by the endpoint.
pub const DELIVERED: &str = "delivered";
/// Given up.
pub const DEAD: &str = "dead";

/// A message; `body` is what is signed and sent.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub webhook_delivery_id: String,
    pub webhook_endpoint_id: String,
    pub event_type: String,
    pub body: String,
    pub state: String,
    pub attempts: i64,
    pub last_error: String,
    pub created_at: DateTimeUtc,
    pub next_attempt_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What to list; every filter that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub endpoint_id: Option<String>,
    pub state: Option<&'static str>,
}

/// What to send again.
#[derive(Debug, Clone)]
pub enum Selection {
    /// One.
    One(String),
    /// All dead ones.
    Dead,
    /// All that were made from an instant on.
    Since(DateTime<Utc>),
}

/// What became of one attempt.
#[derive(Debug, Clone)]
pub struct Attempted {
    pub webhook_delivery_id: String,
    /// How often it was tried before this time.
    pub before: i64,
    pub state: &'static str,
    pub last_error: String,
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// Messages before `cursor`, the newest first.
pub async fn list(
    work: &Work,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let mut query = work.own::<Entity>().order_by_desc(Column::WebhookDeliveryId).limit(limit);
    if let Some(endpoint) = &filter.endpoint_id {
        query = query.filter(Column::WebhookEndpointId.eq(endpoint));
    }
    if let Some(state) = filter.state {
        query = query.filter(Column::State.eq(state));
    }
    if let Some(cursor) = cursor {
        query = query.filter(Column::WebhookDeliveryId.lt(cursor));
    }
    Ok(query.all(work.db()).await?)
}

/// The messages of an endpoint that are to be tried by now, the longest waiting first.
pub async fn due(work: &Work, endpoint: &str, limit: u64) -> Result<Vec<Model>, StoreError> {
    Ok(waiting(work, endpoint)
        .filter(Column::NextAttemptAt.lte(work.now()))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::WebhookDeliveryId)
        .limit(limit)
        .all(work.db())
        .await?)
}

/// When the next message of an endpoint is to be tried.
pub async fn next_due(work: &Work, endpoint: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let first = waiting(work, endpoint).order_by_asc(Column::NextAttemptAt).one(work.db()).await?;
    Ok(first.and_then(|row| row.next_attempt_at))
}

fn waiting(work: &Work, endpoint: &str) -> Select<Entity> {
    work.own::<Entity>()
        .filter(Column::WebhookEndpointId.eq(endpoint))
        .filter(Column::State.eq(PENDING))
}

/// Keeps a new message.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Notes an attempt, unless the message was sent anew or dropped meanwhile.
pub async fn note(work: &Work, attempted: Attempted) -> Result<(), StoreError> {
    own_update(work)
        .col_expr(Column::State, Expr::value(attempted.state))
        .col_expr(Column::Attempts, Expr::value(attempted.before + 1))
        .col_expr(Column::LastError, Expr::value(attempted.last_error))
        .col_expr(Column::NextAttemptAt, Expr::value(attempted.next_attempt_at))
        .filter(Column::WebhookDeliveryId.eq(attempted.webhook_delivery_id))
        .filter(Column::State.eq(PENDING))
        .filter(Column::Attempts.eq(attempted.before))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Makes messages of an endpoint pending again, from the first attempt on; how many.
pub async fn replay(work: &Work, endpoint: &str, selection: &Selection) -> Result<u64, StoreError> {
    let query = own_update(work)
        .col_expr(Column::State, Expr::value(PENDING))
        .col_expr(Column::Attempts, Expr::value(0_i64))
        .col_expr(Column::NextAttemptAt, Expr::value(Some(work.now())))
        .filter(Column::WebhookEndpointId.eq(endpoint));
    let query = match selection {
        Selection::One(id) => query.filter(Column::WebhookDeliveryId.eq(id)),
        Selection::Dead => query.filter(Column::State.eq(DEAD)),
        Selection::Since(instant) => query.filter(Column::CreatedAt.gte(*instant)),
    };
    Ok(query.exec(work.db()).await?.rows_affected)
}

fn own_update(work: &Work) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::TenantId.eq(work.tenant().to_string()))
}

/// Drops every message of an endpoint.
pub async fn delete_all(work: &Work, endpoint: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::WebhookEndpointId.eq(endpoint))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Drops what an endpoint accepted and that was made before an instant.
pub async fn delete_delivered(
    work: &Work,
    endpoint: &str,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::WebhookEndpointId.eq(endpoint))
        .filter(Column::State.eq(DELIVERED))
        .filter(Column::CreatedAt.lt(before))
        .exec(work.db())
        .await?;
    Ok(())
}
