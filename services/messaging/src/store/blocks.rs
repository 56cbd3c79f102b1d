//! Table `block`: texts written by the tenant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::BlockId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::{from_text, to_text};
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "block")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub block_id: String,
    pub slot: String,
    pub language: String,
    pub channels: String,
    pub levels: String,
    pub body: String,
    pub state: String,
    pub author: String,
    pub approved_by: String,
    pub approved_at: Option<DateTimeUtc>,
    pub version: i64,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A block of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantBlock {
    /// Its id.
    pub id: BlockId,
    /// Part of the message it stands in.
    pub slot: String,
    /// BCP 47 language.
    pub language: String,
    /// Channels that it fits; empty for all.
    pub channels: Vec<String>,
    /// Level by factor.
    pub levels: BTreeMap<String, String>,
    /// The text.
    pub body: String,
    /// Whether it may be used.
    pub approved: bool,
    /// Who wrote it.
    pub author: String,
    /// Who approved it.
    pub approved_by: String,
    /// When it was approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// Counts changes, from 1.
    pub version: i64,
}

const APPROVED: &str = "approved";
const DRAFT: &str = "draft";

/// Keeps a block.
pub async fn save(work: &Work, block: &TenantBlock) -> Result<(), Error> {
    let row = ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        block_id: Set(block.id.to_string()),
        slot: Set(block.slot.clone()),
        language: Set(block.language.clone()),
        channels: Set(to_text("block.channels", &block.channels)?),
        levels: Set(to_text("block.levels", &block.levels)?),
        body: Set(block.body.clone()),
        state: Set(if block.approved { APPROVED } else { DRAFT }.to_owned()),
        author: Set(block.author.clone()),
        approved_by: Set(block.approved_by.clone()),
        approved_at: Set(block.approved_at),
        version: Set(block.version),
    };
    let conflict = OnConflict::columns([Column::TenantId, Column::BlockId])
        .update_columns([Column::State, Column::ApprovedBy, Column::ApprovedAt, Column::Version])
        .to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

/// One block of the tenant.
pub async fn find(work: &Work, id: BlockId) -> Result<Option<TenantBlock>, Error> {
    let key = (work.tenant().to_string(), id.to_string());
    Entity::find_by_id(key).one(work.db()).await?.map(block).transpose()
}

/// Blocks in the order of their ids, after the one with the id `after`.
pub async fn list(
    work: &Work,
    slot: &str,
    language: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<TenantBlock>, Error> {
    let condition = Condition::all()
        .add_option((!slot.is_empty()).then(|| Column::Slot.eq(slot)))
        .add_option((!language.is_empty()).then(|| Column::Language.eq(language)))
        .add_option(after.map(|id| Column::BlockId.gt(id)));
    let rows = work.own::<Entity>().filter(condition).order_by_asc(Column::BlockId).limit(limit);
    rows.all(work.db()).await?.into_iter().map(block).collect()
}

/// Every block that may be used.
pub async fn approved(work: &Work) -> Result<Vec<TenantBlock>, Error> {
    let rows =
        work.own::<Entity>().filter(Column::State.eq(APPROVED)).order_by_asc(Column::BlockId);
    rows.all(work.db()).await?.into_iter().map(block).collect()
}

fn block(row: Model) -> Result<TenantBlock, Error> {
    Ok(TenantBlock {
        id: row.block_id.parse().map_err(|_| Error::Row("block.block_id"))?,
        slot: row.slot,
        language: row.language,
        channels: from_text("block.channels", &row.channels)?,
        levels: from_text("block.levels", &row.levels)?,
        body: row.body,
        approved: row.state == APPROVED,
        author: row.author,
        approved_by: row.approved_by,
        approved_at: row.approved_at,
        version: row.version,
    })
}
