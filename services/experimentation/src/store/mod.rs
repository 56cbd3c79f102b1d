//! Tables and tenant-scoped queries.

pub mod aim;
pub mod chain;
pub mod contact;
pub mod decision;
pub mod experiment;
pub mod exposure;
pub mod history;
pub mod outcome;
pub mod policy;
pub mod space;
pub mod sums;
pub mod usual;

use kulanz_store::Migration;

/// Forward-only migrations of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../../migrations/0001_first.sql") },
    Migration {
        name: "0002_experiments",
        sql: include_str!("../../migrations/0002_experiments.sql"),
    },
    Migration { name: "0003_policies", sql: include_str!("../../migrations/0003_policies.sql") },
    Migration { name: "0004_ramp", sql: include_str!("../../migrations/0004_ramp.sql") },
    Migration { name: "0005_arms", sql: include_str!("../../migrations/0005_arms.sql") },
    Migration { name: "0006_growth", sql: include_str!("../../migrations/0006_growth.sql") },
    Migration {
        name: "0007_decisions_are_events",
        sql: include_str!("../../migrations/0007_decisions_are_events.sql"),
    },
    Migration { name: "0008_delay", sql: include_str!("../../migrations/0008_delay.sql") },
    Migration {
        name: "0009_chain_version",
        sql: include_str!("../../migrations/0009_chain_version.sql"),
    },
    Migration { name: "0010_worth", sql: include_str!("../../migrations/0010_worth.sql") },
];

/// Ids of one question: far below the databases' limits of bound values.
pub const CHUNK: usize = 500;
