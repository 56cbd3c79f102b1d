//! The service as its callers and neighbours meet it, on both backends.

mod access;
mod claims;
mod debtors;
mod disputes;
mod imports;
mod money;
mod outreach;
mod parties;
mod statements;
mod support;
mod tenancy;
