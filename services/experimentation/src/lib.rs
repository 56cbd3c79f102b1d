//! Experiments, decisions with propensities, and outcomes.
//!
//! [`Server`](api::Server) answers the calls; `events` books what other services report to the
//! decision that caused it; the due work `refresh_policy` turns it into the next policy version each night,
//! and `watch_policy` moves a promoted one on in its ramp, or takes it out of use.
//! What decides is pure and stands in `kulanz-policy`; the rules around it in [`domain`].

mod access;
mod api;
mod app;
pub mod domain;
mod error;
mod events;
mod store;

use std::sync::Arc;

use kulanz_chassis::{Definition, Module, ModuleContext};
use kulanz_proto::experimentation::v1::experimentation_service_server::ExperimentationServiceServer;

pub use access::ACCESS;
pub use app::decide::replays;
pub use app::promote::rehearse;
pub use error::Error;
pub use events::Events;
pub use store::MIGRATIONS;

/// The service's short name.
pub const NAME: &str = "experimentation";

/// The service as the house mounts it.
pub const DEFINITION: Definition = Definition {
    name: NAME,
    migrations: MIGRATIONS,
    access: ACCESS,
    log: Some(events::DECISIONS),
    module,
};

/// Builds the service.
pub fn module(context: &ModuleContext) -> Module {
    let store = context.store.clone();
    let roster = app::roster::Roster::new(store.clone());
    let desk = app::desk::Desk::new(store.clone(), roster.clone());
    let page_key = context.page_key.clone();
    let spaces = api::spaces::Spaces::default();
    let server = api::Server { store: store.clone(), desk, page_key, roster, spaces };
    Module {
        register: Box::new(move |routes| {
            routes.add_service(ExperimentationServiceServer::new(server.clone()));
        }),
        events: Some(Arc::new(Events)),
        due: vec![
            Arc::new(app::refresh::Refresh {
                store: store.clone(),
                memory: app::recalled::Memory::default(),
            }),
            Arc::new(app::night::Watch { store }),
        ],
        pages: None,
    }
}
