//! How every service is started, called and refused: configuration, telemetry, identity and
//! access, the one server stack and the one client stack, errors, validation and paging.

pub mod access;
mod answer;
pub mod auth;
pub mod call;
pub mod caller;
pub mod client;
pub mod config;
pub mod constellation;
pub mod descriptors;
pub mod error;
mod module;
pub mod page;
pub mod secrets;
pub mod server;
pub mod telemetry;
pub mod validation;

pub use access::{Access, AccessError, AccessTable, MethodRule};
pub use answer::{Answer, Streamed, answer};
pub use auth::{AuthError, Grant, Issuer, KeyRing, Verifier};
pub use caller::{Caller, DebtorScope, Role};
pub use client::{
    ClientError, ClientPolicy, Clients, KulanzChannel, may_pass, outgoing, outgoing_as,
};
pub use config::{ConfigError, Settings};
pub use constellation::{Boot, Constellation, StartError};
pub use descriptors::Descriptors;
pub use error::{CHASSIS_DOMAIN, Chain, Fault, ServiceError, not_yet, status};
pub use module::{Definition, Module, ModuleContext};
pub use page::{PageKey, PageRequest, PageToken};
pub use secrets::MasterKey;
pub use tonic::Code;
pub use validation::{Violation, Violations, parse_field};
