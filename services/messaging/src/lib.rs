//! Contact points, preferences and budget, composition, outreach schedule, channels and receipts.
//!
//! Read [`domain`] first: what may be said, to whom, when and in which words is decided there by
//! pure rules. [`events`] hears what happened elsewhere and schedules [`due`] work; that work plans
//! and dispatches through [`app`]; [`channels`] hands over; [`api`] answers calls; [`pages`] shows
//! the development inbox.

pub mod access;
pub mod api;
pub mod app;
pub mod channels;
pub mod domain;
pub mod due;
pub mod error;
pub mod events;
pub mod pages;
pub mod store;

use std::sync::Arc;

use kulanz_chassis::{Definition, Module, ModuleContext};
use kulanz_proto::messaging::v1::messaging_service_server::MessagingServiceServer;
use tonic::service::RoutesBuilder;

pub use access::ACCESS;
pub use app::Messaging;
pub use store::MIGRATIONS;

/// Name of its package, schema, role and stream.
pub const NAME: &str = "messaging";

/// The service before it runs.
pub const DEFINITION: Definition =
    Definition { name: NAME, migrations: MIGRATIONS, access: ACCESS, log: None, module };

/// Builds the service.
pub fn module(context: &ModuleContext) -> Module {
    let module = assemble(&Messaging::new(context));
    if context.settings.shows_inbox() { module } else { Module { pages: None, ..module } }
}

/// The service as the house mounts it.
pub fn assemble(service: &Messaging) -> Module {
    let server = service.clone();
    let register = move |routes: &mut RoutesBuilder| {
        routes.add_service(MessagingServiceServer::new(api::Api(server.clone())));
    };
    Module {
        register: Box::new(register),
        events: Some(Arc::new(events::Events(service.clone()))),
        due: vec![Arc::new(due::DueWork(service.clone()))],
        pages: Some(pages::router(service.store.clone())),
    }
}
