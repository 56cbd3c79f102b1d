use kulanz_types::TenantId;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use super::AuditRecord;
use crate::{Backend, Store, StoreError, Work};

/// Records sealed in one transaction.
const BATCH: i64 = 500;
/// Whose records wait for their place.
pub(crate) const UNSEALED: &str =
    "SELECT DISTINCT tenant_id FROM audit WHERE sequence IS NULL ORDER BY tenant_id";

impl Store {
    /// Gives every committed record of `tenant` its place in the chain; how many got one. One sealer per
    /// tenant at a time: the others wait. Among the records it finds, time decides, then their ids; one
    /// that commits later comes later.
    pub async fn seal_audit(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let work = self.begin(tenant).await?;
            let count = seal_some(&work).await?;
            if count == 0 {
                return Ok(sealed);
            }
            work.commit().await?;
            sealed += count;
        }
    }

    /// [`Store::seal_audit`] for every tenant that has unsealed records.
    pub async fn seal_audits(&self) -> Result<u64, StoreError> {
        let db = self.system();
        let rows =
            db.query_all_raw(Statement::from_string(db.get_database_backend(), UNSEALED)).await?;
        let mut sealed = 0;
        for row in rows {
            sealed += self.seal_audit(row.try_get::<String>("", "tenant_id")?.parse()?).await?;
        }
        Ok(sealed)
    }
}

impl Work {
    /// Sealed records after a place in the chain, in its order; only about `subject` where one is given.
    pub async fn audit_records(
        &self,
        after: i64,
        subject: Option<&str>,
        limit: u64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let mut values: Vec<Value> = vec![self.tenant().to_string().into(), after.into()];
        let filter = match subject {
            Some(subject) => {
                values.push(subject.into());
                "AND subject_id = $3"
            }
            None => "",
        };
        let sql = format!(
            "SELECT * FROM audit WHERE tenant_id = $1 AND sequence > $2 {filter} \
             ORDER BY sequence LIMIT {limit}"
        );
        let rows = self.db().query_all_raw(self.statement(&sql, values)).await?;
        rows.iter().map(record).collect()
    }
}

async fn seal_some(work: &Work) -> Result<u64, StoreError> {
    let tenant = work.tenant().to_string();
    if work.store().backend() == Backend::Postgres {
        let lock =
            "SELECT pg_advisory_xact_lock(hashtext('audit ' || current_schema()), hashtext($1))";
        work.db().query_one_raw(work.statement(lock, [tenant.clone().into()])).await?;
    }
    let find = format!(
        "SELECT * FROM audit WHERE tenant_id = $1 AND sequence IS NULL \
         ORDER BY recorded_at, record_id LIMIT {BATCH}"
    );
    let rows = work.db().query_all_raw(work.statement(&find, [tenant.clone().into()])).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (mut sequence, mut previous) = end(work).await?;
    let (mut values, mut places) = (vec![Value::from(tenant)], Vec::new());
    for row in &rows {
        sequence += 1;
        let mut record = unsealed(row)?;
        record.sequence = sequence;
        record.previous_hash = std::mem::take(&mut previous);
        record.hash = record.computed_hash();
        previous.clone_from(&record.hash);
        let first = values.len();
        places.push(format!(
            "(CAST(${} AS TEXT), CAST(${} AS BIGINT), CAST(${} AS TEXT), CAST(${} AS TEXT))",
            first + 1,
            first + 2,
            first + 3,
            first + 4
        ));
        values.push(row.try_get::<String>("", "record_id")?.into());
        values.push(sequence.into());
        values.push(record.previous_hash.into());
        values.push(record.hash.into());
    }
    let sql = format!(
        "UPDATE audit SET sequence = place.column2, previous_hash = place.column3, \
         hash = place.column4 FROM (VALUES {}) AS place \
         WHERE audit.tenant_id = $1 AND audit.record_id = place.column1",
        places.join(", ")
    );
    work.execute(&sql, values).await
}

/// Where the tenant's chain ends.
async fn end(work: &Work) -> Result<(i64, String), StoreError> {
    let find = "SELECT sequence, hash FROM audit WHERE tenant_id = $1 AND sequence IS NOT NULL \
                ORDER BY sequence DESC LIMIT 1";
    let statement = work.statement(find, [work.tenant().to_string().into()]);
    match work.db().query_one_raw(statement).await? {
        Some(row) => Ok((row.try_get("", "sequence")?, row.try_get("", "hash")?)),
        None => Ok((0, String::new())),
    }
}

fn record(row: &QueryResult) -> Result<AuditRecord, StoreError> {
    Ok(AuditRecord {
        sequence: row.try_get("", "sequence")?,
        previous_hash: row.try_get("", "previous_hash")?,
        hash: row.try_get("", "hash")?,
        ..unsealed(row)?
    })
}

fn unsealed(row: &QueryResult) -> Result<AuditRecord, StoreError> {
    let facts: String = row.try_get("", "facts")?;
    Ok(AuditRecord {
        sequence: 0,
        at: row.try_get("", "recorded_at")?,
        actor: row.try_get("", "actor")?,
        action: row.try_get("", "action")?,
        subject_id: row.try_get("", "subject_id")?,
        facts: serde_json::from_str(&facts)
            .map_err(|_| StoreError::Unreadable { what: "audit.facts" })?,
        previous_hash: String::new(),
        hash: String::new(),
    })
}
