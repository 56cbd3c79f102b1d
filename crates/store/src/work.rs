use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, atomic::AtomicBool},
};

use chrono::{DateTime, Utc};
use kulanz_types::{DebtorId, Seeds, TenantId};
use sea_orm::{ConnectionTrait, Statement};

use crate::{Store, StoreError, Transaction, audit::Act, idempotency::RequestKey, vault::DataKey};

/// One transaction of one tenant: everything in it happens, or nothing.
pub struct Work {
    store: Store,
    transaction: Transaction,
    tenant: TenantId,
    now: DateTime<Utc>,
    pub(crate) request: Option<RequestKey>,
    pub(crate) keys: Mutex<HashMap<DebtorId, Option<DataKey>>>,
    pub(crate) acts: Mutex<Vec<Act>>,
    pub(crate) erases: AtomicBool,
}

impl Work {
    pub(crate) async fn begin(store: Store, tenant: TenantId) -> Result<Self, StoreError> {
        let transaction = Transaction::begin(&store, tenant).await?;
        let now = store.clock().now();
        let (keys, acts, erases) = (Mutex::default(), Mutex::default(), AtomicBool::default());
        Ok(Self { store, transaction, tenant, now, request: None, keys, acts, erases })
    }

    /// The transaction, for sea-orm calls. Every query filters by [`Work::tenant`], as [`Work::own`]
    /// does; on PostgreSQL row-level security holds even where one forgets.
    pub fn db(&self) -> &Transaction {
        &self.transaction
    }

    /// The tenant whose rows this transaction sees.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Business time at the beginning of the transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Ids and randomness.
    pub fn seeds(&self) -> &Seeds {
        self.store.seeds()
    }

    /// The store this transaction belongs to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Makes everything done with this `Work` permanent.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.write_audit().await?;
        self.transaction.commit().await?;
        if self.erases.into_inner() {
            self.store.empty_log().await?;
        }
        self.store.committed();
        Ok(())
    }

    /// Runs one SQL statement; its placeholders are `$1…`, which both databases read.
    pub(crate) async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> Result<u64, StoreError> {
        let statement = self.statement(sql, values);
        Ok(self.transaction.execute_raw(statement).await?.rows_affected())
    }

    pub(crate) fn statement(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> Statement {
        Statement::from_sql_and_values(self.transaction.get_database_backend(), sql, values)
    }

    pub(crate) fn key_is_cached(&self, debtor: DebtorId) -> bool {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&debtor)
    }

    /// The debtor's key, once [`Work::prepare_keys`] has run; `None` where it was destroyed.
    pub(crate) fn cached_key(&self, debtor: DebtorId) -> Option<DataKey> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&debtor).cloned().flatten()
    }

    pub(crate) fn cache_key(&self, debtor: DebtorId, key: Option<DataKey>) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(debtor, key);
    }
}
