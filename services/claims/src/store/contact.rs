//! Messages about claims as messaging reports them.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

/// One message about one claim.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    pub sent_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Notes a message about a claim; a repetition changes nothing.
pub async fn note(work: &Work, claim_id: &str, message_id: &str) -> Result<(), StoreError> {
    let row = Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_owned(),
        message_id: message_id.to_owned(),
        sent_at: work.now(),
    };
    let keys = [Column::TenantId, Column::ClaimId, Column::MessageId];
    work.insert_once(row, keys).await
}
