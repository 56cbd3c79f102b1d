//! Where each service's data lies, and how it gets its tables.

use std::sync::Arc;

use kulanz_store::{Backend, Store, StoreConfig, StoreError};
use kulanz_types::Seeds;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use super::House;
use crate::{
    MasterKey, Settings,
    config::{DatabaseBackend, DatabaseSettings},
    module::Definition,
    secrets::MasterKeyError,
};

/// Why a service has no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database itself.
    #[error("the database of {service}: {source}")]
    Store {
        /// Whose.
        service: &'static str,
        /// What it said.
        source: StoreError,
    },
    /// The folder of the SQLite files.
    #[error("the data folder {path}: {source}")]
    Folder {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
}

/// Where `service` keeps its data under these settings.
pub fn store_config(settings: &DatabaseSettings, service: &str, master: &MasterKey) -> StoreConfig {
    let of_service = |url: &SecretString| url.expose_secret().replace("{service}", service);
    let url = match settings.backend {
        DatabaseBackend::Postgres => of_service(&settings.url),
        DatabaseBackend::Sqlite if settings.folder.is_empty() => "sqlite::memory:".into(),
        DatabaseBackend::Sqlite => format!("sqlite://{}/{service}.db?mode=rwc", settings.folder),
    };
    let master_key = Arc::new(SecretBox::new(Box::new(master.derive(&format!("{service} data")))));
    StoreConfig {
        url,
        system_url: Some(of_service(&settings.system_url)).filter(|url| !url.is_empty()),
        schema: settings.schema(service),
        max_connections: settings.connections,
        master_key,
    }
}

/// Brings the tables of these services up to date: on PostgreSQL as the owner of the database.
pub async fn migrate(
    settings: &Settings,
    definitions: &[Definition],
    seeds: &Seeds,
) -> Result<usize, DatabaseError> {
    let master = master_key(settings, seeds)?;
    let database = &settings.database;
    let mut applied = 0;
    for definition in definitions {
        let service = definition.name;
        let config = store_config(database, service, &master);
        let owner = match database.backend {
            DatabaseBackend::Postgres => database.owner_url.expose_secret().to_owned(),
            DatabaseBackend::Sqlite => config.url.clone(),
        };
        applied += kulanz_store::migrate(service, &config, &owner, definition.migrations)
            .await
            .map_err(|source| DatabaseError::Store { service, source })?;
    }
    Ok(applied)
}

/// Connects a service; one on SQLite gets its tables here, as nobody else may open its file.
pub(super) async fn connect(
    house: &House,
    definition: &Definition,
) -> Result<Store, DatabaseError> {
    let (settings, service) = (&house.settings.database, definition.name);
    if settings.backend == DatabaseBackend::Sqlite && !settings.folder.is_empty() {
        std::fs::create_dir_all(&settings.folder)
            .map_err(|source| DatabaseError::Folder { path: settings.folder.clone(), source })?;
    }
    let config = store_config(settings, service, &house.master);
    let failed = |source| DatabaseError::Store { service, source };
    let (clock, seeds) = (Arc::clone(&house.clock), house.seeds.clone());
    let store = Store::connect(service, &config, clock, seeds).await.map_err(failed)?;
    store.read_events_from(definition.log);
    if store.backend() == Backend::Sqlite {
        store.migrate_embedded(&config, definition.migrations).await.map_err(failed)?;
    }
    Ok(store)
}

/// The secret all of a constellation's keys hang on: `master.key` in the folder of the keys. Where no
/// folder is set it lives and dies with the process.
pub(super) fn master_key(
    settings: &Settings,
    seeds: &Seeds,
) -> Result<Arc<MasterKey>, MasterKeyError> {
    let folder = &settings.auth.keys;
    if folder.as_os_str().is_empty() {
        return Ok(Arc::new(MasterKey::new(seeds.bytes())));
    }
    MasterKey::load(folder).map(Arc::new)
}
