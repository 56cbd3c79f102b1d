//! The directory by which a public call finds the tenants that a code may belong to.

use kulanz_store::Work;
use kulanz_types::TenantId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::domain::authenticity::tenant_tag;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant_tag")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tag: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Remembers that this tenant makes codes.
pub async fn remember(work: &Work) -> Result<(), Error> {
    let owner = work.tenant().to_string();
    let row = ActiveModel { tag: Set(tenant_tag(&owner)), owner: Set(owner) };
    let conflict = OnConflict::columns([Column::Tag, Column::Owner]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

/// The tenants that share a tag.
pub async fn owners(work: &Work, tag: &str) -> Result<Vec<TenantId>, Error> {
    let rows = Entity::find().filter(Column::Tag.eq(tag)).order_by_asc(Column::Owner);
    parse(rows.all(work.db()).await?)
}

/// Every tenant that ever made a code.
pub async fn all(work: &Work) -> Result<Vec<TenantId>, Error> {
    parse(Entity::find().order_by_asc(Column::Owner).all(work.db()).await?)
}

fn parse(rows: Vec<Model>) -> Result<Vec<TenantId>, Error> {
    rows.iter().map(|row| row.owner.parse().map_err(|_| Error::Row("tenant_tag.owner"))).collect()
}
