//! Links to the pages of debtors.

use kulanz_store::{StoreError, Work};
use kulanz_types::{AccessLinkId, DebtorId};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

use super::save;

/// A link; its token is kept as a keyed hash.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "access_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: String,
    pub debtor_id: String,
    pub claim_ids: String,
    pub purpose: i64,
    pub token_hash: String,
    pub expires_at: DateTimeUtc,
    pub failures: i64,
    pub openings: i64,
    pub revoked_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The link of this id.
pub async fn find(work: &Work, id: AccessLinkId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::LinkId.eq(id.to_string())).one(work.db()).await?)
}

/// The link with this token, kept from being changed by others until the transaction ends: attempts are
/// counted one by one.
pub async fn by_token(work: &Work, token_hash: &str) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::TokenHash.eq(token_hash)).lock_exclusive();
    Ok(query.one(work.db()).await?)
}

/// Keeps a new link.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed link.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}

/// Ends every link of a debtor at once.
pub async fn revoke_all(work: &Work, debtor: DebtorId) -> Result<(), StoreError> {
    let own = work.own::<Entity>().filter(Column::DebtorId.eq(debtor.to_string()));
    for row in own.filter(Column::RevokedAt.is_null()).all(work.db()).await? {
        update(work, Model { revoked_at: Some(work.now()), ..row }).await?;
    }
    Ok(())
}
