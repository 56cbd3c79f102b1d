//! The service as its callers and neighbours meet it, on both backends.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod access;
mod claims;
mod debtors;
mod disputes;
mod imports;
mod keeping;
mod money;
mod outreach;
mod parties;
mod races;
mod statements;
mod support;
mod tenancy;
