//! Claims with the snapshot of their accounts.

use kulanz_store::{StoreError, Work};
use kulanz_types::{ClaimId, CreditorId};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, IntoActiveModel, JoinType, QueryOrder, QuerySelect};

use super::{creditor, save};

/// A claim; `terms` and `facts` are JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "claim")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: String,
    pub creditor_id: String,
    pub debtor_id: String,
    pub reference: String,
    pub case_reference: String,
    pub contract_subject: String,
    pub contract_date: Option<Date>,
    pub invoice_date: Option<Date>,
    pub due_date: Date,
    pub reminder_date: Option<Date>,
    pub consumer: bool,
    pub currency: String,
    pub principal: i64,
    pub terms: String,
    pub facts: String,
    pub content_index: String,
    pub import_id: Option<String>,
    pub state: String,
    pub closure: Option<String>,
    pub settled: bool,
    pub time_barred: bool,
    pub contacted: bool,
    pub open_principal: i64,
    pub open_costs: i64,
    pub interest_exact: String,
    pub interest_paid: i64,
    pub accrue_from: Option<Date>,
    pub overpaid: i64,
    pub waived: i64,
    pub credited: i64,
    pub entry_count: i64,
    pub account_hash: String,
    pub booked_until: Option<DateTimeUtc>,
    pub views: i64,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub limitation_expires_on: Option<Date>,
    pub limitation_look_on: Option<Date>,
    pub secured: bool,
    pub rate_reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What to list; every filter that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub debtor_id: Option<String>,
    pub creditor_id: Option<String>,
    pub states: Vec<&'static str>,
    pub reference: Option<String>,
}

/// The claim of this id.
pub async fn find(work: &Work, id: ClaimId) -> Result<Option<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ClaimId.eq(id.to_string())).one(work.db()).await?)
}

/// A claim with its creditor's name.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct Named {
    #[sea_orm(nested)]
    pub claim: Model,
    pub creditor_name: String,
    pub creditor_profile: String,
}

/// The claim of this id with what is kept of its creditor.
pub async fn find_named(work: &Work, id: ClaimId) -> Result<Option<Named>, StoreError> {
    let creditor = Entity::belongs_to(creditor::Entity)
        .from((Column::TenantId, Column::CreditorId))
        .to((creditor::Column::TenantId, creditor::Column::CreditorId));
    Ok(work
        .own::<Entity>()
        .filter(Column::ClaimId.eq(id.to_string()))
        .join(JoinType::InnerJoin, creditor.into())
        .column_as(creditor::Column::Name, "creditor_name")
        .column_as(creditor::Column::Profile, "creditor_profile")
        .into_model()
        .one(work.db())
        .await?)
}

/// The claim of this id, kept from being changed by others until the transaction ends.
pub async fn find_locked(work: &Work, id: ClaimId) -> Result<Option<Model>, StoreError> {
    let query = work.own::<Entity>().filter(Column::ClaimId.eq(id.to_string())).lock_exclusive();
    Ok(query.one(work.db()).await?)
}

/// The claims of these ids, in no order.
pub async fn find_many(work: &Work, ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work.own::<Entity>().filter(Column::ClaimId.is_in(ids)).all(work.db()).await?)
}

/// The claims of these debtors by age.
pub async fn of_debtors(work: &Work, ids: Vec<String>) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::DebtorId.is_in(ids))
        .order_by_asc(Column::DueDate)
        .order_by_asc(Column::ClaimId)
        .all(work.db())
        .await?)
}

/// Claims after `cursor` in the order of their ids.
pub async fn list(
    work: &Work,
    filter: &Filter,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let mut query = work.own::<Entity>().order_by_asc(Column::ClaimId).limit(limit);
    if let Some(debtor) = &filter.debtor_id {
        query = query.filter(Column::DebtorId.eq(debtor));
    }
    if let Some(creditor) = &filter.creditor_id {
        query = query.filter(Column::CreditorId.eq(creditor));
    }
    if !filter.states.is_empty() {
        query = query.filter(Column::State.is_in(filter.states.iter().copied()));
    }
    if let Some(reference) = &filter.reference {
        let own = Column::CaseReference.eq(reference.to_uppercase());
        query = query.filter(Condition::any().add(Column::Reference.eq(reference)).add(own));
    }
    if let Some(cursor) = cursor {
        query = query.filter(Column::ClaimId.gt(cursor));
    }
    Ok(query.all(work.db()).await?)
}

/// The claims of a creditor with these invoice numbers.
pub async fn by_references(
    work: &Work,
    creditor: CreditorId,
    references: Vec<String>,
) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::CreditorId.eq(creditor.to_string()))
        .filter(work.among(Column::Reference, &references))
        .all(work.db())
        .await?)
}

/// What is compared of a claim with another one.
pub type Placed = (String, String, String, i64, Date, Option<Date>, Option<Date>, String);

/// The claims of these debtors that fell due on one of these days, but for those that left for good to be
/// placed elsewhere.
pub async fn placed(
    work: &Work,
    debtors: Vec<String>,
    due: Vec<Date>,
    left: Vec<&'static str>,
) -> Result<Vec<Placed>, StoreError> {
    Ok(work
        .own::<Entity>()
        .select_only()
        .columns([Column::CreditorId, Column::DebtorId, Column::Reference, Column::Principal])
        .columns([Column::DueDate, Column::InvoiceDate, Column::ContractDate])
        .column(Column::ContractSubject)
        .filter(work.among(Column::DebtorId, &debtors))
        .filter(Column::DueDate.is_in(due))
        .filter(Column::State.is_not_in(left))
        .into_tuple()
        .all(work.db())
        .await?)
}

/// The debtors of an import after `cursor` in the order of their ids.
pub async fn debtors_of_import(
    work: &Work,
    import_id: &str,
    cursor: &str,
    limit: u64,
) -> Result<Vec<String>, StoreError> {
    Ok(work
        .own::<Entity>()
        .select_only()
        .column(Column::DebtorId)
        .distinct()
        .filter(Column::ImportId.eq(import_id))
        .filter(Column::DebtorId.gt(cursor))
        .order_by_asc(Column::DebtorId)
        .limit(limit)
        .into_tuple()
        .all(work.db())
        .await?)
}

/// The claims of a debtor from one import, kept from being changed by others.
pub async fn of_import(
    work: &Work,
    import_id: &str,
    debtor_id: &str,
) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::ImportId.eq(import_id))
        .filter(Column::DebtorId.eq(debtor_id))
        .order_by_asc(Column::ClaimId)
        .lock_exclusive()
        .all(work.db())
        .await?)
}

/// Claims whose period of limitation has to be looked at by this day.
pub async fn limitation_due(work: &Work, day: Date, limit: u64) -> Result<Vec<String>, StoreError> {
    Ok(work
        .own::<Entity>()
        .select_only()
        .column(Column::ClaimId)
        .filter(Column::LimitationLookOn.lte(day))
        .order_by_asc(Column::LimitationLookOn)
        .order_by_asc(Column::ClaimId)
        .limit(limit)
        .into_tuple()
        .all(work.db())
        .await?)
}

/// The next day on which a period of limitation has to be looked at.
pub async fn next_limitation_look(work: &Work) -> Result<Option<Date>, StoreError> {
    let next: Option<Option<Date>> = work
        .own::<Entity>()
        .select_only()
        .column(Column::LimitationLookOn)
        .filter(Column::LimitationLookOn.is_not_null())
        .order_by_asc(Column::LimitationLookOn)
        .into_tuple()
        .one(work.db())
        .await?;
    Ok(next.flatten())
}

/// Keeps new claims.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Writes a changed claim.
pub async fn update(work: &Work, row: &Model) -> Result<(), StoreError> {
    save(work, row.clone().into_active_model().reset_all()).await
}
