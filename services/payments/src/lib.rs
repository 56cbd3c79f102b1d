//! Payment options, bank statements and matching, the money ledger and arrangements.
//!
//! What is owed is claims' to say: every option, quote and acceptance asks there first. What came in
//! is the bank's to say: statements are booked as they are, double entry, and only then matched. An
//! arrangement binds at once, after the notice of what it costs was shown (§ 13a Abs. 3 RDG).
//!
//! - `api`: the gRPC adapters
//! - `events`: what claims tell
//! - `app`: one use case per file, due work among them
//! - [`domain`]: the pure rules
//! - `store`: rows and queries

mod access;
mod api;
mod app;
pub mod domain;
mod error;
mod events;
mod store;

use std::sync::Arc;

use kulanz_chassis::{Definition, Module, ModuleContext};

pub use access::ACCESS;
pub use error::Error;
pub use store::MIGRATIONS;

/// The service's name: its package, schema, role and stream.
pub const NAME: &str = "payments";

/// The service before it runs.
pub const DEFINITION: Definition =
    Definition { name: NAME, migrations: MIGRATIONS, access: ACCESS, log: None, module };

/// Builds the service.
pub fn module(context: &ModuleContext) -> Module {
    let desk = app::Desk {
        store: context.store.clone(),
        clients: context.clients.clone(),
        pages: context.page_key.clone(),
    };
    let api = api::PaymentsApi::new(desk);
    Module {
        register: Box::new(move |routes| {
            routes.add_service(api.clone().into_server());
        }),
        events: Some(Arc::new(events::Events)),
        due: vec![Arc::new(app::due::Dues {
            store: context.store.clone(),
            clients: context.clients.clone(),
        })],
        pages: None,
    }
}
