use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kulanz_store::{Migration, Store, StoreConfig, migrate};
use kulanz_types::{Seeds, VirtualClock};
use secrecy::SecretBox;

use crate::{Backend, servers};

static GROUPS: AtomicU64 = AtomicU64::new(0);

/// Databases without services on top: for tests of what lies below them.
pub struct Stores {
    backend: Backend,
    number: u64,
    clock: VirtualClock,
    seeds: Seeds,
}

impl Stores {
    /// A group of databases under one clock.
    pub fn new(backend: Backend, clock: VirtualClock) -> Self {
        let number = GROUPS.fetch_add(1, Ordering::Relaxed);
        Self { backend, number, clock, seeds: Seeds::fixed(3) }
    }

    /// What the keys on Redis begin with.
    pub fn prefix(&self) -> String {
        format!("s{}", self.number)
    }

    /// The migrated database of `service`; asked for twice, two stores on one PostgreSQL schema.
    pub async fn connect(&self, service: &'static str, migrations: &[Migration]) -> Store {
        let postgres = || &servers().0;
        let (url, system_url) = match self.backend {
            Backend::Embedded => ("sqlite::memory:".to_owned(), None),
            Backend::Server => (
                postgres().url(&format!("kulanz_{service}")),
                Some(postgres().url(&format!("kulanz_{service}_system"))),
            ),
        };
        let config = StoreConfig {
            url,
            system_url,
            schema: format!("s{}_{service}", self.number),
            max_connections: 6,
            master_key: Arc::new(SecretBox::new(Box::new([7; 32]))),
        };
        if self.backend == Backend::Server {
            let owner = postgres().url("owner");
            migrate(service, &config, &owner, migrations).await.expect("migrations apply");
        }
        let clock = Arc::new(self.clock.clone());
        let store = Store::connect(service, &config, clock, self.seeds.clone())
            .await
            .expect("the database answers");
        if self.backend == Backend::Embedded {
            store.migrate_embedded(&config, migrations).await.expect("migrations apply");
        }
        store
    }
}
