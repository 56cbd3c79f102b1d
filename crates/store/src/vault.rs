//! Personal data at rest: a key per debtor, wrapped by the service's master key. A sealed value opens
//! only in the row and column it was written to; destroying the key erases every copy of the data,
//! backups included.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use kulanz_types::{DebtorId, Seeds, TenantId};
use sea_orm::ConnectionTrait;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::{Backend, Known, Rows, Store, StoreError, Work};

const NONCE_LENGTH: usize = 12;

/// The service's keys, derived from the configured master key.
pub(crate) struct Vault {
    wrapping: [u8; 32],
    blind: [u8; 32],
    fingerprint: [u8; 32],
}

/// One debtor's data key.
#[derive(Clone)]
pub(crate) struct DataKey([u8; 32]);

impl Vault {
    pub(crate) fn new(master: &SecretBox<[u8; 32]>) -> Self {
        let derive = |purpose: &[u8]| mac(master.expose_secret(), &[purpose]);
        Self {
            wrapping: derive(b"kulanz data key wrapping"),
            blind: derive(b"kulanz blind index"),
            fingerprint: derive(b"kulanz request fingerprint"),
        }
    }

    /// A keyed hash of a request: without the key nobody can try which values it held.
    pub(crate) fn fingerprint(&self, parts: &[&[u8]]) -> Vec<u8> {
        mac(&self.fingerprint, parts).to_vec()
    }

    fn wrap(&self, key: &DataKey, aad: &str, seeds: &Seeds) -> Result<Vec<u8>, StoreError> {
        seal(&self.wrapping, &key.0, aad, seeds)
    }

    fn unwrap(&self, wrapped: &[u8], aad: &str) -> Result<DataKey, StoreError> {
        let broken = StoreError::SealBroken { column: "data_key.wrapped" };
        let plain = open(&self.wrapping, wrapped, aad).ok_or(broken)?;
        let unreadable = StoreError::Unreadable { what: "data_key.wrapped" };
        plain.try_into().map(DataKey).map_err(|_| unreadable)
    }
}

impl Store {
    /// [`Work::blind_index`] outside a transaction.
    pub fn blind_index(&self, tenant: TenantId, kind: &str, value: &str) -> String {
        let tenant = tenant.to_string();
        let parts = [tenant.as_bytes(), kind.as_bytes(), value.as_bytes()];
        HEXLOWER.encode(&mac(&self.vault().blind, &parts)[..16])
    }
}

impl Work {
    /// Seals personal data of `debtor` for the row `row_id` of `column` (`table.column`).
    ///
    /// # Errors
    /// [`StoreError::KeyDestroyed`] after the debtor was erased.
    pub async fn seal(
        &self,
        debtor: DebtorId,
        column: &'static str,
        row_id: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        self.prepare_keys(&[debtor]).await?;
        let key = self.cached_key(debtor).ok_or(StoreError::KeyDestroyed)?;
        seal(&key.0, plain, &associated(self.tenant(), column, row_id), self.seeds())
    }

    /// Opens what [`Work::seal`] made for the same row and column; `None` after the debtor was erased.
    pub async fn open(
        &self,
        debtor: DebtorId,
        column: &'static str,
        row_id: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.prepare_keys(&[debtor]).await?;
        let Some(key) = self.cached_key(debtor) else { return Ok(None) };
        open(&key.0, sealed, &associated(self.tenant(), column, row_id))
            .map(Some)
            .ok_or(StoreError::SealBroken { column })
    }

    /// [`Work::seal`] of a structure as JSON.
    pub async fn seal_json<T: Serialize + Sync>(
        &self,
        debtor: DebtorId,
        column: &'static str,
        row_id: &str,
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        let plain =
            serde_json::to_vec(value).map_err(|_| StoreError::Unreadable { what: column })?;
        self.seal(debtor, column, row_id, &plain).await
    }

    /// [`Work::open`] of a structure as JSON.
    pub async fn open_json<T: DeserializeOwned>(
        &self,
        debtor: DebtorId,
        column: &'static str,
        row_id: &str,
        sealed: &[u8],
    ) -> Result<Option<T>, StoreError> {
        let Some(plain) = self.open(debtor, column, row_id, sealed).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|_| StoreError::Unreadable { what: column })
    }

    /// A keyed hash of `value` for look-ups by equality: the same within this tenant and service for
    /// the same `kind` and value, and of no use to anyone without the master key.
    pub fn blind_index(&self, kind: &str, value: &str) -> String {
        self.store().blind_index(self.tenant(), kind, value)
    }

    /// Destroys the data key of `debtor`: whatever was sealed with it can never be read again.
    pub async fn destroy_keys(&self, debtor: DebtorId) -> Result<(), StoreError> {
        self.prepare_keys(&[debtor]).await?;
        self.execute(
            "UPDATE data_key SET wrapped = NULL, destroyed_at = $1 \
             WHERE tenant_id = $2 AND debtor_id = $3 AND destroyed_at IS NULL",
            [self.now().into(), self.tenant().to_string().into(), debtor.to_string().into()],
        )
        .await?;
        self.cache_key(debtor, None);
        self.erases.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Loads the data keys of `debtors`, making those that do not exist yet: two statements however
    /// many there are, a third where another transaction makes some at the same time. Sealing and opening
    /// call it by themselves; bulk work calls it once before.
    pub async fn prepare_keys(&self, debtors: &[DebtorId]) -> Result<(), StoreError> {
        let mut missing: Vec<_> =
            debtors.iter().copied().filter(|debtor| !self.key_is_cached(*debtor)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        missing.dedup();
        self.load_keys(&missing).await?;
        missing.retain(|debtor| !self.key_is_cached(*debtor));
        if missing.is_empty() {
            return Ok(());
        }
        if self.insert_keys(&missing, Known::Keep).await? {
            return Ok(());
        }
        self.load_keys(&missing).await
    }

    /// Holds the data keys of `debtors`: nobody destroys them before this transaction ends. Who was erased already, by
    /// id. Whoever writes of a person in the clear, where nothing is sealed, asks before; and whoever erases destroys
    /// the key before looking for what there is.
    pub async fn hold_keys(&self, debtors: &[DebtorId]) -> Result<HashSet<String>, StoreError> {
        if debtors.is_empty() {
            return Ok(HashSet::new());
        }
        self.prepare_keys(debtors).await?;
        let list: Vec<String> = debtors.iter().map(ToString::to_string).collect();
        let (among, given) = self.one_of("$2", &list);
        let lock = match self.store().backend() {
            Backend::Postgres => "FOR SHARE",
            // A write has the database to itself.
            Backend::Sqlite => "",
        };
        // One whose key is being destroyed would not be waited for if only such were asked for.
        let sql = format!(
            "SELECT debtor_id, wrapped IS NULL AS erased FROM data_key \
             WHERE tenant_id = $1 AND debtor_id {among} {lock}"
        );
        let values = [self.tenant().to_string().into(), given.into()];
        let mut erased = HashSet::new();
        for row in self.db().query_all_raw(self.statement(&sql, values)).await? {
            if row.try_get("", "erased")? {
                erased.insert(row.try_get("", "debtor_id")?);
            }
        }
        Ok(erased)
    }

    /// Makes the data keys of debtors whose ids this transaction made: nobody can have made them before,
    /// so none is looked for.
    pub async fn make_keys(&self, debtors: &[DebtorId]) -> Result<(), StoreError> {
        self.insert_keys(debtors, Known::Refuse).await?;
        Ok(())
    }

    async fn load_keys(&self, debtors: &[DebtorId]) -> Result<(), StoreError> {
        let list: Vec<String> = debtors.iter().map(ToString::to_string).collect();
        let (among, given) = self.one_of("$2", &list);
        let values = [self.tenant().to_string().into(), given.into()];
        let sql = format!(
            "SELECT debtor_id, wrapped FROM data_key WHERE tenant_id = $1 AND debtor_id {among}"
        );
        for row in self.db().query_all_raw(self.statement(&sql, values)).await? {
            let debtor: DebtorId = row.try_get::<String>("", "debtor_id")?.parse()?;
            let wrapped: Option<Vec<u8>> = row.try_get("", "wrapped")?;
            let aad = associated(self.tenant(), "data_key.wrapped", &debtor.to_string());
            let key = wrapped.map(|bytes| self.store().vault().unwrap(&bytes, &aad));
            self.cache_key(debtor, key.transpose()?);
        }
        Ok(())
    }

    /// Makes keys for `debtors`, each named once. Whether they are theirs, as none had one already.
    async fn insert_keys(&self, debtors: &[DebtorId], known: Known) -> Result<bool, StoreError> {
        let tenant = self.tenant().to_string();
        let mut keys = Vec::with_capacity(debtors.len());
        let mut values = Vec::with_capacity(debtors.len() * 4);
        for debtor in debtors {
            let key = DataKey(self.seeds().bytes());
            let id = debtor.to_string();
            let aad = associated(self.tenant(), "data_key.wrapped", &id);
            let wrapped = self.store().vault().wrap(&key, &aad, self.seeds())?;
            values.extend::<[sea_orm::Value; 4]>([
                tenant.clone().into(),
                id.into(),
                wrapped.into(),
                self.now().into(),
            ]);
            keys.push(key);
        }
        let columns = &["tenant_id", "debtor_id", "wrapped", "created_at"];
        let added = self.insert_rows(Rows { table: "data_key", columns, values, known }).await?;
        let all_new = usize::try_from(added).is_ok_and(|added| added == debtors.len());
        if all_new {
            for (debtor, key) in debtors.iter().zip(keys) {
                self.cache_key(*debtor, Some(key));
            }
        }
        Ok(all_new)
    }
}

fn associated(tenant: TenantId, column: &str, row_id: &str) -> String {
    format!("{tenant}|{column}|{row_id}")
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any key length");
    for part in parts {
        mac.update(part);
        mac.update(&[0]);
    }
    mac.finalize().into_bytes().into()
}

fn seal(key: &[u8; 32], plain: &[u8], aad: &str, seeds: &Seeds) -> Result<Vec<u8>, StoreError> {
    let nonce: [u8; NONCE_LENGTH] = seeds.bytes();
    let payload = Payload { msg: plain, aad: aad.as_bytes() };
    let cipher = ChaCha20Poly1305::new(&Key::from(*key));
    let sealed = cipher
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| StoreError::Unreadable { what: "a value too long to seal" })?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 32], sealed: &[u8], aad: &str) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(NONCE_LENGTH)?;
    let nonce: [u8; NONCE_LENGTH] = nonce.try_into().ok()?;
    let payload = Payload { msg: body, aad: aad.as_bytes() };
    ChaCha20Poly1305::new(&Key::from(*key)).decrypt(&Nonce::from(nonce), payload).ok()
}
