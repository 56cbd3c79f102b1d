//! What kind of person a debtor is, with probabilities and reasons.
//!
//! News about debtors and claims (`events`) put a debtor on a list; the due work `assign` takes many
//! from it at a time, asks claims once for all of them and keeps what the typology says. The typology,
//! the feature registry and the propensity are data files under `data/`, read by [`domain`].

mod access;
mod api;
mod app;
pub mod domain;
mod error;
mod events;
mod store;

use std::sync::Arc;

use kulanz_chassis::{Definition, Module, ModuleContext};
use kulanz_proto::personas::v1::personas_service_server::PersonasServiceServer;

pub use access::ACCESS;
pub use store::MIGRATIONS;

/// The service's short name.
pub const NAME: &str = "personas";

/// The service as the house mounts it.
pub const DEFINITION: Definition =
    Definition { name: NAME, migrations: MIGRATIONS, access: ACCESS, log: None, module };

/// Builds the service.
pub fn module(context: &ModuleContext) -> Module {
    let store = context.store.clone();
    let server = api::Server { store: store.clone(), page_key: context.page_key.clone() };
    let clients = context.clients.clone();
    Module {
        register: Box::new(move |routes| {
            routes.add_service(PersonasServiceServer::new(server.clone()));
        }),
        events: Some(Arc::new(events::Events)),
        due: vec![Arc::new(app::assign::Assign { store, clients })],
        pages: None,
    }
}
