//! What the one binary of Kulanz is made of.

pub mod cli;
mod clock;
mod commands;
pub mod decisions;
pub mod experiment;
mod house;
pub mod import;
pub mod law;
pub mod policy;
pub mod rehearsal;
mod session;
mod signals;
pub mod simulate;
mod span;
mod state;
mod table;
mod terminal;
mod web;

pub use commands::run;
pub use house::definitions;
pub use session::told;
