//! The service as its callers and neighbours meet it, on both backends.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod access;
mod account;
mod agreement;
mod allocation;
mod audit;
mod chain;
mod challenges;
mod charges;
mod claims;
mod creditor_settlement;
mod debtors;
mod disputes;
mod erase;
mod evidence;
mod example;
mod export;
mod imports;
mod intake;
mod keeping;
mod limitation;
mod money;
mod movements;
mod outreach;
mod parties;
mod placement;
mod protection;
mod provenance;
mod pursuit;
mod questions;
mod races;
mod restriction;
mod rise;
mod settlements;
mod statements;
mod support;
mod tenancy;
mod webhooks;
