//! Money that was booked to claims.

use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, DebtorId, PaymentId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryOrder, QuerySelect, Set, Statement};

use super::bank_entry;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub payment_id: String,
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub currency: String,
    pub amount: i64,
    pub state: String,
    pub value_on: Date,
    pub method: String,
    pub bank_entry_id: String,
    pub arrangement_id: Option<String>,
    pub arrangement_part: i64,
    pub created_at: DateTimeUtc,
    pub version: i64,
    pub told: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Stored state of money that is there.
pub const RECEIVED: &str = "received";
/// Stored state of money that went back.
pub const REVERSED: &str = "reversed";

/// The payment of this id.
pub async fn find(work: &Work, id: PaymentId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::PaymentId.eq(id.to_string())).one(work.db()).await?)
}

/// The payments of a debtor.
pub async fn of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .order_by_asc(Column::PaymentId);
    Ok(query.all(work.db()).await?)
}

/// The payments that a bank entry made and that are still there.
pub async fn of_entry(work: &Work, entry: &str) -> Result<Vec<Model>, StoreError> {
    let query = work
        .own::<Entity>()
        .filter(Column::BankEntryId.eq(entry))
        .filter(Column::State.eq(RECEIVED))
        .order_by_asc(Column::PaymentId);
    Ok(query.all(work.db()).await?)
}

/// A sub-query: the payments of an entry that are still there.
pub fn received_of_entries() -> SelectStatement {
    any_of_entries().and_where(Expr::col((Entity, Column::State)).eq(RECEIVED)).to_owned()
}

/// A sub-query: all payments of an entry.
pub fn any_of_entries() -> SelectStatement {
    let same = |own: Column, other: bank_entry::Column| {
        Expr::col((Entity, own)).equals((bank_entry::Entity, other))
    };
    Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(same(Column::TenantId, bank_entry::Column::TenantId))
        .and_where(same(Column::BankEntryId, bank_entry::Column::BankEntryId))
        .to_owned()
}

/// What was booked between a debtor and a creditor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// How many payments, and the sum of their versions: it changes with each booking and return.
    pub moved: (i64, i64),
    /// How many of them claims has not answered yet.
    pub untold: i64,
}

/// What was booked so far between a debtor and a creditor.
pub async fn mark(work: &Work, debtor: &str, creditor: &str) -> Result<Mark, StoreError> {
    // SUM of BIGINT is NUMERIC on PostgreSQL.
    let sql = "SELECT COUNT(*) AS payments, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions, \
               CAST(COALESCE(SUM(CASE WHEN told < version THEN 1 ELSE 0 END), 0) AS BIGINT) AS untold \
               FROM payment WHERE tenant_id = $1 AND debtor_id = $2 AND creditor_id = $3";
    let values: [Value; 3] = [work.tenant().to_string().into(), debtor.into(), creditor.into()];
    let statement = Statement::from_sql_and_values(work.db().get_database_backend(), sql, values);
    let row = work.db().query_one_raw(statement).await?;
    let row = row.ok_or(StoreError::Unreadable { what: "payment" })?;
    let moved = (row.try_get("", "payments")?, row.try_get("", "versions")?);
    Ok(Mark { moved, untold: row.try_get("", "untold")? })
}

/// Notes that claims has answered a payment, or its return, with a balance.
pub async fn note_told(work: &Work, payment: &str, version: i64) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Told, Expr::val(version))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::PaymentId.eq(payment))
        .filter(Column::Told.lt(version))
        .exec(work.db())
        .await?;
    Ok(())
}

/// What was booked to a claim and is still there, in minor units.
pub async fn received_for(work: &Work, claim: ClaimId) -> Result<i64, StoreError> {
    let query = work
        .own::<Entity>()
        .select_only()
        .column(Column::Amount)
        .filter(Column::ClaimId.eq(claim.to_string()))
        .filter(Column::State.eq(RECEIVED));
    sum(query.into_tuple().all(work.db()).await?)
}

/// Which payments count for a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promised {
    /// Whose money.
    pub claim: ClaimId,
    /// Booked from then on.
    pub from: DateTimeUtc,
    /// Booked before then, if there is an end.
    pub until: Option<DateTimeUtc>,
    /// With a value date not after this day.
    pub last_day: Date,
}

/// What counts for a promise and is still there, in minor units of a currency.
pub async fn received_towards(
    work: &Work,
    promised: Promised,
    currency: &str,
) -> Result<i64, StoreError> {
    let mut query = work
        .own::<Entity>()
        .select_only()
        .column(Column::Amount)
        .filter(Column::ClaimId.eq(promised.claim.to_string()))
        .filter(Column::State.eq(RECEIVED))
        .filter(Column::Currency.eq(currency))
        .filter(Column::CreatedAt.gte(promised.from))
        .filter(Column::ValueOn.lte(promised.last_day));
    if let Some(until) = promised.until {
        query = query.filter(Column::CreatedAt.lt(until));
    }
    sum(query.into_tuple().all(work.db()).await?)
}

fn sum(amounts: Vec<i64>) -> Result<i64, StoreError> {
    let sum = amounts.into_iter().try_fold(0_i64, i64::checked_add);
    sum.ok_or(StoreError::Unreadable { what: "payment.amount" })
}

/// Keeps that a payment went back; its new version.
pub async fn reverse(work: &Work, row: &Model) -> Result<i64, StoreError> {
    let version = row.version + 1;
    let mut active = row.clone().into_active_model();
    active.state = Set(REVERSED.to_owned());
    active.version = Set(version);
    Entity::update(active).exec(work.db()).await?;
    Ok(version)
}
