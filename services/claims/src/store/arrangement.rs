//! Arrangements and promises as payments reports them.

use kulanz_store::{StoreError, Work};
use kulanz_types::ArrangementId;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::domain::lifecycle::Agreement;

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
    /// `kept`, `broken` or `lapsed` once it is over.
    pub outcome: Option<String>,
    /// What was agreed for a settlement, in minor units.
    pub settled_for: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How one of them ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was kept to the end.
    Kept,
    /// It was not kept.
    Broken,
    /// It ended without either: the claim was held or closed, or a newer one took its place.
    Lapsed,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Lapsed => "lapsed",
        }
    }
}

impl Model {
    /// Whether it was kept to the end.
    pub fn is_kept(&self) -> bool {
        self.outcome.as_deref() == Some(Outcome::Kept.name())
    }
}

/// What was agreed about a claim, as the newest of it stands. A promise counts as long as nothing newer
/// took its place, whether payments has told of its end or not.
pub async fn standing(work: &Work, claim_id: &str) -> Result<Agreement, StoreError> {
    let rows = of_claim(work, claim_id).await?;
    let arranged =
        |row: &Model| !row.ended && row.arrangement_id.starts_with(ArrangementId::PREFIX);
    let counts = |row: &&Model| row.outcome.as_deref() != Some(Outcome::Lapsed.name());
    let newest = rows.iter().filter(counts).max_by_key(|row| made(&row.arrangement_id));
    if rows.iter().any(arranged) {
        return Ok(Agreement::Running);
    }
    Ok(match newest {
        Some(row) if !row.ended => Agreement::Running,
        Some(row) if row.outcome.as_deref() == Some(Outcome::Broken.name()) => Agreement::Broken,
        _ => Agreement::None,
    })
}

/// The arrangements and promises of a claim, in no order.
pub async fn of_claim(work: &Work, claim_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ClaimId.eq(claim_id)).all(work.db()).await?)
}

/// Ids sort by when they were made once their prefix is gone.
fn made(id: &str) -> &str {
    id.split_once('_').map_or(id, |(_, suffix)| suffix)
}

/// Notes that one began, or how it ended. Once over it stays over, and what was not kept after all stays so,
/// in whatever order the news arrive.
pub async fn note(
    work: &Work,
    claim_id: &str,
    arrangement_id: &str,
    outcome: Option<Outcome>,
    settled_for: Option<i64>,
) -> Result<(), StoreError> {
    let row = Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_owned(),
        arrangement_id: arrangement_id.to_owned(),
        ended: outcome.is_some(),
        outcome: outcome.map(|outcome| outcome.name().to_owned()),
        settled_for,
    };
    let keys = [Column::TenantId, Column::ClaimId, Column::ArrangementId];
    let conflict = if outcome.is_some() {
        let broken =
            "CASE arrangement.outcome WHEN 'broken' THEN 'broken' ELSE excluded.outcome END";
        let agreed = "COALESCE(excluded.settled_for, arrangement.settled_for)";
        OnConflict::columns(keys)
            .update_column(Column::Ended)
            .value(Column::Outcome, Expr::cust(broken))
            .value(Column::SettledFor, Expr::cust(agreed))
            .to_owned()
    } else {
        OnConflict::columns(keys).do_nothing().to_owned()
    };
    Entity::insert(row.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
