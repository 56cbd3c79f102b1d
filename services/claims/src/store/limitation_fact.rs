//! What suspends, restarts or replaces claims' periods of limitation.

use std::collections::HashSet;

use chrono::NaiveDate;
use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QuerySelect};

use crate::domain::limitation::{Fact, FactKind};

/// A fact.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "limitation_fact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub fact_id: String,
    pub kind: String,
    pub from_date: Date,
    pub to_date: Option<Date>,
    pub served_date: Option<Date>,
    pub evidence: String,
    pub actor: String,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The fact of the domain.
    pub fn fact(&self) -> Result<Fact, StoreError> {
        let unreadable = StoreError::Unreadable { what: "limitation_fact.kind" };
        let kind = FactKind::named(&self.kind).ok_or(unreadable)?;
        Ok(Fact { kind, from: self.from_date, to: self.to_date, served: self.served_date })
    }
}

/// The facts of a claim.
pub async fn of_claim(work: &Work, claim_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ClaimId.eq(claim_id)).all(work.db()).await?)
}

/// Notes a fact, once for each of what it came from.
pub async fn note(work: &Work, row: Model) -> Result<(), StoreError> {
    work.insert_once(row, [Column::TenantId, Column::ClaimId, Column::FactId]).await
}

/// The claims of these that have a title (§ 197 Abs. 1 Nr. 3 BGB).
pub async fn titled(work: &Work, claim_ids: Vec<String>) -> Result<HashSet<String>, StoreError> {
    let ids: Vec<String> = work
        .own::<Entity>()
        .select_only()
        .column(Column::ClaimId)
        .filter(Column::ClaimId.is_in(claim_ids))
        .filter(Column::Kind.eq(FactKind::Title.name()))
        .into_tuple()
        .all(work.db())
        .await?;
    Ok(ids.into_iter().collect())
}

/// Keeps the facts of new claims.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Ends a fact that would have lasted longer; whether there was one.
pub async fn end(
    work: &Work,
    claim_id: &str,
    fact_id: &str,
    on: NaiveDate,
) -> Result<bool, StoreError> {
    let ended = Entity::update_many()
        .col_expr(Column::ToDate, Expr::value(Some(on)))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::FactId.eq(fact_id))
        .filter(Column::FromDate.lte(on))
        .filter(Condition::any().add(Column::ToDate.is_null()).add(Column::ToDate.gt(on)))
        .exec(work.db())
        .await?;
    Ok(ended.rows_affected > 0)
}
