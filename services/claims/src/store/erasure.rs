//! Erasures, and the one place that knows every column in which something about a person may stand.

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryOrder, QuerySelect, Statement, Value};

use super::save;

/// What one service was told; `retained` is JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service: String,
    pub request_id: String,
    pub reason_index: String,
    pub ordered_by: String,
    pub ordered_at: DateTimeUtc,
    pub erased_at: Option<DateTimeUtc>,
    pub retained: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The services that were told to erase a debtor, by name.
pub async fn of_debtor(work: &Work, debtor_id: &str) -> Result<Vec<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor_id))
        .order_by_asc(Column::Service)
        .all(work.db())
        .await?)
}

/// What a service was told and has not answered, kept from being answered twice at once.
pub async fn unanswered_locked(
    work: &Work,
    debtor_id: &str,
    service: &str,
) -> Result<Option<Model>, StoreError> {
    Ok(work
        .own::<Entity>()
        .filter(Column::DebtorId.eq(debtor_id))
        .filter(Column::Service.eq(service))
        .filter(Column::ErasedAt.is_null())
        .lock_exclusive()
        .one(work.db())
        .await?)
}

/// Keeps what services are told.
pub async fn insert_many(work: &Work, rows: Vec<Model>) -> Result<(), StoreError> {
    work.insert_all(rows).await
}

/// Writes a changed row.
pub async fn update(work: &Work, row: Model) -> Result<(), StoreError> {
    save(work, row.into_active_model().reset_all()).await
}

/// The claims of a debtor, as a condition on `claim_id`.
const OF_CLAIMS: &str =
    "claim_id IN (SELECT claim_id FROM claim WHERE tenant_id = $1 AND debtor_id = $2)";

/// What is removed or emptied, table by table; `{claims}` stands for [`OF_CLAIMS`]. The account (`entry`),
/// the steps of the history and ids stay: they name nobody. A claim keeps its creditor's invoice
/// number, which is the number of its voucher (§ 147 AO) and keeps the same invoice from being claimed a
/// second time.
const BLANKED: &[&str] = &[
    "DELETE FROM debtor_number WHERE tenant_id = $1 AND debtor_id = $2",
    "DELETE FROM access_link WHERE tenant_id = $1 AND debtor_id = $2",
    "DELETE FROM page_visit WHERE tenant_id = $1 AND debtor_id = $2",
    "DELETE FROM restriction WHERE tenant_id = $1 AND debtor_id = $2",
    "DELETE FROM evidence_piece WHERE tenant_id = $1 AND evidence_id IN \
     (SELECT evidence_id FROM evidence WHERE tenant_id = $1 AND debtor_id = $2)",
    "DELETE FROM evidence WHERE tenant_id = $1 AND debtor_id = $2",
    "DELETE FROM evidence_slot WHERE tenant_id = $1 AND challenge_id IN \
     (SELECT challenge_id FROM challenge WHERE tenant_id = $1 AND debtor_id = $2)",
    "DELETE FROM question WHERE tenant_id = $1 AND debtor_id = $2",
    "UPDATE challenge SET explanation = NULL, details = NULL, resolution = NULL, \
     decision_reason = NULL WHERE tenant_id = $1 AND debtor_id = $2",
    "UPDATE protection SET file_number = NULL, representative = NULL, end_reason = NULL \
     WHERE tenant_id = $1 AND debtor_id = $2",
    "UPDATE state_change SET note = '' WHERE tenant_id = $1 AND {claims} AND note <> ''",
    "UPDATE limitation_fact SET evidence = '' WHERE tenant_id = $1 AND {claims}",
    "UPDATE hold SET reason = '', release_reason = '' WHERE tenant_id = $1 AND {claims}",
    "UPDATE import_row SET content_index = '' WHERE tenant_id = $1 AND (import_id, reference) IN \
     (SELECT import_id, reference FROM claim WHERE tenant_id = $1 AND debtor_id = $2)",
    "UPDATE claim SET contract_subject = '', rate_reason = '', facts = '{}', content_index = '' \
     WHERE tenant_id = $1 AND debtor_id = $2",
];

/// Tables that hold ids, amounts, dates, codes and keyed hashes alone, and stay as they are; `debtor` is
/// emptied by its own code. A disowned address stays silent for whoever reads there.
#[cfg(test)]
const KEPT: &[&str] =
    &["debtor", "entry", "arrangement", "assignment", "contact", "erasure", "disowned_address"];

/// The tables of which it is said what an erasure leaves.
#[cfg(test)]
pub fn decided_tables() -> impl Iterator<Item = &'static str> {
    let table = |sql: &&'static str| {
        let mut words = sql.split_whitespace();
        if words.next() == Some("DELETE") {
            words.next();
        }
        words.next().unwrap_or_default()
    };
    BLANKED.iter().map(table).chain(KEPT.iter().copied())
}

/// Removes and empties everything about a debtor but the row itself.
pub async fn blank(work: &Work, debtor_id: &str) -> Result<(), StoreError> {
    for sql in BLANKED {
        run(work, &sql.replace("{claims}", OF_CLAIMS), debtor_id).await?;
    }
    Ok(())
}

async fn run(work: &Work, sql: &str, debtor_id: &str) -> Result<(), StoreError> {
    let values: [Value; 2] = [work.tenant().to_string().into(), debtor_id.into()];
    let backend = work.db().get_database_backend();
    work.db().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// How many entries and challenges there are of a debtor.
pub async fn counts(work: &Work, debtor_id: &str) -> Result<[i64; 2], StoreError> {
    let count = async |sql: String| -> Result<i64, StoreError> {
        let values: [Value; 2] = [work.tenant().to_string().into(), debtor_id.into()];
        let statement =
            Statement::from_sql_and_values(work.db().get_database_backend(), sql, values);
        match work.db().query_one_raw(statement).await? {
            Some(row) => Ok(row.try_get("", "count")?),
            None => Ok(0),
        }
    };
    let of = |table: &str, filter: &str| {
        format!("SELECT COUNT(*) AS count FROM {table} WHERE tenant_id = $1 AND {filter}")
    };
    Ok([count(of("entry", OF_CLAIMS)).await?, count(of("challenge", "debtor_id = $2")).await?])
}
