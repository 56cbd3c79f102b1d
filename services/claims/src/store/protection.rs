//! Who is shielded, and why.

use kulanz_store::{StoreError, Work};
use kulanz_types::ProtectionId;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

use super::save;

/// A protection; `file_number` and `representative` are sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "protection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub protection_id: String,
    pub debtor_id: String,
    pub kind: String,
    pub file_number: Option<Vec<u8>>,
    pub representative: Option<Vec<u8>>,
    pub protected_at: DateTimeUtc,
    pub protected_by: String,
    pub expires_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub ended_by: Option<String>,
    pub end_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The protection of this id, kept from being changed by others until the transaction ends.
pub async fn find_locked(work: &Work, id: ProtectionId) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ProtectionId.eq(id.to_string()));
    Ok(query.lock_exclusive().one(work.db()).await?)
}

/// The protection of this id.
pub async fn find(work: &Work, id: ProtectionId) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ProtectionId.eq(id.to_string()));
    Ok(query.one(work.db()).await?)
}

/// The protections of these debtors that have not ended, oldest first.
pub async fn lasting(work: &Work, debtor_ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    let open = Condition::any().add(Column::ExpiresAt.is_null());
    Ok(work
        .own::<Entity>()
        .filter(Column::DebtorId.is_in(debtor_ids))
        .filter(Column::EndedAt.is_null())
        .filter(open.add(Column::ExpiresAt.gt(work.now())))
        .order_by_asc(Column::ProtectionId)
        .all(work.db())
        .await?)
}

/// Keeps a new protection.
pub async fn insert(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert(row).await
}

/// Writes a changed protection.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
