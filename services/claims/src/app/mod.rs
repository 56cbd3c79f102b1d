//! Use cases: each owns its transaction or works in the caller's.

pub mod access;
pub mod account;
pub mod agreement;
pub mod allocation;
pub mod challenges;
pub mod change;
pub mod charged;
pub mod claims;
pub mod closing;
pub mod corrections;
pub mod cost_limit;
pub mod costs;
pub mod creditors;
pub mod debtors;
pub mod disputes;
pub mod documents;
pub mod entries;
pub mod erasure;
pub mod evidence;
pub mod holds;
pub mod imports;
pub mod limitation;
pub mod money;
pub mod movements;
pub mod outreach;
pub mod person;
pub mod placement;
pub mod portal;
pub mod protections;
pub mod pursuit;
pub mod questions;
pub mod reports;
pub mod restriction;
pub mod retention;
pub mod rise;
pub mod settlement_authority;
pub mod settlements;
pub mod statements;
pub mod tenants;
pub mod told;
pub mod webhooks;

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::berlin_date;

/// The business day in Germany.
pub fn today(work: &Work) -> NaiveDate {
    berlin_date(work.now())
}
