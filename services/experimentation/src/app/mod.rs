//! Use cases; each owns its transaction.

pub mod analysis;
pub mod arms;
pub mod ask;
pub mod assign;
pub mod attribute;
pub mod decide;
pub mod desk;
pub mod evaluate;
pub mod experiments;
pub mod given;
pub mod night;
pub mod nightly;
pub mod objectives;
pub mod outcomes;
pub mod parity;
pub mod people;
pub mod policies;
pub mod posed;
pub mod promote;
pub mod record;
pub mod refresh;
pub mod roster;
pub mod standing;
pub mod steer;
pub mod story;
pub mod verdict;
