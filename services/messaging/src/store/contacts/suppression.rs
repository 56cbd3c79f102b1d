//! Table `suppression`: addresses that nobody of the tenant may use.

use kulanz_store::Work;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use super::PointKind;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suppression")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub blind_index: String,
    pub reason: String,
    pub created_at: DateTimeUtc,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whether an address is suppressed.
pub async fn holds(work: &Work, kind: PointKind, blind: &str) -> Result<bool, Error> {
    let key = (work.tenant().to_string(), kind.name().to_owned(), blind.to_owned());
    Ok(Entity::find_by_id(key).one(work.db()).await?.is_some())
}

/// Suppresses an address for the whole tenant.
pub async fn add(work: &Work, kind: PointKind, blind: &str, reason: &str) -> Result<(), Error> {
    let row = ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        kind: Set(kind.name().to_owned()),
        blind_index: Set(blind.to_owned()),
        reason: Set(reason.to_owned()),
        created_at: Set(work.now()),
    };
    let columns = [Column::TenantId, Column::Kind, Column::BlindIndex];
    let conflict = OnConflict::columns(columns).do_nothing().to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

/// Lifts a suppression that a closer look did not confirm.
pub async fn lift(work: &Work, kind: PointKind, blind: &str) -> Result<(), Error> {
    let key = (work.tenant().to_string(), kind.name().to_owned(), blind.to_owned());
    Entity::delete_by_id(key).exec(work.db()).await?;
    Ok(())
}
