//! Claims: who owes what to whom and why, what it comes to, and whether the person may be contacted.
//!
//! Claims owns tenants, creditors, debtors, access links, claims and their accounts, holds and disputes.
//! It knows nothing of money in transit and of messages: payments and messaging tell it what happened,
//! and it follows.
//!
//! - [`DEFINITION`]: how the house mounts this service
//! - `api`: the gRPC calls; `events`: what others tell; `due`: what falls due
//! - `app`: the use cases; `domain`: the rules; `store`: tables and queries

mod access;
mod api;
mod app;
mod domain;
mod due;
mod error;
mod events;
mod store;

use std::sync::Arc;

use kulanz_chassis::{Definition, Module, ModuleContext};
use kulanz_proto::claims::v1::claims_service_server::ClaimsServiceServer;
use tokio::sync::Semaphore;

use api::Api;
use app::webhooks::{Courier, Post};
use domain::access::AccessKey;
use domain::webhook::{Reach, WebhookKey};

pub use access::ACCESS;
pub use app::account::{Break, verify as verify_account};
pub use domain::intake::{Code as IntakeCode, Severity as IntakeSeverity};
pub use error::Error;
pub use store::MIGRATIONS;

/// Name of the package, schema, role and stream.
pub const NAME: &str = "claims";

/// This service before it runs.
pub const DEFINITION: Definition =
    Definition { name: NAME, migrations: MIGRATIONS, access: ACCESS, log: None, module };

/// Letters that are set at once: each takes a core, and some ten megabytes.
const LETTERS_AT_ONCE: usize = 2;

/// Builds the service.
pub fn module(context: &ModuleContext) -> Module {
    let webhook_key = WebhookKey::new(context.derive_key("webhook secrets"));
    let webhooks = &context.settings.webhooks;
    let webhook_reach =
        Reach { plain: webhooks.allow_http, private: webhooks.allow_private_addresses };
    #[expect(clippy::expect_used, reason = "the TLS library takes its own defaults")]
    let post = Post::new(webhook_reach, webhooks.timeout()).expect("TLS defaults");
    let api = Api {
        store: context.store.clone(),
        issuer: context.issuer.clone(),
        page_key: context.page_key.clone(),
        access_key: AccessKey::new(context.derive_key("access links")),
        clients: context.clients.clone(),
        webhook_key: webhook_key.clone(),
        webhook_reach,
        letters: Arc::new(Semaphore::new(LETTERS_AT_ONCE)),
    };
    context.store.keep_audit();
    let courier = Courier { store: context.store.clone(), key: webhook_key, post };
    let clients = context.clients.clone();
    let work = due::Work { store: context.store.clone(), clients, courier };
    Module {
        register: Box::new(move |routes| {
            routes.add_service(ClaimsServiceServer::new(api.clone()));
        }),
        events: Some(Arc::new(events::Events)),
        due: vec![Arc::new(work)],
        pages: None,
    }
}
