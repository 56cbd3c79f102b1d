//! Use cases; each owns its transaction.

pub mod analysis;
pub mod ask;
pub mod assign;
pub mod attribute;
pub mod decide;
pub mod desk;
pub mod experiments;
pub mod given;
pub mod objectives;
pub mod outcomes;
pub mod people;
pub mod policies;
pub mod record;
pub mod refresh;
pub mod roster;
pub mod verdict;
