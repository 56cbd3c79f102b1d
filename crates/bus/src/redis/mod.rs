//! The bus between processes: one Redis Stream per producer and partition, read by one group per
//! consuming service. Redis only carries; the outbox is the record, the inbox the memory.
//!
//! A relay moves outbox rows to the stream, one partition at a time under a lock that ends with its
//! transaction. A consumer holds a lease on each partition it reads, so that a partition has one reader
//! per group; it acknowledges after the handler's commit. What keeps failing goes to `{stream}.dlq`.
//! Streams are cut only below what every group has acknowledged.

mod consumer;
mod dead;
mod gauges;
mod relay;
mod stream;
mod trim;

pub use consumer::Consumer;
pub use dead::{list_dead, redrive};
pub use relay::Relay;
pub use stream::{Queue, QueueError};
