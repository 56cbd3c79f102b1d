//! Tables and tenant-scoped queries. Every query names the tenant; rows leave here with ids that parse.

pub mod access_link;
pub mod arrangement;
pub mod assignment;
pub mod challenge;
pub mod challenge_step;
pub mod claim;
pub mod contact;
pub mod creditor;
pub mod debtor;
pub mod debtor_number;
pub mod disowned_address;
pub mod entry;
pub mod erasure;
pub mod evidence;
pub mod evidence_piece;
pub mod evidence_slot;
pub mod hold;
pub mod import;
pub mod import_row;
pub mod limitation_fact;
pub mod movements;
pub mod page_visit;
pub mod person_rows;
pub mod protection;
pub mod question;
pub mod record;
pub mod restriction;
pub mod state_change;
pub mod tenant;
pub mod webhook_delivery;
pub mod webhook_endpoint;

use kulanz_store::{Migration, StoreError, Work};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait};

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../../migrations/0001_first.sql") },
    Migration { name: "0003_account", sql: include_str!("../../migrations/0003_account.sql") },
    Migration { name: "0004_life", sql: include_str!("../../migrations/0004_life.sql") },
    Migration { name: "0005_creditor", sql: include_str!("../../migrations/0005_creditor.sql") },
    Migration {
        name: "0006_protection",
        sql: include_str!("../../migrations/0006_protection.sql"),
    },
    Migration {
        name: "0007_challenges",
        sql: include_str!("../../migrations/0007_challenges.sql"),
    },
    Migration {
        name: "0020_disowned_address",
        sql: include_str!("../../migrations/0020_disowned_address.sql"),
    },
    Migration { name: "0021_intake", sql: include_str!("../../migrations/0021_intake.sql") },
    Migration { name: "0022_answers", sql: include_str!("../../migrations/0022_answers.sql") },
    Migration {
        name: "0023_first_demand",
        sql: include_str!("../../migrations/0023_first_demand.sql"),
    },
];

/// Writes all columns of a row by its primary key, which begins with the tenant.
async fn save<A>(work: &Work, row: A) -> Result<(), StoreError>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
{
    A::Entity::update(row).validate()?.exec_without_returning(work.db()).await?;
    Ok(())
}
