//! Tables and tenant-scoped queries; rows become domain values here.

pub mod blocks;
pub mod claims;
pub mod contacts;
pub mod inbox;
pub mod messages;
pub mod people;
pub mod tags;

use kulanz_store::Migration;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../../migrations/0001_first.sql") },
    Migration {
        name: "0002_receipts_and_erasure",
        sql: include_str!("../../migrations/0002_receipts_and_erasure.sql"),
    },
    Migration {
        name: "0003_inbox_by_time",
        sql: include_str!("../../migrations/0003_inbox_by_time.sql"),
    },
    Migration {
        name: "0004_agency_pause",
        sql: include_str!("../../migrations/0004_agency_pause.sql"),
    },
];

/// A structure as a column keeps it.
fn to_text<T: Serialize>(what: &'static str, value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Row(what))
}

/// A structure from its column.
fn from_text<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Row(what))
}
