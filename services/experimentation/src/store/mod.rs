//! Tables and tenant-scoped queries.

pub mod chain;
pub mod contact;
pub mod decision;
pub mod experiment;
pub mod outcome;
pub mod policy;

use kulanz_store::Migration;

/// Forward-only migrations of this service.
pub const MIGRATIONS: &[Migration] =
    &[Migration { name: "0001_first", sql: include_str!("../../migrations/0001_first.sql") }];

/// Ids of one question: far below the databases' limits of bound values.
pub const CHUNK: usize = 500;
