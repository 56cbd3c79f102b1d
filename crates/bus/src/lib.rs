//! Events between services. [`publish`] writes an event into the outbox of the transaction that causes
//! it. From there a relay carries it to Redis Streams ([`redis`]), or [`LocalBus`] hands it to the
//! handlers of the same process; both deliver at least once, and an inbox row in the handler's own
//! transaction makes its effect happen once. Nothing is promised about the order between producers.

pub mod admin;
mod deliver;
mod envelope;
mod handler;
mod local;
mod log;
mod outbox;
pub mod redis;
pub mod trace;

pub use deliver::{Failure, deliver};
pub use envelope::Envelope;
pub use handler::{EventHandler, HandlerError};
pub use local::{BusError, LocalBus, Member};
pub use outbox::{Outgoing, PARTITIONS, publish, publish_all};
