use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Days, Utc};
use kulanz_bus::{admin, redis::Queue};
use kulanz_chassis::{
    Boot, Clients, Constellation, Definition, MasterKey, Settings,
    constellation::{migrate, share_port, store_config},
    server::Signal,
};
use kulanz_store::{DueRunner, Store};
use kulanz_types::{Seeds, TenantId};
use tokio::net::TcpListener;

use crate::{Backend, servers, until};

/// The services of a test, on one backend, at a virtual 10:00 of a Monday.
pub struct House {
    constellation: Constellation,
    clients: Clients,
    queue: Option<Queue>,
    /// Databases of services that run in processes of their own.
    observed: Vec<Store>,
    configuration: String,
    settings: Arc<Settings>,
    services: Vec<&'static str>,
    tenant: TenantId,
    other_tenant: TenantId,
    seeds: Seeds,
}

/// How a [`House`] is furnished.
pub struct HouseBuilder {
    backend: Backend,
    definitions: Vec<Definition>,
    peers: Vec<(&'static str, SocketAddr)>,
    overlay: String,
    redis_url: Option<String>,
    elsewhere: Vec<&'static str>,
    background: bool,
    connections: u32,
    folder: PathBuf,
}

/// Numbers the houses of this process: each gets schemas and keys of its own.
static HOUSES: AtomicU64 = AtomicU64::new(0);

impl House {
    /// A house of these services and nothing else.
    pub async fn start(backend: Backend, definitions: &[Definition]) -> Self {
        Self::build(backend, definitions).start().await
    }

    /// A house to be furnished.
    pub fn build(backend: Backend, definitions: &[Definition]) -> HouseBuilder {
        HouseBuilder {
            backend,
            definitions: definitions.to_vec(),
            peers: Vec::new(),
            overlay: String::new(),
            redis_url: None,
            elsewhere: Vec::new(),
            background: backend == Backend::Server,
            connections: 6,
            folder: PathBuf::new(),
        }
    }

    /// The tenant of the test.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// A tenant that must see nothing of the other.
    pub fn other_tenant(&self) -> TenantId {
        self.other_tenant
    }

    /// The running services.
    pub fn constellation(&self) -> &Constellation {
        &self.constellation
    }

    /// Clients that carry the token of the request, see [`House::ask`].
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Ids and randomness of the test itself, apart from the services'.
    pub fn seeds(&self) -> &Seeds {
        &self.seeds
    }

    /// The settings of this house as the text of a configuration file, for a process that joins it.
    pub fn configuration(&self) -> &str {
        &self.configuration
    }

    /// The schema of `service` on PostgreSQL.
    pub fn schema(&self, service: &str) -> String {
        self.settings.database.schema(service)
    }

    /// The databases of all its services.
    pub fn stores(&self) -> impl Iterator<Item = &Store> {
        self.constellation.stores().chain(&self.observed)
    }

    /// Business time.
    pub fn now(&self) -> DateTime<Utc> {
        self.constellation.clock().now()
    }

    /// A new `request_id`.
    pub fn request_id(&self) -> String {
        request_id(&self.seeds)
    }

    /// Waits until every event is handled and all work that is due now is done.
    pub async fn settle(&self) {
        let Some(queue) = &self.queue else {
            return self.constellation.run_until_idle().await.expect("the bus runs");
        };
        until("the house to settle", async || self.is_idle(queue).await.then_some(())).await;
    }

    /// Moves business time by whole days, doing whatever falls due on the way, in its order.
    pub async fn advance_days(&self, days: u64) {
        self.advance_to(self.now() + Days::new(days)).await;
    }

    /// Moves business time to `target`, doing whatever falls due on the way, in its order.
    pub async fn advance_to(&self, target: DateTime<Utc>) {
        self.settle().await;
        while let Some(next) = self.next_due().await.filter(|next| *next <= target) {
            self.move_clock(next).await;
        }
        self.move_clock(target).await;
    }

    /// Ends the services.
    pub async fn stop(self) {
        self.constellation.shutdown(Signal::Interrupt).await;
    }

    async fn move_clock(&self, target: DateTime<Utc>) {
        self.constellation.advance(target).await.expect("the clock is virtual");
        self.settle().await;
    }

    async fn next_due(&self) -> Option<DateTime<Utc>> {
        let mut next = None;
        for store in self.stores() {
            let runner = DueRunner::new(store.clone(), &[], "test");
            let due = runner.next_due_after(self.now()).await.expect("the database answers");
            next = next.into_iter().chain(due).min();
        }
        next
    }

    async fn is_idle(&self, queue: &Queue) -> bool {
        // Handlers commit before they acknowledge: what they published shows in the second look.
        self.nothing_waits(queue).await && self.nothing_waits(queue).await
    }

    async fn nothing_waits(&self, queue: &Queue) -> bool {
        for store in self.stores() {
            let standing = admin::standing(store).await.expect("the database answers");
            if standing.unsent > 0 || admin::due_now(store).await.expect("it answers") > 0 {
                return false;
            }
        }
        queue.is_drained(&self.services).await.unwrap_or(false)
    }
}

impl HouseBuilder {
    /// Puts a stand-in at the place of a service that the house does not run.
    #[must_use]
    pub fn peer(mut self, service: &'static str, address: SocketAddr) -> Self {
        self.peers.push((service, address));
        self
    }

    /// Settings that differ from the defaults, as the text of a configuration file.
    #[must_use]
    pub fn settings(mut self, overlay: &str) -> Self {
        self.overlay.push_str(overlay);
        self
    }

    /// A Redis of the test's own, to be stopped and started.
    #[must_use]
    pub fn redis(mut self, url: String) -> Self {
        self.redis_url = Some(url);
        self
    }

    /// Keeps events in the outbox and due work undone, for measurements of the calls alone.
    #[must_use]
    pub fn without_background(mut self) -> Self {
        self.background = false;
        self
    }

    /// How many connections to PostgreSQL each service may have.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// Keeps SQLite's databases in files, for processes that share them; without it they are in memory.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Leaves `service` to a process at `address`; its tables are made here. Needs keys in a folder, see
    /// [`HouseBuilder::settings`].
    #[must_use]
    pub fn elsewhere(mut self, service: &'static str, address: SocketAddr) -> Self {
        self.elsewhere.push(service);
        self.peer(service, address)
    }

    /// Starts the services.
    pub async fn start(self) -> House {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (configuration, settings) = self.resolve(address);
        let settings = Arc::new(settings);
        let seeds = Seeds::fixed(1);
        let queue = (self.backend == Backend::Server).then(|| {
            use secrecy::ExposeSecret as _;
            Queue::new(settings.redis.url.expose_secret(), &settings.redis.prefix).expect("a URL")
        });
        if queue.is_some() {
            migrate(&settings, &self.definitions, &seeds).await.expect("migrations apply");
        }
        let services = self.definitions.iter().map(|definition| definition.name).collect();
        let (away, here): (Vec<_>, Vec<_>) =
            self.definitions.iter().partition(|one| self.elsewhere.contains(&one.name));
        let boot = Boot {
            definitions: here,
            settings: Arc::clone(&settings),
            seeds,
            listener,
            replica: "test-0".into(),
            background: self.background,
        };
        let constellation = Constellation::start(boot).await.expect("the services start");
        let clients = constellation.clients().expect("their addresses");
        let (seeds, now) = (Seeds::fixed(2), constellation.clock().now());
        let (tenant, other_tenant) =
            (TenantId::generate(&seeds, now), TenantId::generate(&seeds, now));
        let observed = observe(&settings, &away, &constellation).await;
        House {
            constellation,
            clients,
            queue,
            observed,
            configuration,
            settings,
            services,
            tenant,
            other_tenant,
            seeds,
        }
    }

    fn resolve(&self, address: SocketAddr) -> (String, Settings) {
        let number = HOUSES.fetch_add(1, Ordering::Relaxed);
        let base = match self.backend {
            Backend::Embedded => {
                format!("[database]\nfolder = \"{}\"\n", self.folder.display())
            }
            Backend::Server => {
                let (postgres, redis) = servers();
                let redis = self.redis_url.clone().unwrap_or_else(|| redis.url());
                format!(
                    "[database]\nbackend = \"postgres\"\nurl = \"{}\"\nsystem_url = \"{}\"\n\
                     owner_url = \"{}\"\nschema_prefix = \"t{number}_\"\nconnections = {}\n\
                     [redis]\nurl = \"{redis}\"\nprefix = \"t{number}\"\n",
                    postgres.url("kulanz_{service}"),
                    postgres.url("kulanz_{service}_system"),
                    postgres.url("owner"),
                    self.connections,
                )
            }
        };
        let keys = if self.overlay.contains("[auth]") { "" } else { "[auth]\nkeys = \"\"\n" };
        let overlay = format!("[clock]\nmode = \"virtual\"\n{keys}{base}{}", self.overlay);
        let mut settings = Settings::from_overlay(&overlay).expect("settings");
        share_port(&mut settings, address);
        for (service, peer) in &self.peers {
            let slot = match *service {
                "claims" => &mut settings.services.claims,
                "personas" => &mut settings.services.personas,
                "experimentation" => &mut settings.services.experimentation,
                "messaging" => &mut settings.services.messaging,
                "payments" => &mut settings.services.payments,
                other => panic!("no service is called {other}"),
            };
            *slot = format!("http://{peer}");
        }
        (overlay, settings)
    }
}

async fn observe(
    settings: &Settings,
    definitions: &[Definition],
    constellation: &Constellation,
) -> Vec<Store> {
    let mut stores = Vec::new();
    for definition in definitions {
        let master = MasterKey::load(&settings.auth.keys).expect("keys in a folder");
        let config = store_config(&settings.database, definition.name, &master);
        let clock = Arc::clone(constellation.clock());
        let store = Store::connect(definition.name, &config, clock, Seeds::fixed(4)).await;
        let store = store.expect("the database answers");
        store.read_events_from(definition.log);
        stores.push(store);
    }
    stores
}

/// A random UUID of version 4, as callers send it.
fn request_id(seeds: &Seeds) -> String {
    let mut bytes: [u8; 16] = seeds.bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
