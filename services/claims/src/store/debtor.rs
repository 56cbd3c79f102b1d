//! People and companies that owe.

use kulanz_store::{StoreError, Work};
use kulanz_types::DebtorId;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use super::save;

/// A debtor; `profile` is sealed JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "debtor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub profile: Vec<u8>,
    pub name_index: String,
    pub birth_index: Option<String>,
    pub person_index: Option<String>,
    pub state: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The debtor of this id.
pub async fn find(work: &Work, id: DebtorId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::DebtorId.eq(id.to_string())).one(work.db()).await?)
}

/// The debtors of these ids, kept from being changed by others until the transaction ends, in the order
/// of their ids: whoever writes a debtor read it so, and two who want the same ones never wait for each
/// other in a circle. Claims are locked before their debtors.
pub async fn find_locked(work: &Work, ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(work.among(Column::DebtorId, &ids))
        .order_by_asc(Column::DebtorId)
        .lock_exclusive()
        .all(work.db())
        .await?)
}

/// The debtors of these ids, in no order.
pub async fn find_many(work: &Work, ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::DebtorId.is_in(ids)).all(work.db()).await?)
}

/// Ids of debtors whose person index is one of these.
pub async fn ids_by_person(work: &Work, indexes: Vec<String>) -> Result<Vec<String>, StoreError> {
    Ok(work
        .own::<Entity>()
        .select_only()
        .column(Column::DebtorId)
        .filter(work.among(Column::PersonIndex, &indexes))
        .into_tuple()
        .all(work.db())
        .await?)
}

/// Keeps new debtors.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Writes a changed debtor, read with [`find_locked`].
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}
