//! Addresses of creditors' systems.

use kulanz_store::{StoreError, Work};
use kulanz_types::WebhookEndpointId;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

use super::save;

/// An endpoint; `event_types` are names with commas between them, none for all.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub webhook_endpoint_id: String,
    pub creditor_id: Option<String>,
    pub url: String,
    pub event_types: String,
    pub generation: i64,
    pub rotated_at: Option<DateTimeUtc>,
    pub paused: bool,
    pub paused_reason: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it wants to hear of this.
    pub fn wants(&self, event_type: &str) -> bool {
        self.event_types.is_empty()
            || self.event_types.split(',').any(|wanted| wanted == event_type)
    }
}

/// The endpoint of this id.
pub async fn find(work: &Work, id: &str) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::WebhookEndpointId.eq(id)).one(work.db()).await?)
}

/// The endpoint of this id, kept from others until the transaction ends.
pub async fn find_locked(work: &Work, id: WebhookEndpointId) -> Result<Option<Model>, StoreError> {
    let own = work.own::<Entity>().filter(Column::WebhookEndpointId.eq(id.to_string()));
    Ok(own.lock_exclusive().one(work.db()).await?)
}

/// The endpoints that hear of this creditor. Until the transaction ends nobody changes them, and nobody
/// decides that nothing waits for them.
pub async fn listening(work: &Work, creditor_id: &str) -> Result<Vec<Model>, StoreError> {
    let own = Column::CreditorId.eq(creditor_id);
    let heard = Condition::any().add(Column::CreditorId.is_null()).add(own);
    Ok(work.own::<Entity>().filter(heard).lock_shared().all(work.db()).await?)
}

/// Endpoints after `cursor` in the order of their ids.
pub async fn list(work: &Work, cursor: Option<&str>, limit: u64) -> Result<Vec<Model>, StoreError> {
    let mut query = work.own::<Entity>().order_by_asc(Column::WebhookEndpointId).limit(limit);
    if let Some(cursor) = cursor {
        query = query.filter(Column::WebhookEndpointId.gt(cursor));
    }
    Ok(query.all(work.db()).await?)
}

/// Keeps a new endpoint.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed endpoint.
pub async fn update(work: &Work, row: &Model) -> Result<(), StoreError> {
    save(work, row.clone().into_active_model().reset_all()).await
}

/// Ends an endpoint.
pub async fn delete(work: &Work, id: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::WebhookEndpointId.eq(id))
        .exec(work.db())
        .await?;
    Ok(())
}
