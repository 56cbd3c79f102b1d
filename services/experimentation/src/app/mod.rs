//! Use cases; each owns its transaction.

pub mod analysis;
pub mod ask;
pub mod assign;
pub mod attribute;
pub mod decide;
pub mod experiments;
pub mod explain;
pub mod outcomes;
pub mod people;
pub mod policies;
pub mod refresh;
pub mod roster;
