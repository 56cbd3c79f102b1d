//! By what a claim that comes in later finds the entries that wait for it.

use kulanz_store::{StoreError, Work};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_entry_clue")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub clue: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub bank_entry_id: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Kind of the blind index of references.
const REFERENCE: &str = "reference";

/// The clue that a reference leaves: readable to nobody.
pub fn index(work: &Work, reference: &str) -> String {
    work.blind_index(REFERENCE, reference)
}

/// The entries that wait and may carry one of these references.
pub async fn entries(work: &Work, references: [&str; 2]) -> Result<Vec<String>, StoreError> {
    let clues = references.map(|reference| index(work, reference));
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::BankEntryId)
        .distinct()
        .filter(Column::Clue.is_in(clues));
    Ok(query.into_tuple().all(work.db()).await?)
}

/// Forgets the clues of an entry that waits no more.
pub async fn forget(work: &Work, entry: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::BankEntryId.eq(entry))
        .exec(work.db())
        .await?;
    Ok(())
}
