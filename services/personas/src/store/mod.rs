//! Tables and tenant-scoped queries.

pub mod assignment;
pub mod erasure;
pub mod feature;
pub mod pending;
pub mod preference;

use kulanz_store::Migration;

/// Forward-only migrations of this service.
pub const MIGRATIONS: &[Migration] =
    &[Migration { name: "0001_first", sql: include_str!("../../migrations/0001_first.sql") }];
