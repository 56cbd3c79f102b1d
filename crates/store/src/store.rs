use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use kulanz_types::{Clock, Seeds, SharedClock, TenantId};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use secrecy::SecretBox;
use tokio::sync::Notify;

use crate::{EventLog, Migration, StoreError, Work, migration, vault::Vault};

/// Which database a store stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// PostgreSQL with row-level security.
    Postgres,
    /// A SQLite file or memory; one connection, no row-level security.
    Sqlite,
}

/// Where a service's data lies.
#[derive(Clone)]
pub struct StoreConfig {
    /// `postgres://…` as the service's own role, or `sqlite://file?mode=rwc`, or `sqlite::memory:`.
    pub url: String,
    /// On PostgreSQL: the same database as the service's system role, which sees every tenant's
    /// outbox and due work and nothing else.
    pub system_url: Option<String>,
    /// The service's schema on PostgreSQL.
    pub schema: String,
    /// Connections of the service's own role; SQLite always uses one.
    pub max_connections: u32,
    /// The key that wraps the debtors' data keys: 32 bytes.
    pub master_key: Arc<SecretBox<[u8; 32]>>,
}

/// One service's database.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    service: &'static str,
    backend: Backend,
    app: DatabaseConnection,
    system: DatabaseConnection,
    clock: SharedClock,
    seeds: Seeds,
    vault: Vault,
    signal: Notify,
    commits: AtomicU64,
    audited: AtomicBool,
    purged: Mutex<Option<DateTime<Utc>>>,
    log: OnceLock<EventLog>,
}

impl Store {
    /// Connects `service` to its database.
    pub async fn connect(
        service: &'static str,
        config: &StoreConfig,
        clock: SharedClock,
        seeds: Seeds,
    ) -> Result<Self, StoreError> {
        let app = Database::connect(options(&config.url, config, config.max_connections)).await?;
        let backend = match app.get_database_backend() {
            DbBackend::Postgres => Backend::Postgres,
            _ => Backend::Sqlite,
        };
        let system = match (&config.system_url, backend) {
            (Some(url), Backend::Postgres) => Database::connect(options(url, config, 4)).await?,
            _ => app.clone(),
        };
        let vault = Vault::new(&config.master_key);
        let (signal, commits) = (Notify::new(), AtomicU64::new(0));
        let (audited, purged) = (AtomicBool::new(false), Mutex::new(None));
        Ok(Self(Arc::new(Inner {
            service,
            backend,
            app,
            system,
            clock,
            seeds,
            vault,
            signal,
            commits,
            audited,
            purged,
            log: OnceLock::new(),
        })))
    }

    /// Brings a SQLite database up to date over the store's own connection, for one that lives in memory.
    /// PostgreSQL is migrated by [`crate::migrate`] as its owner.
    pub async fn migrate_embedded(
        &self,
        config: &StoreConfig,
        migrations: &[Migration],
    ) -> Result<usize, StoreError> {
        migration::apply(self.app(), self.service(), config, migrations).await
    }

    /// Begins a transaction that sees `tenant` only. Dropping it without `commit` undoes it.
    pub async fn begin(&self, tenant: TenantId) -> Result<Work, StoreError> {
        Work::begin(self.clone(), tenant).await
    }

    /// The service that owns this database.
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        self.0.backend
    }

    /// Business time.
    pub fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    /// Ids and randomness.
    pub fn seeds(&self) -> &Seeds {
        &self.0.seeds
    }

    /// The connection that sees every tenant's outbox and due work. For the bus and the scheduler.
    pub fn system(&self) -> &DatabaseConnection {
        &self.0.system
    }

    /// Rung after each commit; relay and scheduler wait for it.
    pub fn signal(&self) -> &Notify {
        &self.0.signal
    }

    /// How many transactions this process has committed here.
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::SeqCst)
    }

    /// Counts a commit and rings.
    pub(crate) fn committed(&self) {
        self.0.commits.fetch_add(1, Ordering::SeqCst);
        self.0.signal.notify_waiters();
        self.0.signal.notify_one();
    }

    /// Tells PostgreSQL how large its tables have become: of one that was empty a minute ago it knows
    /// nothing, and looks for a few hundred keys by reading every row of the tenant. For bulk work. Only columns of
    /// indexes are looked at: of a table with many others that is a small part of the work.
    pub async fn refresh_statistics(&self) -> Result<(), StoreError> {
        if self.backend() == Backend::Postgres {
            self.0.app.execute_unprepared("SELECT refresh_statistics()").await?;
        }
        Ok(())
    }

    /// Keeps an audit log of this service from here on: no call that writes is answered without a record
    /// of who made it, see [`Work::by`].
    pub fn keep_audit(&self) {
        self.0.audited.store(true, Ordering::Relaxed);
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.0.app.ping().await?)
    }

    pub(crate) fn app(&self) -> &DatabaseConnection {
        &self.0.app
    }

    pub(crate) fn log_slot(&self) -> &OnceLock<EventLog> {
        &self.0.log
    }

    pub(crate) fn is_audited(&self) -> bool {
        self.0.audited.load(Ordering::Relaxed)
    }

    pub(crate) fn purged(&self) -> &Mutex<Option<DateTime<Utc>>> {
        &self.0.purged
    }

    /// On SQLite: moves what was committed into the file and empties the log beside it, which still holds
    /// the pages as they were.
    pub(crate) async fn empty_log(&self) -> Result<(), StoreError> {
        if self.backend() == Backend::Sqlite {
            self.0.app.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }
}

/// A connection that answered so lately is there; one that rested longer is asked before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// More than a service has statements, so that none is prepared twice.
const STATEMENTS: usize = 1_000;

/// Rows that SQLite's thread may be ahead of whoever reads them: where it has to wait for room, each row is
/// two changes of threads.
const ROWS: usize = 1_000;

fn options(url: &str, config: &StoreConfig, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).acquire_timeout(Duration::from_secs(30));
    if url.starts_with("sqlite") {
        // One connection: an in-memory database lives in it, and writers never meet "database is locked".
        options.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
        options.test_before_acquire(false);
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .statement_cache_capacity(STATEMENTS)
                .row_buffer_size(ROWS)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                // What is deleted is overwritten: an erased person leaves no bytes in the file.
                .pragma("secure_delete", "ON")
        });
    } else {
        options.max_connections(connections).min_connections(1);
        options.test_before_acquire_if_idle_for(FRESH);
        options.set_schema_search_path(&config.schema);
        options.set_application_name(format!("kulanz {}", config.schema));
    }
    options
}
