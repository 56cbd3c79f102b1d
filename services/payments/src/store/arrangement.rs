//! Arrangements and their instalments.

use std::collections::HashMap;

use kulanz_store::{StoreError, Work};
use kulanz_types::{ArrangementId, ClaimId, DebtorId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect, Set};

use super::receivable::Parties;
use super::{MOST_KEYS, codes, currency, money};
use crate::domain::arrangement::{Arrangement, Instalment};
use crate::domain::plan::Kind;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "arrangement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub arrangement_id: String,
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub quote_id: String,
    pub kind: String,
    pub state: String,
    pub currency: String,
    pub total: i64,
    pub arrangement_cost: i64,
    pub payment_reference: String,
    pub accepted_at: DateTimeUtc,
    pub accepted_by: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Instalments of arrangements.
pub mod instalment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "instalment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub instalment_id: String,
        pub arrangement_id: String,
        pub number: i64,
        pub due_on: Date,
        pub amount: i64,
        pub paid: i64,
        pub state: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An arrangement with its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What does not change, and the version.
    pub row: Model,
    /// What does.
    pub arrangement: Arrangement,
}

impl Stored {
    /// Whose claim and debt it is about.
    pub fn parties(&self) -> Result<Parties, StoreError> {
        Ok(Parties {
            claim: self.row.claim_id.parse()?,
            debtor: self.row.debtor_id.parse()?,
            creditor: self.row.creditor_id.parse()?,
            currency: currency(&self.row.currency)?,
        })
    }

    /// What kind it is.
    pub fn kind(&self) -> Result<Kind, StoreError> {
        codes::read_kind(&self.row.kind)
    }

    /// The next version, for an event about this arrangement; kept by the next [`save`].
    pub fn next_version(&mut self) -> i64 {
        self.row.version += 1;
        self.row.version
    }
}

/// The arrangement of this id.
pub async fn find(work: &Work, id: ArrangementId) -> Result<Option<Stored>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ArrangementId.eq(id.to_string()));
    load(work, query.one(work.db()).await?).await
}

/// The arrangement in force for a claim.
pub async fn running(work: &Work, claim: ClaimId) -> Result<Option<Stored>, StoreError> {
    load(work, in_force(work, claim).one(work.db()).await?).await
}

/// For those of these claims that have an arrangement in force: what is next due, if anything is.
pub async fn next_dues(
    work: &Work,
    claims: &[String],
) -> Result<Vec<(String, Option<i64>)>, StoreError> {
    let mut found = Vec::new();
    for chunk in claims.chunks(MOST_KEYS) {
        let running = work
            .own::<Entity>()
            .filter(Column::ClaimId.is_in(chunk))
            .filter(Column::State.is_in(RUNNING))
            .all(work.db())
            .await?;
        let ids = running.iter().map(|row| row.arrangement_id.as_str());
        let dues = work
            .own::<instalment::Entity>()
            .filter(instalment::Column::ArrangementId.is_in(ids))
            .filter(Expr::col(instalment::Column::Paid).ne(Expr::col(instalment::Column::Amount)))
            .order_by_desc(instalment::Column::Number)
            .all(work.db())
            .await?;
        let first: HashMap<String, i64> =
            dues.into_iter().map(|due| (due.arrangement_id, due.amount)).collect();
        found.extend(running.into_iter().map(|row| {
            let next = first.get(&row.arrangement_id).copied();
            (row.claim_id, next)
        }));
    }
    Ok(found)
}

/// The arrangements of a debtor.
pub async fn of_debtor(work: &Work, debtor: DebtorId) -> Result<Vec<Stored>, StoreError> {
    let query = work.own::<Entity>().filter(Column::DebtorId.eq(debtor.to_string()));
    let mut found = Vec::new();
    for row in query.order_by_asc(Column::ArrangementId).all(work.db()).await? {
        found.extend(load(work, Some(row)).await?);
    }
    Ok(found)
}

/// [`find`] to change it: nobody else changes it until this transaction ends.
pub async fn take(work: &Work, id: ArrangementId) -> Result<Option<Stored>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ArrangementId.eq(id.to_string()));
    load(work, query.lock_exclusive().one(work.db()).await?).await
}

/// [`running`] to change it: nobody else changes it until this transaction ends.
pub async fn take_running(work: &Work, claim: ClaimId) -> Result<Option<Stored>, StoreError> {
    load(work, in_force(work, claim).lock_exclusive().one(work.db()).await?).await
}

fn in_force(work: &Work, claim: ClaimId) -> Select<Entity> {
    work.own::<Entity>()
        .filter(Column::ClaimId.eq(claim.to_string()))
        .filter(Column::State.is_in(RUNNING))
}

/// Stored states of an arrangement in force.
const RUNNING: [&str; 2] = ["active", "overdue"];

/// Adds an arrangement.
pub async fn insert(work: &Work, stored: &Stored) -> Result<(), StoreError> {
    work.insert(stored.row.clone()).await?;
    let rows = stored.arrangement.instalments.iter().map(|one| {
        instalment::ActiveModel::from(instalment_row(work, &stored.row.arrangement_id, one))
    });
    instalment::Entity::insert_many(rows).exec_without_returning(work.db()).await?;
    Ok(())
}

/// Keeps state, version and instalments.
pub async fn save(work: &Work, stored: &Stored) -> Result<(), StoreError> {
    let mut row = stored.row.clone().into_active_model();
    row.state = Set(codes::arrangement_state(stored.arrangement.state).to_owned());
    row.version = Set(stored.row.version);
    Entity::update(row).exec(work.db()).await?;
    for one in &stored.arrangement.instalments {
        let fields = instalment_row(work, &stored.row.arrangement_id, one);
        let mut row = fields.clone().into_active_model();
        row.due_on = Set(fields.due_on);
        row.paid = Set(fields.paid);
        row.state = Set(fields.state);
        instalment::Entity::update(row).exec(work.db()).await?;
    }
    Ok(())
}

async fn load(work: &Work, row: Option<Model>) -> Result<Option<Stored>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let instalments = instalment::Entity::find()
        .filter(instalment::Column::TenantId.eq(work.tenant().to_string()))
        .filter(instalment::Column::ArrangementId.eq(row.arrangement_id.clone()))
        .order_by_asc(instalment::Column::Number)
        .all(work.db())
        .await?;
    let read = |one: instalment::Model| read_instalment(&one, &row.currency);
    let instalments = instalments.into_iter().map(read).collect::<Result<_, _>>()?;
    let state = codes::read_arrangement_state(&row.state)?;
    Ok(Some(Stored { row, arrangement: Arrangement { state, instalments } }))
}

fn read_instalment(row: &instalment::Model, currency: &str) -> Result<Instalment, StoreError> {
    Ok(Instalment {
        id: row.instalment_id.parse()?,
        number: i32::try_from(row.number)
            .map_err(|_| StoreError::Unreadable { what: "instalment.number" })?,
        due_on: row.due_on,
        amount: money(row.amount, currency)?,
        paid: money(row.paid, currency)?,
        state: codes::read_instalment_state(&row.state)?,
    })
}

fn instalment_row(work: &Work, arrangement: &str, one: &Instalment) -> instalment::Model {
    instalment::Model {
        tenant_id: work.tenant().to_string(),
        instalment_id: one.id.to_string(),
        arrangement_id: arrangement.to_owned(),
        number: i64::from(one.number),
        due_on: one.due_on,
        amount: one.amount.minor_units(),
        paid: one.paid.minor_units(),
        state: codes::instalment_state(one.state).to_owned(),
    }
}
