//! What tests stand on: a private PostgreSQL and Redis for each test process, a schema and a key prefix
//! for each test, and a [`House`] that runs any set of services on either backend under a virtual
//! clock. Panics are this crate's way to fail a test.
#![expect(clippy::expect_used, clippy::panic, reason = "it only runs in tests")]

mod asking;
mod await_until;
mod counted;
mod house;
mod peers;
mod refusal;
mod servers;
mod sessions;
mod stand_in;
mod stores;
mod stub;

pub use await_until::until;
pub use house::{House, HouseBuilder};
pub use peers::{serve_connections, serve_peer};
pub use refusal::{fields, reason};
pub use servers::{PostgresServer, RedisServer, servers, start_durable};
pub use sessions::until_sessions;
pub use stand_in::stand_in;
pub use stores::Stores;
pub use stub::Stub;

/// What a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite in memory, events within the process.
    Embedded,
    /// PostgreSQL and Redis.
    Server,
}

/// Runs each test on both backends: `async fn a_sentence(backend: Backend) { … }` becomes the tests
/// `a_sentence::embedded` and `a_sentence::server`.
#[macro_export]
macro_rules! on_both_backends {
    ($($(#[$meta:meta])* async fn $name:ident($backend:ident: Backend) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs everything of its file")]
            use super::*;

            async fn what_holds_on($backend: $crate::Backend) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                what_holds_on($crate::Backend::Embedded).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn server() {
                what_holds_on($crate::Backend::Server).await;
            }
        }
    )*};
}
