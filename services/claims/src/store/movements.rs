//! What happened to a creditor's claims, in the order in which it became known: entries of accounts and
//! steps of lives, each read from a place on. A place counts once nothing older is being written any
//! more, so that whoever goes on after it misses nothing.

use chrono::{DateTime, NaiveDate, Utc};
use kulanz_store::{Backend, StoreError, Work};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

/// A place in one of the two rows: the transaction, and the place within the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the transaction; 0 where writers come one after the other.
    pub recorded_in: i64,
    /// Number in the table.
    pub number: i64,
}

/// What to read.
#[derive(Debug, Clone)]
pub struct Query {
    /// Whose claims.
    pub creditor_id: String,
    /// Only from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Only before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// An entry or a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Where to go on after it.
    pub place: Place,
    pub claim_id: String,
    pub reference: String,
    pub currency: String,
    pub recorded_at: DateTime<Utc>,
    /// The entry's kind, or the state after.
    pub kind: String,
    pub value_date: Option<NaiveDate>,
    /// Charges above zero, credits below.
    pub amount: Option<i64>,
    /// The entry's cause, or the reason of the step.
    pub cause: Option<String>,
}

/// Entries after a place.
pub async fn entries(
    work: &Work,
    query: &Query,
    after: Place,
    limit: u64,
) -> Result<Vec<Row>, StoreError> {
    // A corrected cost takes off, a corrected credit comes on again.
    let columns = "r.kind, r.value_date, CASE WHEN r.kind IN ('payment', 'credit') OR \
        (r.kind = 'correction' AND EXISTS (SELECT 1 FROM entry o WHERE o.tenant_id = r.tenant_id \
        AND o.claim_id = r.claim_id AND o.entry_id = r.cause_id AND o.kind = 'cost')) \
        THEN -r.amount ELSE r.amount END AS amount, r.cause_id AS cause, r.booked_at AS recorded_at";
    read(work, ("entry", columns, "booked_at"), query, after, limit).await
}

/// Steps after a place.
pub async fn steps(
    work: &Work,
    query: &Query,
    after: Place,
    limit: u64,
) -> Result<Vec<Row>, StoreError> {
    let columns = "r.to_state AS kind, r.reason AS cause, r.changed_at AS recorded_at";
    read(work, ("state_change", columns, "changed_at"), query, after, limit).await
}

async fn read(
    work: &Work,
    (table, columns, instant): (&str, &str, &str),
    query: &Query,
    after: Place,
    limit: u64,
) -> Result<Vec<Row>, StoreError> {
    let (recorded_in, number, after_it, order) = match work.store().backend() {
        Backend::Postgres => (
            "r.recorded_in",
            "r.place",
            "(r.recorded_in, r.place) > ($3, $4) \
             AND r.recorded_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
            "r.recorded_in, r.place",
        ),
        Backend::Sqlite => ("0", "r.rowid", "$3 = 0 AND r.rowid > $4", "r.rowid"),
    };
    let mut values: Vec<Value> = vec![
        work.tenant().to_string().into(),
        query.creditor_id.clone().into(),
        after.recorded_in.into(),
        after.number.into(),
    ];
    let mut bounds = Vec::new();
    for (bound, sign) in [(query.from, ">="), (query.until, "<")] {
        if let Some(bound) = bound {
            values.push(bound.into());
            bounds.push(format!(" AND r.{instant} {sign} ${}", values.len()));
        }
    }
    let bounds = bounds.concat();
    let sql = format!(
        "SELECT CAST({recorded_in} AS BIGINT) AS recorded_in, {number} AS place, r.claim_id, \
         c.reference, c.currency, {columns} FROM {table} r \
         JOIN claim c ON c.tenant_id = r.tenant_id AND c.claim_id = r.claim_id \
         WHERE r.tenant_id = $1 AND c.creditor_id = $2 AND {after_it}{bounds} \
         ORDER BY {order} LIMIT {limit}"
    );
    let db = work.db();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await?.iter().map(|row| from_row(row, table == "entry")).collect()
}

fn from_row(row: &QueryResult, entry: bool) -> Result<Row, StoreError> {
    Ok(Row {
        place: Place {
            recorded_in: row.try_get("", "recorded_in")?,
            number: row.try_get("", "place")?,
        },
        claim_id: row.try_get("", "claim_id")?,
        reference: row.try_get("", "reference")?,
        currency: row.try_get("", "currency")?,
        recorded_at: row.try_get("", "recorded_at")?,
        kind: row.try_get("", "kind")?,
        value_date: if entry { Some(row.try_get("", "value_date")?) } else { None },
        amount: if entry { Some(row.try_get("", "amount")?) } else { None },
        cause: row.try_get("", "cause")?,
    })
}
