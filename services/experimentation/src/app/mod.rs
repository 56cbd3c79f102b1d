//! Use cases; each owns its transaction.

pub mod ask;
pub mod attribute;
pub mod decide;
pub mod experiments;
pub mod explain;
pub mod outcomes;
pub mod people;
pub mod policies;
pub mod refresh;
