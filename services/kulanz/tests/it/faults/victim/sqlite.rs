//! A trap in SQLite's tables: a trigger that counts and never comes to an end.

use std::{
    collections::VecDeque,
    convert::Infallible,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::Victim;

const TRAP: &str = "
CREATE TABLE trap (step INTEGER);
CREATE VIEW for_ever AS
    WITH RECURSIVE turn (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM turn)
    SELECT number FROM turn;
CREATE TRIGGER trap AFTER INSERT ON {table} WHEN NEW.{column} IN (SELECT step FROM trap) BEGIN
    SELECT count(*) FROM for_ever;
END;";
/// A lock that was seen at every look for so long is a transaction that sits in the trap, or one that lasts
/// very long: either way it is killed in its middle.
const LOOKS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(5);
/// Where the index of SQLite's log is locked by whoever writes (`WAL_WRITE_LOCK`).
const WRITER: &str = "120";

/// A trap in a database file, for as many kills as it has steps.
pub struct Trap {
    file: PathBuf,
    table: &'static str,
    column: &'static str,
    steps: VecDeque<i64>,
}

impl Trap {
    /// Lays it for rows of `table` whose `column` holds one of `steps`, which come in their order.
    pub async fn lay(
        file: &Path,
        (table, column): (&'static str, &'static str),
        steps: &[i64],
    ) -> Self {
        let trap = Self { file: file.to_owned(), table, column, steps: steps.to_vec().into() };
        let mut connection = trap.connect().await;
        let sql = trap.filled(TRAP);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        trap.set(&mut connection).await;
        connection.close().await.unwrap();
        trap
    }

    /// Kills whoever sits in the trap, and sets it for the next step; never ends by itself.
    pub async fn kill_in_it(&mut self, victim: &mut Victim) -> Infallible {
        let mut looks = 0;
        loop {
            looks = if self.is_locked_by(victim.pid()) { looks + 1 } else { 0 };
            if looks >= LOOKS && !self.steps.is_empty() {
                victim.kill(self.go_on()).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sees that the killed transaction left nothing, and sets the trap for the next step.
    async fn go_on(&mut self) {
        let mut connection = self.connect().await;
        let left = self.filled("SELECT count(*) FROM {table} WHERE {column} >= $1");
        let left = sqlx::query_scalar(AssertSqlSafe(left)).bind(self.steps.pop_front());
        let left: i64 = left.fetch_one(&mut connection).await.unwrap();
        assert_eq!(left, 0, "rows of {} outlived their transaction", self.table);
        self.set(&mut connection).await;
        connection.close().await.unwrap();
    }

    async fn set(&self, connection: &mut SqliteConnection) {
        sqlx::query("DELETE FROM trap").execute(&mut *connection).await.unwrap();
        let insert = sqlx::query("INSERT INTO trap VALUES ($1)").bind(self.steps.front());
        insert.execute(connection).await.unwrap();
    }

    fn filled(&self, sql: &str) -> String {
        sql.replace("{table}", self.table).replace("{column}", self.column)
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite://{}", self.file.display())).await.unwrap()
    }

    /// Whether a process holds the lock of a writer, as the kernel tells it: to ask SQLite is to lock.
    fn is_locked_by(&self, pid: u32) -> bool {
        let Ok(index) = fs::metadata(format!("{}-shm", self.file.display())) else { return false };
        let (pid, inode) = (pid.to_string(), format!(":{}", index.ino()));
        let locks = fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [.., kind, holder, file, first, _] = words.as_slice() else { return false };
            (*kind, *holder, *first) == ("WRITE", pid.as_str(), WRITER) && file.ends_with(&inode)
        })
    }
}
