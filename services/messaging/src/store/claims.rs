//! What messaging remembers of a claim: its first notice, and what the person did about it.

use chrono::{DateTime, NaiveDate, Utc};
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};

use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_mark")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    pub debtor_id: String,
    pub notified_at: Option<DateTimeUtc>,
    pub paid_at: Option<DateTimeUtc>,
    pub arranged: bool,
    pub promised_on: Option<Date>,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What is remembered of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// When the first notice went out.
    pub notified_at: Option<DateTime<Utc>>,
    /// When money last came in.
    pub paid_at: Option<DateTime<Utc>>,
    /// Whether an arrangement runs.
    pub arranged: bool,
    /// The day of an open promise.
    pub promised_on: Option<NaiveDate>,
}

/// The mark of a claim; empty while nothing is known.
pub async fn load(work: &Work, claim: ClaimId) -> Result<Mark, Error> {
    let row = Entity::find_by_id(key(work, claim)).one(work.db()).await?;
    Ok(row.map_or_else(Mark::default, mark))
}

/// Changes the mark of a claim, held until the transaction ends.
pub async fn change(
    work: &Work,
    claim: ClaimId,
    debtor: DebtorId,
    change: impl FnOnce(&mut Mark) + Send,
) -> Result<(), Error> {
    let once = OnConflict::columns([Column::TenantId, Column::ClaimId]).do_nothing().to_owned();
    Entity::insert(row(work, claim, debtor, Mark::default()))
        .on_conflict(once)
        .exec_without_returning(work.db())
        .await?;
    let held = Entity::find_by_id(key(work, claim)).lock_exclusive().one(work.db()).await?;
    let mut mark = held.map(mark).ok_or(Error::Row("claim_mark"))?;
    change(&mut mark);
    row(work, claim, debtor, mark).update(work.db()).await?;
    Ok(())
}

/// The marks of all claims of a person.
pub async fn of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<(String, Mark)>, Error> {
    let found = work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .order_by_asc(Column::ClaimId);
    let rows = found.all(work.db()).await?;
    Ok(rows.into_iter().map(|row| (row.claim_id.clone(), mark(row))).collect())
}

/// Forgets the marks of a person's claims.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
}

fn key(work: &Work, claim: ClaimId) -> (String, String) {
    (work.tenant().to_string(), claim.to_string())
}

fn mark(row: Model) -> Mark {
    Mark {
        notified_at: row.notified_at,
        paid_at: row.paid_at,
        arranged: row.arranged,
        promised_on: row.promised_on,
    }
}

fn row(work: &Work, claim: ClaimId, debtor: DebtorId, mark: Mark) -> ActiveModel {
    ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        claim_id: Set(claim.to_string()),
        debtor_id: Set(debtor.to_string()),
        notified_at: Set(mark.notified_at),
        paid_at: Set(mark.paid_at),
        arranged: Set(mark.arranged),
        promised_on: Set(mark.promised_on),
    }
}
