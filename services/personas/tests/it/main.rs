//! The service as its callers and neighbours meet it, on both backends.
#![expect(clippy::unwrap_used, reason = "it only runs in tests")]

mod assignment;
mod features;
mod neighbours;
mod people;
