//! What happened to the people of an experiment, as the other tables tell it.

use std::collections::{HashMap, HashSet};

use kulanz_store::{StoreError, Work};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, Statement};

use super::{CHUNK, decision, outcome};

/// What was known of a person at the last decision about them: the decision and its sealed context.
pub async fn last_known(
    work: &Work,
    debtor_id: &str,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let query = work
        .own::<decision::Entity>()
        .select_only()
        .column(decision::Column::DecisionId)
        .column(decision::Column::Context)
        .filter(decision::Column::DebtorId.eq(debtor_id))
        .order_by_desc(decision::Column::DecidedAt)
        .order_by_desc(decision::Column::DecisionId);
    Ok(query.into_tuple().one(work.db()).await?)
}

/// The people whose data was erased here.
pub async fn erased(work: &Work) -> Result<HashSet<String>, StoreError> {
    let sql = "SELECT debtor_id FROM data_key WHERE tenant_id = $1 AND destroyed_at IS NOT NULL";
    let backend = work.db().get_database_backend();
    let values = [work.tenant().to_string().into()];
    let found = work.db().query_all_raw(Statement::from_sql_and_values(backend, sql, values));
    found.await?.iter().map(|row| Ok(row.try_get("", "debtor_id")?)).collect()
}

/// Everything booked about these people, in order of time.
pub async fn outcomes_of(
    work: &Work,
    debtor_ids: &[String],
) -> Result<Vec<outcome::Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in debtor_ids.chunks(CHUNK) {
        let rows = work
            .own::<outcome::Entity>()
            .filter(outcome::Column::DebtorId.is_in(chunk))
            .order_by_asc(outcome::Column::OccurredAt)
            .order_by_asc(outcome::Column::OutcomeId)
            .all(work.db());
        found.extend(rows.await?);
    }
    Ok(found)
}

/// What was decided, and by which policy version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// As JSON; `None` for silence.
    pub levels: Option<String>,
    /// Names the version.
    pub policy_version: String,
}

/// What was decided, by decision.
pub async fn decided(
    work: &Work,
    decision_ids: &[String],
) -> Result<HashMap<String, Decided>, StoreError> {
    let query = work
        .own::<decision::Entity>()
        .select_only()
        .columns([
            decision::Column::DecisionId,
            decision::Column::Levels,
            decision::Column::PolicyVersion,
        ])
        .filter(work.among(decision::Column::DecisionId, decision_ids));
    let rows: Vec<(String, Option<String>, String)> = query.into_tuple().all(work.db()).await?;
    let decided = |(id, levels, policy_version)| (id, Decided { levels, policy_version });
    Ok(rows.into_iter().map(decided).collect())
}

/// What was decided about these people, as JSON, by person; nothing of silences but that they were.
pub async fn decided_about(
    work: &Work,
    debtor_ids: &[String],
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let mut found = Vec::new();
    for chunk in debtor_ids.chunks(CHUNK) {
        let query = work
            .own::<decision::Entity>()
            .select_only()
            .column(decision::Column::DebtorId)
            .column(decision::Column::Levels)
            .filter(decision::Column::DebtorId.is_in(chunk));
        found.extend(query.into_tuple::<(String, Option<String>)>().all(work.db()).await?);
    }
    Ok(found)
}
