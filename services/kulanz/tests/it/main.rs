//! The binary from outside: its commands against running services, files on their whole way, people who live with the
//! whole constellation, and services that are killed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking"
)]

mod audit;
mod decisions;
mod faults;
mod import;
mod import_codes;
mod rehearsal;
mod sample;
