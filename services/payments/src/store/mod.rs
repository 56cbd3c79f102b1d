//! Rows and tenant-scoped queries. Ids and amounts become types here, on the way in and out.

pub mod arrangement;
pub mod bank_entry;
pub mod bank_statement;
pub mod claim_fact;
pub mod clue;
pub mod codes;
pub mod ledger;
pub mod payment;
pub mod promise;
pub mod quote;
pub mod receivable;

use kulanz_store::{Migration, StoreError};
use kulanz_types::{Currency, Money};

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../../migrations/0001_first.sql") },
    Migration { name: "0002_division", sql: include_str!("../../migrations/0002_division.sql") },
    Migration { name: "0003_growth", sql: include_str!("../../migrations/0003_growth.sql") },
];

/// Keys of one question at the most: beyond, a statement gains nothing.
const MOST_KEYS: usize = 5_000;

/// A stored amount.
pub fn money(minor_units: i64, currency: &str) -> Result<Money, StoreError> {
    Ok(Money::new(self::currency(currency)?, minor_units))
}

/// A stored currency.
pub fn currency(code: &str) -> Result<Currency, StoreError> {
    code.parse().map_err(|_| StoreError::Unreadable { what: "currency" })
}
