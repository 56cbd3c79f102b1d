//! One service's database: PostgreSQL in production, a SQLite file or memory in `kulanz dev`.
//!
//! A [`Store`] hands out [`Work`]: one transaction that sees one tenant. Whatever must happen together
//! is done with the same `Work`: the rows, the outbox entries, the due work, the reply that a repeated
//! request gets. Personal data goes through [`Work::seal`], so that destroying a debtor's key erases it
//! everywhere. Nobody may await another service while a `Work` is open. Where a service keeps an audit log
//! ([`Store::keep_audit`]), a transaction tells who acts and on what ([`Work::act`]).

mod arrays;
pub mod audit;
mod bulk;
pub mod due;
mod error;
mod event_log;
mod idempotency;
mod migration;
pub mod retention;
mod rows;
mod store;
mod transaction;
mod vault;
mod work;

pub use audit::AuditRecord;
pub use bulk::{Known, Rows};
pub use due::{Due, DueHandler, DueItem, DueRunner, WorkFailure};
pub use error::StoreError;
pub use event_log::{EventLog, LoggedEvent};
pub use idempotency::Begin;
pub use migration::{Migration, migrate};
pub use store::{Backend, Store, StoreConfig};
pub use transaction::Transaction;
pub use work::Work;
