//! What became of the rows of an import.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;

/// One row; `problems` is JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_number: i64,
    pub reference: String,
    pub content_index: String,
    pub verdict: String,
    pub problems: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of an import with these invoice numbers that were not rejected for their own faults.
pub async fn by_references(
    work: &Work,
    import_id: &str,
    references: Vec<String>,
) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ImportId.eq(import_id))
        .filter(work.among(Column::Reference, &references))
        .filter(Column::Verdict.ne("rejected"))
        .all(work.db())
        .await?)
}

/// Keeps verdicts.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}
