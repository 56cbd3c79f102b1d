//! A trap in PostgreSQL's tables: a trigger that sleeps.

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use kulanz_testkit::servers;
use sqlx::{AssertSqlSafe, PgPool, Row as _};

use super::Victim;

/// Stops the writing transaction at the writes whose number meets a condition: growing gaps let what was
/// killed once get further the next time.
const TRAP: &str = "
CREATE SEQUENCE {schema}.step;
CREATE FUNCTION {schema}.trap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE step BIGINT := nextval('{schema}.step');
BEGIN
    IF {steps} THEN
        PERFORM pg_sleep(600);
    END IF;
    RETURN NULL;
END $$;
DO $$ DECLARE name TEXT; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' AND {tables} LOOP
        EXECUTE format('CREATE TRIGGER trap AFTER INSERT OR UPDATE OR DELETE ON {schema}.%I \
                        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.trap()', name);
    END LOOP;
END $$;";

/// A trap in a schema.
pub struct Trap {
    pool: PgPool,
    schema: String,
}

impl Trap {
    /// Lays it into the tables whose `tablename` meets a condition, for writes whose number `step` meets
    /// another.
    pub async fn lay(schema: &str, tables: &str, steps: &str) -> Self {
        let pool = PgPool::connect(&servers().0.url("owner")).await.unwrap();
        let trap = TRAP.replace("{schema}", schema);
        let trap = trap.replace("{tables}", tables).replace("{steps}", steps);
        sqlx::raw_sql(AssertSqlSafe(trap)).execute(&pool).await.unwrap();
        Self { pool, schema: schema.to_owned() }
    }

    /// Kills whoever sits in the trap; never ends by itself.
    pub async fn kill_in_it(&self, victim: &mut Victim) -> Infallible {
        let sql = "SELECT pid FROM pg_stat_activity \
                   WHERE wait_event = 'PgSleep' AND application_name = $1";
        let application = format!("kulanz {}", self.schema);
        // PostgreSQL ends the transaction of a killed process a moment later, when the next one may be
        // in the trap already.
        let mut killed = BTreeSet::new();
        loop {
            let caught: Vec<i32> =
                sqlx::query_scalar(sql).bind(&application).fetch_all(&self.pool).await.unwrap();
            if caught.into_iter().filter(|pid| killed.insert(*pid)).count() > 0 {
                victim.kill(async {}).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A number that PostgreSQL counts.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.replace("{schema}", &self.schema));
        sqlx::query(sql).fetch_one(&self.pool).await.unwrap().get(0)
    }
}
