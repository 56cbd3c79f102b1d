//! What a domain service is to the house that runs it.

use std::sync::Arc;

use kulanz_bus::EventHandler;
use kulanz_store::{DueHandler, EventLog, Migration, Store};
use tonic::service::RoutesBuilder;

use crate::{Clients, Issuer, MasterKey, MethodRule, PageKey, Settings};

/// A domain service before it runs: its name, its tables, its rules and how it is built.
#[derive(Clone, Copy)]
pub struct Definition {
    /// Name of its package, schema, role and stream: `claims`.
    pub name: &'static str,
    /// Its tables.
    pub migrations: &'static [Migration],
    /// Who may call which of its methods.
    pub access: &'static [MethodRule],
    /// The table of its own that tells events, where it has one.
    pub log: Option<EventLog>,
    /// Builds it.
    pub module: fn(&ModuleContext) -> Module,
}

/// What a domain service is built from.
#[derive(Clone)]
pub struct ModuleContext {
    /// Its database, with business clock and seeds.
    pub store: Store,
    /// The other services, under its own identity.
    pub clients: Clients,
    /// The configuration of the process.
    pub settings: Arc<Settings>,
    /// Mints tokens under its own name.
    pub issuer: Issuer,
    /// Seals its page tokens.
    pub page_key: PageKey,
    /// The constellation's master secret; services only see keys derived from it.
    pub(crate) master: Arc<MasterKey>,
}

impl ModuleContext {
    /// A secret key of this service for one purpose, the same in all its replicas.
    pub fn derive_key(&self, purpose: &str) -> [u8; 32] {
        self.master.derive(&format!("{} {purpose}", self.store.service()))
    }
}

/// A domain service as the house mounts it.
pub struct Module {
    /// Adds its gRPC server.
    pub register: Box<dyn Fn(&mut RoutesBuilder) + Send + Sync>,
    /// What it does with others' events.
    pub events: Option<Arc<dyn EventHandler>>,
    /// What it does when business time comes.
    pub due: Vec<Arc<dyn DueHandler>>,
    /// Pages for whoever runs the house, such as the inbox of sent messages.
    pub pages: Option<axum::Router>,
}
