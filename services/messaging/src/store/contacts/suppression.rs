//! Table `suppression`: addresses that nobody of the tenant may use.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
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

/// Why an address must not be used, the weakest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing arrives there.
    Bounced,
    /// Its reader complained to the provider.
    Complained,
    /// It belongs to someone else.
    Disowned,
}

impl Reason {
    const ALL: [Self; 3] = [Self::Bounced, Self::Complained, Self::Disowned];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Disowned => "disowned",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Why an address is suppressed, if it is, and since when.
pub async fn reason(
    work: &Work,
    kind: PointKind,
    blind: &str,
) -> Result<Option<(Reason, DateTime<Utc>)>, Error> {
    let found = Entity::find_by_id(key(work, kind, blind)).one(work.db()).await?;
    let known = |row: Model| {
        let reason = Reason::parse(&row.reason).ok_or(Error::Row("suppression.reason"))?;
        Ok((reason, row.created_at))
    };
    found.map(known).transpose()
}

/// Whether an address is suppressed.
pub async fn holds(work: &Work, kind: PointKind, blind: &str) -> Result<bool, Error> {
    Ok(reason(work, kind, blind).await?.is_some())
}

/// Which of these addresses are suppressed, as kind and blind index.
pub async fn among(work: &Work, blinds: &[String]) -> Result<BTreeSet<(String, String)>, Error> {
    let found = work
        .own::<Entity>()
        .filter(Column::Kind.is_in(PointKind::ALL.map(PointKind::name)))
        .filter(work.among(Column::BlindIndex, blinds));
    let rows = found.all(work.db()).await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.blind_index)).collect())
}

/// Suppresses an address for the whole tenant; the strongest reason is the one that is kept.
pub async fn add(work: &Work, kind: PointKind, blind: &str, reason: Reason) -> Result<(), Error> {
    if self::reason(work, kind, blind).await?.is_some_and(|(known, _)| known >= reason) {
        return Ok(());
    }
    let row = ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        kind: Set(kind.name().to_owned()),
        blind_index: Set(blind.to_owned()),
        reason: Set(reason.name().to_owned()),
        created_at: Set(work.now()),
    };
    let columns = [Column::TenantId, Column::Kind, Column::BlindIndex];
    let conflict = OnConflict::columns(columns).update_column(Column::Reason).to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

/// Lifts a suppression for this reason; one for another reason stays.
pub async fn lift(work: &Work, kind: PointKind, blind: &str, reason: Reason) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::BlindIndex.eq(blind))
        .filter(Column::Reason.eq(reason.name()))
        .exec(work.db())
        .await?;
    Ok(())
}

fn key(work: &Work, kind: PointKind, blind: &str) -> (String, String, String) {
    (work.tenant().to_string(), kind.name().to_owned(), blind.to_owned())
}
