//! Messages about claims as messaging reports them.

use chrono::NaiveDate;
use kulanz_store::{StoreError, Work};
use kulanz_types::berlin_date;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder};

/// One message about one claim.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    pub sent_at: DateTimeUtc,
    /// When it reached the debtor, for a first demand.
    pub demanded_on: Option<Date>,
    /// A first demand that said that the fee of collection will rise.
    pub rises: bool,
    /// It did not arrive.
    pub failed: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A first demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// When it went out.
    pub sent_on: NaiveDate,
    /// When it reached the debtor.
    pub on: NaiveDate,
    /// It said that the fee of collection will rise.
    pub rises: bool,
}

/// Notes a message about a claim; a repetition changes nothing. One whose hand-over was not known may turn out to
/// have been a first demand.
pub async fn note(
    work: &Work,
    claim_id: &str,
    message_id: &str,
    demand: Option<Demand>,
) -> Result<(), StoreError> {
    let row = row(work, claim_id, message_id);
    let rises = demand.is_some_and(|demand| demand.rises);
    let row = Model { demanded_on: demand.map(|demand| demand.on), rises, ..row };
    let first = "contact.demanded_on IS NULL";
    let rises = format!("CASE WHEN {first} THEN excluded.rises ELSE contact.rises END");
    let on = "COALESCE(contact.demanded_on, excluded.demanded_on)";
    let conflict = conflict()
        .value(Column::Rises, Expr::cust(rises))
        .value(Column::DemandedOn, Expr::cust(on))
        .to_owned();
    keep(work, row, conflict).await
}

/// Notes that a message did not arrive, whether its dispatch is known already or not.
pub async fn note_failed(work: &Work, claim_id: &str, message_id: &str) -> Result<(), StoreError> {
    let row = Model { failed: true, ..row(work, claim_id, message_id) };
    keep(work, row, conflict().update_column(Column::Failed).to_owned()).await
}

/// The last first demand of a claim that was not found to have failed.
pub async fn demand(work: &Work, claim_id: &str) -> Result<Option<Demand>, StoreError> {
    let row = work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(claim_id))
        .filter(Column::Failed.eq(false))
        .filter(Column::DemandedOn.is_not_null())
        .order_by_desc(Column::DemandedOn)
        .one(work.db())
        .await?;
    let demand = |row: Model| {
        let sent_on = berlin_date(row.sent_at);
        Some(Demand { sent_on, on: row.demanded_on?, rises: row.rises })
    };
    Ok(row.and_then(demand))
}

fn row(work: &Work, claim_id: &str, message_id: &str) -> Model {
    Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_owned(),
        message_id: message_id.to_owned(),
        sent_at: work.now(),
        demanded_on: None,
        rises: false,
        failed: false,
    }
}

fn conflict() -> OnConflict {
    OnConflict::columns([Column::TenantId, Column::ClaimId, Column::MessageId])
}

async fn keep(work: &Work, row: Model, conflict: OnConflict) -> Result<(), StoreError> {
    Entity::insert(row.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(work.db())
        .await?;
    Ok(())
}
