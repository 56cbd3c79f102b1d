//! Forward-only migrations: SQL texts that both databases read, applied once each in their order.

use kulanz_types::{Clock as _, SystemClock};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
    TransactionTrait,
};
use sha2::{Digest, Sha256};

use crate::{StoreConfig, StoreError};

/// One migration of a service. Its text uses PostgreSQL's type names; `-- postgres:` or `-- sqlite:` up
/// to `-- end` marks what only one database gets. Statements end with a semicolon at the end of a line.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Sorts and names it: `0001_first`.
    pub name: &'static str,
    /// The text.
    pub sql: &'static str,
}

/// What every service's schema holds: answers to requests, outbox, inbox, due work, data keys.
const FOUNDATION: [Migration; 4] = [
    Migration { name: "0000_foundation", sql: include_str!("../migrations/0000_foundation.sql") },
    Migration {
        name: "0000_work_failures",
        sql: include_str!("../migrations/0000_work_failures.sql"),
    },
    // The audit log, and how what is remembered can be found by its age.
    Migration { name: "0000_protection", sql: include_str!("../migrations/0000_protection.sql") },
    Migration { name: "0000_growth", sql: include_str!("../migrations/0000_growth.sql") },
];

/// Tables that the service's system role works on across tenants.
const SYSTEM_TABLES: [&str; 3] = ["outbox", "due_work", "dead_letter"];

/// What SQLite is to think of the tables: that naming the tenant alone leaves a million rows, and each further
/// column ten. Left to itself it takes any column for as telling as any other, and looks for one claim by
/// reading the whole tenant where that spares it a sort. Written down once, so that it asks today as it will
/// when the tables are full. Samples of what stands in the tables are dropped: where there are any, each value
/// that is bound makes it plan anew.
const TENANTS_ARE_LARGE: &str = "
ANALYZE;
DELETE FROM sqlite_stat1;
DELETE FROM sqlite_stat4;
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tab.name, ind.name, rows.many || (
    SELECT group_concat(' ' || CASE
        WHEN ind.\"unique\" AND col.seqno = (SELECT MAX(seqno) FROM pragma_index_info(ind.name)) THEN 1
        WHEN col.seqno = 0 AND col.name = 'tenant_id' THEN rows.many
        ELSE 10 END, '')
    FROM pragma_index_info(ind.name) AS col)
FROM sqlite_schema AS tab
JOIN pragma_index_list(tab.name) AS ind
JOIN (SELECT 0 AS partial, 1000000 AS many UNION SELECT 1, 1000) AS rows
    ON rows.partial = ind.partial
WHERE tab.type = 'table';
ANALYZE sqlite_schema;
";

/// What the system role may do to further tables, so that it can purge what is old and find what is to be
/// sealed without reading what it says.
const SYSTEM_GRANTS: [(&str, &str); 3] = [
    ("request", "SELECT (created_at), DELETE"),
    ("inbox", "SELECT (handled_at), DELETE"),
    ("audit", "SELECT (tenant_id, sequence)"),
];

/// Brings the schema of `service` up to date, as the owner of the database: `owner_url` on PostgreSQL,
/// the service's own file on SQLite. On PostgreSQL it also makes the service's roles and forces
/// row-level security on every table that names a tenant.
pub async fn migrate(
    service: &str,
    config: &StoreConfig,
    owner_url: &str,
    migrations: &[Migration],
) -> Result<usize, StoreError> {
    let mut options = ConnectOptions::new(owner_url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let applied = apply(&db, service, config, migrations).await;
    db.close().await?;
    applied
}

/// [`migrate`] over a connection that exists, for databases that live in one.
pub(crate) async fn apply(
    db: &DatabaseConnection,
    service: &str,
    config: &StoreConfig,
    migrations: &[Migration],
) -> Result<usize, StoreError> {
    let transaction = db.begin().await?;
    let postgres = transaction.get_database_backend() == DbBackend::Postgres;
    if postgres {
        prepare_schema(&transaction, service, &config.schema).await?;
    }
    transaction
        .execute_unprepared(&portable(
            "CREATE TABLE IF NOT EXISTS schema_migration \
             (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL)",
            postgres,
        ))
        .await?;
    let mut applied = 0;
    for migration in FOUNDATION.iter().chain(migrations) {
        applied += usize::from(apply_one(&transaction, migration, postgres).await?);
    }
    if postgres {
        guard_tables(&transaction, service, &config.schema).await?;
    } else if applied > 0 {
        transaction.execute_unprepared(TENANTS_ARE_LARGE).await?;
    }
    transaction.commit().await?;
    Ok(applied)
}

/// What every SQLite database has, for tests of how it is asked.
#[cfg(test)]
pub(crate) async fn embedded(db: &DatabaseConnection) -> Result<(), StoreError> {
    for migration in &FOUNDATION {
        for statement in statements(migration.sql, false) {
            db.execute_unprepared(&statement).await?;
        }
    }
    db.execute_unprepared(TENANTS_ARE_LARGE).await?;
    Ok(())
}

async fn apply_one<C: ConnectionTrait>(
    db: &C,
    migration: &Migration,
    postgres: bool,
) -> Result<bool, StoreError> {
    let backend = db.get_database_backend();
    let checksum = data_encoding::HEXLOWER.encode(&Sha256::digest(migration.sql.as_bytes()));
    let find = "SELECT checksum FROM schema_migration WHERE name = $1";
    let known = db
        .query_one_raw(Statement::from_sql_and_values(backend, find, [migration.name.into()]))
        .await?;
    if let Some(row) = known {
        let same = row.try_get::<String>("", "checksum")? == checksum;
        return if same {
            Ok(false)
        } else {
            Err(StoreError::MigrationChanged(migration.name.into()))
        };
    }
    for statement in statements(migration.sql, postgres) {
        db.execute_unprepared(&statement).await?;
    }
    let insert = "INSERT INTO schema_migration (name, checksum, applied_at) VALUES ($1, $2, $3)";
    let values = [migration.name.into(), checksum.into(), SystemClock.now().into()];
    db.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
    Ok(true)
}

/// The statements of a migration text for one of the databases.
fn statements(sql: &str, postgres: bool) -> Vec<String> {
    let (mut out, mut current, mut skip, mut dollar) = (Vec::new(), String::new(), false, false);
    for line in sql.lines() {
        match line.trim() {
            "-- postgres:" => skip = !postgres,
            "-- sqlite:" => skip = postgres,
            "-- end" => skip = false,
            text if skip || text.is_empty() || text.starts_with("--") => {}
            text => {
                current.push_str(line);
                current.push('\n');
                // A function body between $$ holds semicolons of its own.
                dollar ^= text.matches("$$").count() % 2 == 1;
                if text.ends_with(';') && !dollar {
                    out.push(portable(&std::mem::take(&mut current), postgres));
                }
            }
        }
    }
    out
}

/// SQLite's names for the types, chosen so that sqlx reads each back as what was written.
fn portable(sql: &str, postgres: bool) -> String {
    if postgres {
        return sql.to_owned();
    }
    sql.replace("TIMESTAMPTZ", "timestamp_with_timezone_text")
        .replace("BYTEA", "BLOB")
        .replace(" DATE", " date_text")
}

async fn prepare_schema<C: ConnectionTrait>(
    db: &C,
    service: &str,
    schema: &str,
) -> Result<(), StoreError> {
    // Two migration jobs at once would race for the roles.
    db.execute_unprepared("SELECT pg_advisory_xact_lock(7305801)").await?;
    for role in [format!("kulanz_{service}"), format!("kulanz_{service}_system")] {
        db.execute_unprepared(&format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN \
             CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS; END IF; END $$"
        ))
        .await?;
    }
    db.execute_unprepared(&format!(
        "CREATE SCHEMA IF NOT EXISTS {schema}; \
         GRANT USAGE ON SCHEMA {schema} TO kulanz_{service}, kulanz_{service}_system; \
         DO $$ BEGIN \
         IF NOT has_database_privilege('kulanz_{service}', current_database(), 'TEMPORARY') THEN \
         EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO kulanz_{service}', current_database()); \
         END IF; END $$; \
         SET LOCAL search_path TO {schema}"
    ))
    .await?;
    Ok(())
}

async fn guard_tables<C: ConnectionTrait>(
    db: &C,
    service: &str,
    schema: &str,
) -> Result<(), StoreError> {
    // The information schema looks at every column of every schema, and asks of each who may see it.
    let find = "SELECT relname::text AS name FROM pg_class \
                WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p') AND EXISTS \
                (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id' \
                 AND NOT attisdropped)";
    let backend = db.get_database_backend();
    let tables =
        db.query_all_raw(Statement::from_sql_and_values(backend, find, [schema.into()])).await?;
    let own = "tenant_id = current_setting('app.tenant_id')";
    for row in tables {
        let table: String = row.try_get("", "name")?;
        db.execute_unprepared(&format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; \
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
             DROP POLICY IF EXISTS tenant ON {table}; \
             CREATE POLICY tenant ON {table} TO kulanz_{service} USING ({own}) WITH CHECK ({own}); \
             GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO kulanz_{service}"
        ))
        .await?;
        let limited =
            SYSTEM_GRANTS.iter().find(|(name, _)| *name == table).map(|(_, grant)| *grant);
        let whole = SYSTEM_TABLES.contains(&table.as_str());
        if let Some(grant) = limited.or(whole.then_some("SELECT, INSERT, UPDATE, DELETE")) {
            db.execute_unprepared(&format!(
                "DROP POLICY IF EXISTS system ON {table}; \
                 CREATE POLICY system ON {table} TO kulanz_{service}_system USING (true) WITH CHECK (true); \
                 GRANT {grant} ON {table} TO kulanz_{service}_system"
            ))
            .await?;
        }
    }
    db.execute_unprepared(&format!(
        "CREATE OR REPLACE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql \
         SECURITY DEFINER SET search_path = {schema} AS $$ DECLARE indexed RECORD; BEGIN \
         FOR indexed IN SELECT attrelid::regclass AS name, \
         string_agg(DISTINCT quote_ident(attname), ', ') AS columns \
         FROM pg_index JOIN pg_class ON pg_class.oid = indrelid \
         JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey) \
         WHERE relnamespace = '{schema}'::regnamespace GROUP BY attrelid LOOP \
         EXECUTE format('ANALYZE %s (%s)', indexed.name, indexed.columns); END LOOP; END $$; \
         REVOKE ALL ON FUNCTION refresh_statistics() FROM PUBLIC; \
         GRANT EXECUTE ON FUNCTION refresh_statistics() TO kulanz_{service}"
    ))
    .await?;
    db.execute_unprepared(&format!(
        "GRANT SELECT ON schema_migration TO kulanz_{service}, kulanz_{service}_system; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO kulanz_{service}, kulanz_{service}_system"
    ))
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn each_database_gets_its_own_part_of_a_migration() {
        let sql = "CREATE TABLE a (at TIMESTAMPTZ, day DATE, raw BYTEA);\n\
                   -- postgres:\nCREATE FUNCTION f() $$\nBEGIN;\nEND;\n$$;\n-- end\n\
                   -- sqlite:\nSELECT 1;\n-- end\n";
        assert_eq!(statements(sql, true).len(), 2);
        let sqlite = statements(sql, false);
        assert_eq!(sqlite.len(), 2);
        assert!(sqlite[0].contains("at timestamp_with_timezone_text, day date_text, raw BLOB"));
    }
}
