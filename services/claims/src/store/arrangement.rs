//! Arrangements and promises as payments reports them.

use kulanz_store::{StoreError, Work};
use kulanz_types::ArrangementId;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

/// One of them, running or over.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "arrangement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub arrangement_id: String,
    pub ended: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whether an arrangement or promise of this claim is running. A promise counts as long as nothing newer
/// took its place: payments tells of a promise that was kept or broken, not of one that was replaced.
pub async fn is_running(work: &Work, claim_id: &str) -> Result<bool, StoreError> {
    let rows = work.own::<Entity>().filter(Column::ClaimId.eq(claim_id)).all(work.db()).await?;
    let arranged =
        |row: &Model| !row.ended && row.arrangement_id.starts_with(ArrangementId::PREFIX);
    let newest = rows.iter().max_by_key(|row| made(&row.arrangement_id));
    Ok(rows.iter().any(arranged) || newest.is_some_and(|row| !row.ended))
}

/// Ids sort by when they were made once their prefix is gone.
fn made(id: &str) -> &str {
    id.split_once('_').map_or(id, |(_, suffix)| suffix)
}

/// Notes that one began or ended. Once over it stays over, in whatever order the news arrive.
pub async fn note(
    work: &Work,
    claim_id: &str,
    arrangement_id: &str,
    ended: bool,
) -> Result<(), StoreError> {
    let row = Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_owned(),
        arrangement_id: arrangement_id.to_owned(),
        ended,
    };
    let keys = [Column::TenantId, Column::ClaimId, Column::ArrangementId];
    let conflict = if ended {
        OnConflict::columns(keys).update_column(Column::Ended).to_owned()
    } else {
        OnConflict::columns(keys).do_nothing().to_owned()
    };
    Entity::insert(row.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
