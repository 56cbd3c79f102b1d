//! Any number of domain services in one process, from one to all: connects their databases, builds
//! them, serves them on one port and carries their events. `kulanz dev`, `kulanz serve` and the tests
//! start here, so that they run the same code.

mod clock;
mod database;
mod readiness;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use chrono::{DateTime, Utc};
use kulanz_bus::{
    BusError, LocalBus, Member,
    redis::{Consumer, Queue, QueueError, Relay},
};
use kulanz_store::{DueRunner, Store, StoreError};
use kulanz_types::{Seeds, SharedClock, SystemClock, VirtualClock};
use secrecy::ExposeSecret as _;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::service::RoutesBuilder;

use crate::{
    AccessError, AuthError, ClientError, Clients, Descriptors, Issuer, KeyRing, MasterKey, PageKey,
    Settings,
    access::AccessTable,
    auth::ISSUERS,
    client::{ClientPolicy, ServiceTokens},
    config::ServicesSettings,
    descriptors::DescriptorError,
    module::{Definition, Module, ModuleContext},
    secrets::MasterKeyError,
    server::{Gate, Health, ServeError, ServeOptions, Signal, serve},
};

pub use database::{DatabaseError, migrate, store_config};

/// Kept from an inherited deadline, so that our own caller still gets an answer.
const SLACK: std::time::Duration = std::time::Duration::from_millis(20);

/// What a process is to run.
pub struct Boot {
    /// The services.
    pub definitions: Vec<Definition>,
    /// The configuration.
    pub settings: Arc<Settings>,
    /// Ids and randomness.
    pub seeds: Seeds,
    /// The bound gRPC port.
    pub listener: TcpListener,
    /// The consumer's name on the queue: the pod's, the same after a restart.
    pub replica: String,
    /// Whether events and due work go on by themselves. Without it nothing happens between
    /// [`Constellation::run_until_idle`] and [`Constellation::advance`], so that a run repeats exactly.
    pub background: bool,
}

/// Services that run in this process.
pub struct Constellation {
    address: SocketAddr,
    settings: Arc<Settings>,
    clock: SharedClock,
    virtual_clock: Option<VirtualClock>,
    bus: Option<LocalBus>,
    stores: BTreeMap<&'static str, Store>,
    keys: KeyRing,
    descriptors: Arc<Descriptors>,
    pages: Vec<axum::Router>,
    server: ServerHandle,
    stop: CancellationToken,
    background: JoinSet<()>,
}

struct ServerHandle {
    stop: oneshot::Sender<Signal>,
    task: tokio::task::JoinHandle<Result<(), ServeError>>,
}

/// Why a process could not start its services.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A service's tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// Keys or tokens.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The address of another service.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Rules that do not fit the methods.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The contracts.
    #[error(transparent)]
    Descriptors(#[from] DescriptorError),
    /// The queue server.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The gRPC port.
    #[error("the gRPC port: {0}")]
    Port(#[from] std::io::Error),
}

impl Constellation {
    /// Starts the services and returns once they answer.
    pub async fn start(boot: Boot) -> Result<Self, StartError> {
        let settings = boot.settings;
        let address = boot.listener.local_addr()?;
        let stop = CancellationToken::new();
        let mut background = JoinSet::new();
        let virtual_clock = clock::virtual_clock(&settings, &stop, &mut background).await?;
        let clock: SharedClock = match &virtual_clock {
            Some(clock) => Arc::new(clock.clone()),
            None => Arc::new(SystemClock),
        };
        let mut house = House {
            keys: key_ring(&settings, &boot.seeds)?,
            master: database::master_key(&settings, &boot.seeds)?,
            descriptors: Arc::new(Descriptors::load()?),
            settings: Arc::clone(&settings),
            clock: Arc::clone(&clock),
            seeds: boot.seeds,
        };
        let mut mounted = Vec::new();
        for definition in &boot.definitions {
            mounted.push(house.mount(definition).await?);
        }
        let runs =
            house.carry(&mounted, &boot.replica, (boot.background, &stop), &mut background)?;
        let (server, health, pages) = house
            .serve(boot.listener, &mut mounted, (virtual_clock.as_ref(), runs.as_ref()))
            .await?;
        let stores = mounted.iter().map(|one| one.store.clone()).collect();
        background.spawn(readiness::watch(health, stores, stop.clone()));
        Ok(Self {
            address,
            settings,
            clock,
            virtual_clock,
            bus: runs,
            stores: mounted.iter().map(|one| (one.definition.name, one.store.clone())).collect(),
            keys: std::mem::take(&mut house.keys),
            descriptors: house.descriptors,
            pages,
            server,
            stop,
            background,
        })
    }

    /// Where the gRPC port is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Business time.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// The database of a service that runs here.
    pub fn store(&self, service: &str) -> Option<&Store> {
        self.stores.get(service)
    }

    /// The databases of all services that run here.
    pub fn stores(&self) -> impl Iterator<Item = &Store> {
        self.stores.values()
    }

    /// Mints tokens under the name of any issuer whose private key is here.
    pub fn issuer(&self, name: &str) -> Result<Issuer, AuthError> {
        self.keys.issuer(name, &self.settings.auth.audience, Arc::clone(&self.clock))
    }

    /// Clients of the services without an identity: they only forward the tokens they are given.
    pub fn clients(&self) -> Result<Clients, ClientError> {
        let policy = policy(&self.settings);
        Clients::connect(&self.settings.services, &policy, None, &self.descriptors)
    }

    /// The services' own pages, merged.
    pub fn pages(&self) -> axum::Router {
        self.pages.iter().cloned().fold(axum::Router::new(), axum::Router::merge)
    }

    /// The bus between the services of this process; none where Redis carries the events.
    pub fn bus(&self) -> Option<&LocalBus> {
        self.bus.as_ref()
    }

    /// Delivers every event and does all work that is due, until nothing is left. Without a bus in this
    /// process it does nothing: the queue carries the events.
    pub async fn run_until_idle(&self) -> Result<(), BusError> {
        match &self.bus {
            Some(bus) => bus.run_until_idle().await,
            None => Ok(()),
        }
    }

    /// Moves virtual business time to `target`, doing whatever falls due on the way.
    pub async fn advance(&self, target: DateTime<Utc>) -> Result<(), clock::AdvanceError> {
        clock::advance(self.virtual_clock.as_ref(), self.bus.as_ref(), &self.settings, target).await
    }

    /// Stops serving: with [`Signal::Terminate`] after the drain, with [`Signal::Interrupt`] at once.
    pub async fn shutdown(mut self, signal: Signal) {
        let _ = self.server.stop.send(signal);
        match self.server.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "serve"),
            Err(error) => tracing::error!(%error, "the server task ended"),
        }
        self.stop.cancel();
        while self.background.join_next().await.is_some() {}
    }
}

struct Mounted {
    definition: Definition,
    store: Store,
    module: Module,
}

/// What the steps of the start share.
struct House {
    settings: Arc<Settings>,
    clock: SharedClock,
    seeds: Seeds,
    keys: KeyRing,
    master: Arc<MasterKey>,
    descriptors: Arc<Descriptors>,
}

impl House {
    async fn mount(&self, definition: &Definition) -> Result<Mounted, StartError> {
        let name = definition.name;
        let store = database::connect(self, definition).await?;
        let audience = &self.settings.auth.audience;
        let issuer = self.keys.issuer(name, audience, Arc::clone(&self.clock))?;
        let tokens = Arc::new(ServiceTokens::new(issuer.clone()));
        let clients = Clients::connect(
            &self.settings.services,
            &policy(&self.settings),
            Some(&tokens),
            &self.descriptors,
        )?;
        let context = ModuleContext {
            store: store.clone(),
            clients,
            settings: Arc::clone(&self.settings),
            issuer,
            page_key: PageKey::new(&self.master.derive(&format!("{name} page tokens"))),
            master: Arc::clone(&self.master),
        };
        Ok(Mounted { definition: *definition, store, module: (definition.module)(&context) })
    }

    /// Connects the services' events and due work: in this process, or over Redis.
    fn carry(
        &self,
        mounted: &[Mounted],
        replica: &str,
        (background, stop): (bool, &CancellationToken),
        tasks: &mut JoinSet<()>,
    ) -> Result<Option<LocalBus>, StartError> {
        let redis = self.settings.redis.url.expose_secret();
        if redis.is_empty() {
            let bus = LocalBus::new(mounted.iter().map(|one| one.member(replica)).collect());
            if background {
                tasks.spawn(bus.clone().run(stop.clone()));
            }
            return Ok(Some(bus));
        }
        let queue = Queue::new(redis, &self.settings.redis.prefix)?;
        for one in mounted.iter().filter(|_| background) {
            let member = one.member(replica);
            tasks.spawn(Relay::new(one.store.clone(), queue.clone()).run(stop.clone()));
            tasks.spawn(member.due.run(stop.clone()));
            if let Some(handler) = member.handler {
                let consumer = Consumer::new(one.store.clone(), handler, queue.clone(), replica);
                tasks.spawn(consumer.run(stop.clone()));
            }
        }
        Ok(None)
    }

    async fn serve(
        &self,
        listener: TcpListener,
        mounted: &mut [Mounted],
        (virtual_clock, bus): (Option<&VirtualClock>, Option<&LocalBus>),
    ) -> Result<(ServerHandle, Health, Vec<axum::Router>), StartError> {
        let mut routes = RoutesBuilder::default();
        let mut rules: Vec<_> =
            mounted.iter().map(|one| (one.definition.name, one.definition.access)).collect();
        for one in mounted.iter() {
            (one.module.register)(&mut routes);
        }
        if let Some(clock) = virtual_clock {
            clock::register(&mut routes, clock, bus, &self.settings);
            rules.push(clock::RULES);
        }
        let access = AccessTable::new(&self.descriptors, &rules)?;
        let auth = &self.settings.auth;
        let verifier =
            self.keys.verifier(&auth.trusted_issuers, &auth.audience, Arc::clone(&self.clock))?;
        let grpc = &self.settings.grpc;
        let gate =
            Gate::new(grpc, access, verifier, Arc::clone(&self.descriptors), self.seeds.clone());
        let names = rules.iter().map(|(name, _)| service_name(name)).collect();
        let health = Health::new(names).await;
        health.ready().await;
        let served = health.clone();
        let (stop, stopped) = oneshot::channel();
        let options = ServeOptions::from(grpc);
        let shutdown = async { stopped.await.unwrap_or(Signal::Interrupt) };
        let task = tokio::spawn(async move {
            serve(listener, routes.routes(), &gate, served, options, shutdown).await
        });
        let pages = mounted.iter_mut().filter_map(|one| one.module.pages.take()).collect();
        Ok((ServerHandle { stop, task }, health, pages))
    }
}

impl Mounted {
    fn member(&self, replica: &str) -> Member {
        Member {
            store: self.store.clone(),
            handler: self.module.events.clone(),
            due: DueRunner::new(self.store.clone(), &self.module.due, replica),
        }
    }
}

fn key_ring(settings: &Settings, seeds: &Seeds) -> Result<KeyRing, AuthError> {
    let folder = &settings.auth.keys;
    if folder.as_os_str().is_empty() {
        KeyRing::generate(&ISSUERS, seeds)
    } else {
        KeyRing::load(folder)
    }
}

fn policy(settings: &Settings) -> ClientPolicy {
    ClientPolicy {
        unary_deadline: settings.grpc.unary_deadline(),
        stream_deadline: settings.grpc.stream_deadline(),
        slack: SLACK,
    }
}

/// `claims` is served as `kulanz.claims.v1.ClaimsService`.
fn service_name(module: &str) -> String {
    if module == clock::RULES.0 {
        return "kulanz.testing.v1.ClockService".into();
    }
    let mut letters = module.chars();
    let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
    let title: String = capital.into_iter().chain(letters).collect();
    format!("kulanz.{module}.v1.{title}Service")
}

/// Puts every service at the port that all of them share, as in `kulanz dev` and the tests.
pub fn share_port(settings: &mut Settings, address: SocketAddr) {
    settings.grpc.listen = address;
    settings.services = ServicesSettings::all_at(address);
}
