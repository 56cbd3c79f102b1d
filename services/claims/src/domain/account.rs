//! The claim account: append-only entries, and what they come to on a day.
//!
//! Entries are facts: what was claimed, what was paid, what came back. What a payment covered is not
//! stored but follows from replaying the facts in the order of their value dates, so that a back-dated
//! or returned payment changes the interest exactly as if it had been known at once.

pub mod chain;
mod entry;
mod replay;
mod snapshot;

pub use entry::{Entry, EntryKind, REASON, Subject};
pub use replay::{Replay, replay};
pub use snapshot::Snapshot;

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
