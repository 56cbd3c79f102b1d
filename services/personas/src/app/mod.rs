//! Use cases; each owns its transaction.

pub mod assign;
pub mod assigned;
pub mod briefing;
pub mod intake;
pub mod people;
pub mod preferences;
pub mod record;
